"""Privacy launches and messages not offered, over real HTTP from both practice LMSs."""

import pytest

from lti_tool.practice_lms import RunningLms
from lti_tool.practice_lms.administration import OTHERS
from lti_tool.walk.visitor import Visitor


@pytest.mark.row("T-135")
def test_the_principal_asks_about_somebody_who_was_here(lms: RunningLms) -> None:
    link = next(iter(lms.lms.school.links.values()))
    Visitor().launch(f"{lms.url}/courses/1/links/{link.id}/launch?as=ada&target=window")
    about = f"{lms.url}/administration/launch?message=privacy&target=window&person="

    known = Visitor().launch(about + "ada")
    unknown = Visitor().launch(about + "fay")

    assert "What is kept about" in known.text
    assert "Ada Reyes" in known.text
    assert "Nothing is kept about this person" in unknown.text


@pytest.mark.row("T-136")
@pytest.mark.parametrize("message", OTHERS)
def test_document_processing_is_answered_cleanly(lms: RunningLms, message: str) -> None:
    page = Visitor().launch(
        f"{lms.url}/administration/launch?message={message}&target=window", expect=400
    )

    assert page.metas["lti-problem"] == "not-offered"
