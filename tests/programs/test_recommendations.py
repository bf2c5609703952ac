"""Resources in the order that helps."""

import pytest

from lti_tool.programs.recommendations import recommended
from tests.builders import a_credential_version, a_resource


@pytest.mark.row("S3-23")
def test_a_low_rating_puts_its_resources_first() -> None:
    version = a_credential_version()
    a_resource(version, 1)
    a_resource(version, 2, item="practice-1", at_most=2)
    a_resource(version, 3, item="practice-2", at_most=2)

    found = recommended(version, {("practice-2", "use"): 1, ("practice-1", "use"): 4})

    assert [(one.resource.slug, one.for_items) for one in found] == [
        ("resource-3", ("practice-2",)),
        ("resource-1", ()),
        ("resource-2", ()),
    ]


@pytest.mark.row("S3-23")
def test_the_lowest_rating_comes_foremost() -> None:
    version = a_credential_version()
    a_resource(version, 1, item="practice-1", at_most=3)
    a_resource(version, 2, item="practice-2", at_most=3)

    found = recommended(version, {("practice-1", "use"): 3, ("practice-2", "use"): 1})

    assert [one.resource.slug for one in found] == ["resource-2", "resource-1"]
    assert all(one.is_recommended for one in found)


@pytest.mark.parametrize(("value", "fits"), [(1, True), (2, True), (3, False)])
def test_a_rule_fits_up_to_its_step(value: int, fits: bool) -> None:
    version = a_credential_version()
    a_resource(version, 1, item="practice-1", at_most=2)

    (found,) = recommended(version, {("practice-1", "use"): value})

    assert found.is_recommended is fits


def test_a_rule_may_ask_for_one_scale() -> None:
    version = a_credential_version()
    a_resource(version, 1, item="practice-1", scale="knowledge")

    (by_use,) = recommended(version, {("practice-1", "use"): 1, ("practice-1", "knowledge"): 4})
    (by_knowledge,) = recommended(version, {("practice-1", "knowledge"): 1})

    assert not by_use.is_recommended
    assert by_knowledge.is_recommended


@pytest.mark.row("S4-03")
def test_without_ratings_the_program_s_order_stands_and_nothing_is_left_out() -> None:
    version = a_credential_version(resources=3)
    version.resources[2].recommend = [{"item": "practice-1", "at_most": 2}]

    found = recommended(version, {})

    assert [one.resource.position for one in found] == [1, 2, 3]
    assert not any(one.is_recommended for one in found)
