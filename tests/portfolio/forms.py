"""The artifact form of Ada's first task, as her browser sends it."""

from sqlalchemy import select

from lti_tool.database import opaque_id
from lti_tool.portfolio.models import Artifact

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"


def a_form(studio, **fields):
    """A new text on Ada's first task, as its form sends it."""
    requirement = studio.version.parts[0].requirements[0]
    return {"kind": "text", "requirement": requirement.id, "text": "What I saw.", **fields}


def put(studio, visitor, public_id=None, *, headers=None, **fields):
    """Send the artifact form of the first task."""
    path = f"{studio.task}/artifacts/{public_id or opaque_id()}"
    return visitor.post(path, a_form(studio, **fields), headers=headers)


def only_artifact(session_of):
    with session_of() as session:
        artifact = session.scalars(select(Artifact)).one()
        _ = artifact.criteria
        return artifact
