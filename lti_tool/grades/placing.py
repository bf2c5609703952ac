"""Finding a column at the LMS, or making it: never a second for one thing (T-120, T-121)."""

from collections.abc import Sequence

from lti_tool.grades.errands import Placement
from lti_tool.grades.gradebook import Column, Gradebook
from lti_tool.launch import connector
from lti_tool.launch.connector import ScopeMissing
from lti_tool.launch.deep_linking import TAG


class NoColumn(Exception):
    """There is no column and none can be made; the message says who can change that."""


class SeveralColumns(Exception):
    """Several columns fit equally well: an instructor has to choose."""

    def __init__(self, columns: Sequence[Column] = ()) -> None:
        """Name the columns; none where they are known already and the choice is still open."""
        super().__init__("Several columns in the gradebook could be the one for this score.")
        self.columns = list(columns)


def place(gradebook: Gradebook, placement: Placement) -> str:
    """The address of the column.

    What the newest launch names wins (T-123); then what we know; then what is found by resource
    id, by tag, or by link; and only then one is made. Making is safe to repeat: a column whose
    answer was lost is found by its resource id the next time.

    Raises `NoColumn`, `SeveralColumns`, and whatever the gradebook raises.
    """
    known = placement.own_url or placement.kept_url
    if known:
        return known
    if placement.candidates and not placement.wants_new:
        raise SeveralColumns
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
        link_id=placement.link_id if placement.is_whole_link else "",
    ).url


def _find(gradebook: Gradebook, placement: Placement) -> str | None:
    """A column that is ours: of our resource id, else of our tag and label, else of the link.

    Filters are checked again here, because an LMS may not know them. Raises `SeveralColumns`.
    """
    by_id = [
        column
        for column in _columns(gradebook, placement, resource_id=placement.resource_id)
        if column.resource_id == placement.resource_id
    ]
    # In a copied course the column still carries our resource id, but another link's id (T-121).
    mine = [column for column in by_id if column.link_id == placement.link_id]
    if by_id:
        return _only(mine or by_id)
    by_tag = [
        column
        for column in _columns(gradebook, placement, tag=TAG)
        if column.tag == TAG
        and not column.resource_id
        and column.label == placement.label
        and column.link_id in ("", placement.link_id)
    ]
    if by_tag:
        return _only(by_tag)
    if not placement.is_whole_link:
        return None
    return _only(
        [
            column
            for column in _columns(gradebook, placement, resource_link_id=placement.link_id)
            if column.link_id == placement.link_id and _is_free(column)
        ]
    )


def _columns(gradebook: Gradebook, placement: Placement, **filters: str) -> list[Column]:
    """Columns of the course that no other of ours has taken, and that were not turned down."""
    assert placement.container is not None
    return [
        column
        for column in gradebook.columns(placement.container, scopes=placement.scopes, **filters)
        if column.url not in placement.taken
    ]


def _only(columns: Sequence[Column]) -> str | None:
    """The one column; `None` where there is none. Raises `SeveralColumns`."""
    if len(columns) > 1:
        raise SeveralColumns(columns)
    return columns[0].url if columns else None


def _is_free(column: Column) -> bool:
    """Whether a column carries nobody else's mark."""
    return not column.resource_id and column.tag in ("", TAG)
