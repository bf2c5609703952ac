"""All that the way through a credential may leave of one person, for the room of privacy."""

from sqlalchemy.orm import Session

from lti_tool.portfolio.models import (
    CoachMeeting,
    Consent,
    ConsentKind,
    DatedEntry,
    Enrolment,
    GrowthEvidence,
    Lack,
    ModuleDone,
    Occasion,
    Pointer,
    SelfAssessment,
    Submission,
)
from tests.builders import NOON


def with_everything(session: Session, enrolment: Enrolment, work: Submission) -> None:
    """Rows beside an attempt that has an artifact: entries, permissions, meetings and so on."""
    words = f"{enrolment.person.name} said so."
    artifact, criterion = work.artifacts[0], work.part.criteria[0]
    enrolment.goal, enrolment.setting = words, {"school": words}
    work.goal, work.setting, work.context = words, {"school": words}, words
    artifact.goal = artifact.instrument = words
    artifact.ticked = [words]
    final = SelfAssessment(enrolment=enrolment, occasion=Occasion.FINAL, begun_at=NOON)
    item = enrolment.credential_version.items[0]
    session.add_all(
        [
            DatedEntry(artifact=artifact, on_day=NOON.date(), text=words, changed_at=NOON),
            Consent(
                artifact=artifact,
                who="M. D.",
                kind=ConsentKind.PARENT,
                given_on=NOON.date(),
                noted_at=NOON,
            ),
            Pointer(artifact=artifact, criterion=criterion, words=words),
            Lack(submission=work, sign="It can be read.", words=words, told_at=NOON),
            CoachMeeting(
                enrolment=enrolment,
                logged_by=enrolment.person,
                met_on=NOON.date(),
                words=words,
                logged_at=NOON,
            ),
            ModuleDone(enrolment=enrolment, course="first", module="talk", done_at=NOON),
            final,
            GrowthEvidence(self_assessment=final, item=item, artifact=artifact),
        ]
    )
    session.flush()
