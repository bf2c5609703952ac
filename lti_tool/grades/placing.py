"""Finding a column at the LMS, or making it: never a second for one thing (T-120, T-121)."""

from lti_tool.grades.errands import Placement
from lti_tool.grades.gradebook import Column, Gradebook
from lti_tool.launch import connector
from lti_tool.launch.connector import ScopeMissing
from lti_tool.launch.deep_linking import TAG


class NoColumn(Exception):
    """There is no column and none can be made; the message says who can change that."""


def place(gradebook: Gradebook, placement: Placement) -> str:
    """The address of the column.

    What the newest launch names wins (T-123); then what we know; then what is found by resource
    id, by tag, or by link; and only then one is made. Making is safe to repeat: a column whose
    answer was lost is found by its resource id the next time.

    Raises `NoColumn`, and whatever the gradebook raises.
    """
    known = placement.own_url or placement.kept_url
    if known:
        return known
    if placement.container is None:
        raise NoColumn("The LMS offers no column for this link any more.")
    found = _find(gradebook, placement)
    if found is not None:
        return found
    if connector.LINE_ITEMS not in placement.scopes:
        raise ScopeMissing([connector.LINE_ITEMS])
    return gradebook.create(
        placement.container,
        label=placement.label,
        maximum=placement.maximum,
        resource_id=placement.resource_id,
        tag=TAG,
        link_id=placement.link_id,
    ).url


def _find(gradebook: Gradebook, placement: Placement) -> str | None:
    """A column that is ours: of our resource id, else the only one of the link and nothing else's.

    Filters are checked again here, because an LMS may not know them.
    """
    assert placement.container is not None
    by_id = [
        column
        for column in gradebook.columns(
            placement.container, scopes=placement.scopes, resource_id=placement.resource_id
        )
        if column.resource_id == placement.resource_id and column.url not in placement.taken
    ]
    mine = [column for column in by_id if column.link_id == placement.link_id]
    # In a copied course the column still carries our resource id, but another link's id (T-121).
    if mine or by_id:
        return (mine or by_id)[0].url
    if not placement.is_whole_link:
        return None
    of_link = [
        column
        for column in gradebook.columns(
            placement.container, scopes=placement.scopes, resource_link_id=placement.link_id
        )
        if column.link_id == placement.link_id
        and column.url not in placement.taken
        and _is_free(column)
    ]
    return of_link[0].url if len(of_link) == 1 else None


def _is_free(column: Column) -> bool:
    """Whether a column carries nobody else's mark."""
    return not column.resource_id and column.tag in ("", TAG)
