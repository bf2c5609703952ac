"""What a package asks beside its rows, written into the document of a version that was built."""

from typing import Any

from lti_tool.programs.models import CredentialVersion


def asking(version: CredentialVersion, **artifact: Any) -> CredentialVersion:
    """The version, its every artifact asked for these fields of the package format."""
    entry = {
        "slug": version.credential.slug,
        "parts": [
            {
                "slug": part.slug,
                "phases": [
                    {
                        "slug": phase.slug,
                        "tasks": [
                            {
                                "slug": task.slug,
                                "artifacts": [
                                    {"slug": one.slug, **artifact} for one in task.requirements
                                ],
                            }
                            for task in phase.tasks
                        ],
                    }
                    for phase in part.phases
                ],
            }
            for part in version.parts
        ],
    }
    version.program_version.document["credentials"].append(entry)
    return version


def part_of(version: CredentialVersion, place: int) -> dict[str, Any]:
    """What the document says of one part."""
    part: dict[str, Any] = version.program_version.document["credentials"][0]["parts"][place]
    return part


def artifact_of(version: CredentialVersion, place: int, *, part: int = 0) -> dict[str, Any]:
    """What the document says of the artifact of one phase."""
    task = part_of(version, part)["phases"][place]["tasks"][0]
    artifact: dict[str, Any] = task["artifacts"][0]
    return artifact
