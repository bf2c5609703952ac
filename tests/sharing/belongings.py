"""What somebody has in this room: a link that works, and a piece of work behind it."""

from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.portfolio.models import Submission
from lti_tool.sharing import links
from lti_tool.sharing.models import EvidenceChoice, Face
from tests.builders import NOON


def behind_a_link(session: Session, award: Award, work: Submission) -> None:
    """A link of theirs that was opened, and a piece of work that it shows."""
    link = links.make(session, award, face="full", for_whom="Principal Okafor", days="7", now=NOON)
    chosen = EvidenceChoice(
        award=award, artifact=work.artifacts[0], face=Face.EMPLOYER, chosen_at=NOON
    )
    links.count_view(session, link, now=NOON)
    award.is_findable = True
    session.add(chosen)
