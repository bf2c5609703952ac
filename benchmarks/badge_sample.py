"""The credential that signing is measured on: a full rubric, what was reached, and where to see it.

Five criteria with four levels each, six results (one for each criterion and the total), three
pieces of evidence and a status entry; about 11 kB and 270 statements. `number` chooses one of any
number of different awards of the same achievement: another address, recipient, levels, evidence
and place in the status list each time. Nothing here is random, so every program that is measured
signs the same documents.
"""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from lti_tool.badges.open_badges_3 import CONTEXT, SCHEMA
from lti_tool.sealing.proofs import timestamp

BASE = "https://cairn.example.org"
DID = "did:web:cairn.example.org"
ACHIEVEMENT = f"{BASE}/badges/achievements/4Qd0N2hV8sTz1yXb/v3"
STATUS_LIST = f"{BASE}/badges/status/1"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

CRITERIA = (
    ("question", "Asking a question that can be answered"),
    ("observing", "Observing what learners do, not what was planned"),
    ("evidence", "Choosing evidence that shows the change — über ein Jahr"),
    ("inference", "Concluding no more than the evidence carries"),
    ("sharing", "Compartir lo aprendido con las familias"),
)
LEVELS = (
    ("Beginning", "0", "Names the practice and gives a reason for trying it."),
    ("Developing", "2", "Tries the practice once and tells what happened, in general terms."),
    ("Proficient", "4", "Uses the practice over weeks and shows with learners' work what changed."),
    ("Extending", "5", "Adapts the practice, says what did not work, and helps a colleague try."),
)


def issuer() -> dict[str, Any]:
    """Who issues it."""
    return {
        "id": DID,
        "type": ["Profile"],
        "name": "Office of Professional Learning",
        "url": BASE,
        "email": "badges@cairn.example.org",
        "description": "Supports educators who study their own teaching.",
    }


def achievement() -> dict[str, Any]:
    """What was earned, rubric and all."""
    return {
        "id": ACHIEVEMENT,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": "Studying your own teaching",
        "description": "Asks a question about one's own teaching and answers it with evidence.",
        "criteria": {
            "id": f"{ACHIEVEMENT}#criteria",
            "narrative": "A portfolio is assessed against five criteria.\n\n"
            + "\n".join(f"- **{title}**" for _, title in CRITERIA),
        },
        "creator": {
            "id": f"{ACHIEVEMENT}#creator",
            "type": ["Profile"],
            "name": "Faculty of Education",
        },
        "image": {
            "id": f"{ACHIEVEMENT}.png",
            "type": "Image",
            "caption": "The badge “Studying your own teaching”",
        },
        "inLanguage": "en",
        "version": "v3",
        "related": [
            {
                "id": f"{BASE}/badges/v2/badgeclasses/4Qd0N2hV8sTz1yXb-v3",
                "type": ["Related", "https://w3id.org/openbadges#BadgeClass"],
                "version": "Open Badges v2p0",
            }
        ],
        "alignment": [
            {
                "type": ["Alignment"],
                "targetName": "Standard 4: Reflective practice",
                "targetUrl": "https://standards.example.org/teaching/4",
                "targetFramework": "Standards for Teaching",
                "targetCode": "4",
            }
        ],
        "resultDescription": [
            *(_description(slug, title) for slug, title in CRITERIA),
            {
                "id": f"{ACHIEVEMENT}#total",
                "type": ["ResultDescription"],
                "name": "Points in total",
                "resultType": "RubricScore",
                "valueMin": "0",
                "valueMax": "25",
                "requiredValue": "20",
            },
        ],
    }


def _description(slug: str, title: str) -> dict[str, Any]:
    own = f"{ACHIEVEMENT}#c.portfolio.{slug}"
    return {
        "id": own,
        "type": ["ResultDescription"],
        "name": title,
        "resultType": "RubricCriterionLevel",
        "requiredLevel": f"{own}.3",
        "rubricCriterionLevel": [
            {
                "id": f"{own}.{place}",
                "type": ["RubricCriterionLevel"],
                "name": name,
                "level": str(place),
                "points": points,
                "description": f"{title}. {words}",
            }
            for place, (name, points, words) in enumerate(LEVELS, start=1)
        ],
    }


def varying(number: int) -> dict[str, Any]:
    """What differs from award to award: the whole credential but for what `whole` adds."""
    salt = hashlib.sha256(b"salt %d" % number).hexdigest()[:32]
    digest = hashlib.sha256(b"award %d" % number).digest()
    address = base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
    places = [1 + (number >> (2 * each)) % 4 for each in range(len(CRITERIA))]
    total = sum(int(LEVELS[place - 1][1]) for place in places)
    moment = timestamp(NOON + timedelta(minutes=number))
    index = str((number * 7_919) % 131_072)
    return {
        "id": f"{BASE}/badges/{address}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Studying your own teaching",
        "description": "Asks a question about one's own teaching and answers it with evidence.",
        "validFrom": moment,
        "awardedDate": moment,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$"
                    + hashlib.sha256(f"ada{number}@example.org{salt}".encode()).hexdigest(),
                    "identityType": "emailAddress",
                    "salt": salt,
                }
            ],
            "result": [
                *(
                    {
                        "type": ["Result"],
                        "resultDescription": f"{ACHIEVEMENT}#c.portfolio.{slug}",
                        "achievedLevel": f"{ACHIEVEMENT}#c.portfolio.{slug}.{place}",
                        "value": LEVELS[place - 1][1],
                    }
                    for (slug, _), place in zip(CRITERIA, places, strict=True)
                ),
                {
                    "type": ["Result"],
                    "resultDescription": f"{ACHIEVEMENT}#total",
                    "value": str(total),
                },
            ],
        },
        "evidence": [
            {
                "id": f"{BASE}/badges/{address}/evidence/{place}",
                "type": ["Evidence"],
                "name": name,
                "narrative": f"{words} Portfolio {number}, piece {place}.",
                "genre": genre,
            }
            for place, (name, words, genre) in enumerate(
                (
                    ("A question and why it matters", "What I asked, and of whom.", "Essay"),
                    (
                        "Field notes",
                        "Notas de campo: qué hicieron los alumnos — y qué no.",
                        "Notes",
                    ),
                    ("A talk with colleagues", "Was wir geändert haben, und warum.", "Recording"),
                ),
                start=1,
            )
        ],
        "credentialStatus": {
            "id": f"{STATUS_LIST}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": index,
            "statusListCredential": STATUS_LIST,
        },
    }


def credential(number: int = 0) -> dict[str, Any]:
    """One award, whole and not yet signed, shaped as `open_badges_3.credential` shapes it."""
    own = varying(number)
    subject = own["credentialSubject"]
    return {
        "@context": list(CONTEXT),
        **{name: own[name] for name in ("id", "type", "name", "description")},
        "issuer": issuer(),
        "validFrom": own["validFrom"],
        "awardedDate": own["awardedDate"],
        "credentialSubject": {
            "type": subject["type"],
            "identifier": subject["identifier"],
            "achievement": achievement(),
            "result": subject["result"],
        },
        "evidence": own["evidence"],
        "credentialStatus": own["credentialStatus"],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
