"""Two accounts of one person, with everything in each."""

from datetime import timedelta

from sqlalchemy.orm import Session

from lti_tool.accounts.models import AccountRequest, Fate, JoinedAccount, Moved, WrongCode
from lti_tool.database import opaque_id
from lti_tool.launch.models import PlatformUser
from lti_tool.people.models import Person
from tests.builders import NOON

SOON = timedelta(hours=1)


def with_everything(
    session: Session, person: Person, account: PlatformUser, another: Person
) -> None:
    """A code nobody entered, a code of another's that was entered here, and what came before."""
    session.add_all(
        [
            AccountRequest(
                person=person, code_digest=opaque_id(), asked_at=NOON, expires_at=NOON + SOON
            ),
            AccountRequest(
                person=another,
                other=person,
                code_digest=opaque_id(),
                asked_at=NOON,
                expires_at=NOON + SOON,
            ),
            JoinedAccount(
                account=account,
                person=person,
                name=f"{person.name} before",
                email=person.email,
                joined_at=NOON,
            ),
            Moved(
                joining=opaque_id(),
                person_id=person.id,
                what=Fate.GONE,
                table="licence_number",
                column="person_id",
                rows=[{"sealed": person.name}],
                at=NOON,
            ),
            WrongCode(person_id=person.id, at=NOON),
        ]
    )
    session.flush()
