"""What the standards require of each kind of credential, and the words they allow.

Each function answers what is wrong, in words for a person. Rows B3-011 and B3-013 to B3-025;
Open Badges 3.0 and CLR 2.0, data models.
"""

import re
from collections.abc import Mapping
from typing import Any

from lti_tool.verification.reading import as_list, every_object, has_type, objects, strings, text


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACHIEVEMENT_TYPES = _words("""
    Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award Badge
    BachelorDegree Certificate CertificateOfCompletion Certification CommunityService Competency
    Course CoCurricular Degree Diploma DoctoralDegree Fieldwork GeneralEducationDevelopment
    JourneymanCertificate LearningProgram License Membership ProfessionalDoctorate
    QualityAssuranceCredential MasterCertificate MasterDegree MicroCredential ResearchDoctorate
    SecondarySchoolDiploma
""")
RESULT_TYPES = _words("""
    GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result
    RubricCriterion RubricCriterionLevel RubricScore ScaledScore Status
""")
STATUSES = _words("Completed Enrolled Failed InProgress OnHold Provisional Withdrew")
IDENTITY_TYPES = _words("""
    name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber
    isbn issn lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId ltiToolId
    ltiPlatformId ltiUserId identifier
""")
ASSOCIATIONS = _words(
    "exactMatchOf isChildOf isParentOf isPartOf isPeerOf isRelatedTo precedes replacedBy"
)
_OWN_WORD = re.compile(r"ext:[A-Za-z0-9._-]+")


def badge_faults(document: Mapping[str, Any]) -> list[str]:
    """What an open badge lacks."""
    return [*_credential_faults(document), *_subject_faults(document), *_word_faults(document)]


def endorsement_faults(document: Mapping[str, Any]) -> list[str]:
    """What an endorsement lacks (B3-059)."""
    faults = _credential_faults(document)
    subjects = objects(document.get("credentialSubject"))
    if len(subjects) != 1:
        return [*faults, f"it has {len(subjects)} subjects, not one"]
    (subject,) = subjects
    if not has_type(subject, "EndorsementSubject"):
        faults.append("the subject is not an endorsement's")
    if not text(subject.get("id")).strip():
        faults.append("it does not say what it endorses")
    return faults


def record_faults(document: Mapping[str, Any]) -> list[str]:
    """What a learner record lacks (B3-061)."""
    faults = _credential_faults(document)
    subjects = objects(document.get("credentialSubject"))
    if len(subjects) != 1:
        return [*faults, f"it has {len(subjects)} subjects, not one"]
    (subject,) = subjects
    if not has_type(subject, "ClrSubject"):
        faults.append("the subject is not a record's")
    if not as_list(subject.get("verifiableCredential")):
        faults.append("it holds no credential")
    for one in objects(subject.get("association")):
        if text(one.get("associationType")) not in ASSOCIATIONS:
            faults.append(f"an association of no known kind, “{text(one.get('associationType'))}”")
        if not text(one.get("sourceId")) or not text(one.get("targetId")):
            faults.append("an association does not say between what")
    return faults


def _credential_faults(document: Mapping[str, Any]) -> list[str]:
    faults = []
    if ":" not in text(document.get("id")):
        faults.append("the credential has no id")
    issuer = document.get("issuer")
    if not isinstance(issuer, Mapping):
        faults.append("the issuer is not described")
    elif not has_type(issuer, "Profile") or not text(issuer.get("id")):
        faults.append("the issuer is not a profile with an id")
    elif any(not has_type(each, "Profile") for each in objects(issuer.get("parentOrg"))):
        faults.append("the issuer's parent is not a profile")
    elif any(
        not has_type(each, "IdentifierEntry") for each in objects(issuer.get("otherIdentifier"))
    ):
        faults.append("an identifier of the issuer is of another type")
    if not text(document.get("validFrom")) and not text(document.get("issuanceDate")):
        faults.append("it does not say when it was issued")
    if any(not has_type(each, "Evidence") for each in objects(document.get("evidence"))):
        faults.append("a piece of evidence is of another type")
    return faults


def _subject_faults(document: Mapping[str, Any]) -> list[str]:
    subjects = objects(document.get("credentialSubject"))
    if len(subjects) != 1:
        return [f"it has {len(subjects)} subjects, not one"]
    (subject,) = subjects
    faults = []
    if not has_type(subject, "AchievementSubject"):
        faults.append("the subject is not an achievement's")
    identifiers = as_list(subject.get("identifier"))
    if not text(subject.get("id")).strip() and not identifiers:
        faults.append("it does not say who earned it")
    if any(
        not isinstance(each, Mapping) or not has_type(each, "IdentityObject")
        for each in identifiers
    ):
        faults.append("an identifier is of another type")
    if any(not has_type(each, "Result") for each in objects(subject.get("result"))):
        faults.append("a result is of another type")
    if any(not has_type(each, "Profile") for each in objects(subject.get("source"))):
        faults.append("the source is not a profile")
    achieved = subject.get("achievement")
    if not isinstance(achieved, Mapping):
        return [*faults, "it does not describe what was achieved"]
    return [*faults, *_achievement_faults(achieved)]


def _achievement_faults(achieved: Mapping[str, Any]) -> list[str]:
    faults = [
        f"the achievement has no {member}"
        for member in ("id", "name", "description")
        if not text(achieved.get(member))
    ]
    if not has_type(achieved, "Achievement"):
        faults.append("the achievement is of another type")
    criteria = achieved.get("criteria")
    if not isinstance(criteria, Mapping) or not (criteria.get("id") or criteria.get("narrative")):
        faults.append("the achievement has no criteria")
    described = objects(achieved.get("resultDescription"))
    if any(not has_type(each, "ResultDescription") for each in described):
        faults.append("a result description is of another type")
    return faults


def _word_faults(document: Mapping[str, Any]) -> list[str]:
    """Words from lists the standard closed, and numbers, which are written as text."""
    faults = []
    for one in every_object(document):
        for member, words in (
            ("achievementType", ACHIEVEMENT_TYPES),
            ("resultType", RESULT_TYPES),
            ("identityType", IDENTITY_TYPES),
        ):
            faults += [
                f"the {member} “{word}” is none the standard knows"
                for word in strings(one.get(member))
                if word not in words and not _OWN_WORD.fullmatch(word)
            ]
        if has_type(one, "Result"):
            if isinstance(one.get("value"), int | float):
                faults.append("the value of a result is a number, not text")
            if "status" in one and text(one.get("status")) not in STATUSES:
                faults.append("the status of a result is none the standard knows")
    return faults
