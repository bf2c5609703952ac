"""The LMS's gradebook as AGS 2.0 offers it: line items, scores, results."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lti_tool.launch import connector
from lti_tool.launch.connector import Service, next_page
from lti_tool.launch.products.scores import ScoreMessage
from lti_tool.outward import Answer

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEM_CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULT_CONTAINER = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"

PAGES = 50
"""Pages of one list that are followed; a list that never ends is cut here."""


class Declined(Exception):
    """The LMS answered a call with something else than success."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer for whoever has to decide."""
        super().__init__(words_of(answer))
        self.answer = answer


@dataclass(frozen=True)
class Column:
    """A line item at the LMS."""

    url: str
    label: str
    maximum: Decimal
    resource_id: str = ""
    tag: str = ""
    link_id: str = ""
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Every member as the LMS sent it, ours and others' (T-120)."""


@dataclass(frozen=True)
class Result:
    """What stands in one cell."""

    share: Decimal | None
    """The visible grade as a share of the maximum; `None` for an empty cell."""
    saved_at: datetime | None = None
    """When the LMS saved it last, where it says so (Moodle does)."""


def beside(url: str, name: str) -> str:
    """The address of a line item's service, put before the query (`?type_id=3`, T-112)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def words_of(answer: Answer) -> str:
    """The LMS's own words about a refusal, short enough to show."""
    said = answer.text.strip()
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        inner = body.get("errors", body)
        if isinstance(inner, dict):
            said = str(inner.get("message") or inner.get("error") or inner.get("reason") or said)
    elif body is not None or said.startswith("<"):
        said = ""
    # Moodle explains itself in the status line, and repeats there what was posted.
    said = said or answer.reason.split("{", 1)[0].strip()
    return f"{answer.status}: {' '.join(said.split())[:300]}" if said else str(answer.status)


class Gradebook:
    """Calls for one deployment. Everything raises what `Service.call` raises, and `Declined`."""

    def __init__(self, service: Service) -> None:
        """Use this service for every call."""
        self.service = service

    def columns(self, container: str, *, scopes: Container[str], **filters: str) -> list[Column]:
        """The line items of a course, over all pages; `resource_id`, `tag`, `resource_link_id`.

        `scopes` are those the launch offered: where only reading is allowed, only that is asked.
        No `limit` is sent: Moodle's paging of line items is broken, and without it there is none.
        """
        may_write = connector.LINE_ITEMS in scopes
        scope = connector.LINE_ITEMS if may_write else connector.LINE_ITEMS_READ
        return [
            column(entry) for entry in self._list(container, scope, LINE_ITEM_CONTAINER, filters)
        ]

    def column(self, url: str) -> Column:
        """One line item."""
        answer = self.service.call("GET", url, scopes=[connector.LINE_ITEMS], accept=LINE_ITEM)
        return column(_good(answer).json())

    def create(
        self,
        container: str,
        *,
        label: str,
        maximum: Decimal,
        resource_id: str,
        tag: str,
        link_id: str = "",
    ) -> Column:
        """A new line item, tied to the link where one is named (AGS 2.0, 3.2.4)."""
        tied = {"resourceLinkId": link_id} if link_id else {}
        answer = self.service.call(
            "POST",
            container,
            scopes=[connector.LINE_ITEMS],
            accept=LINE_ITEM,
            media_type=LINE_ITEM,
            json={
                "label": label,
                "scoreMaximum": float(maximum) if maximum % 1 else int(maximum),
                "resourceId": resource_id,
                "tag": tag,
                **tied,
            },
        )
        return column(_good(answer).json())

    def change(self, url: str, **members: Any) -> Column:
        """Change members of a line item and keep the others, also those we do not know (T-120).

        It is read first because some LMSs blank what a PUT leaves out.
        """
        now = dict(self.column(url).known)
        answer = self.service.call(
            "PUT",
            url,
            scopes=[connector.LINE_ITEMS],
            accept=LINE_ITEM,
            media_type=LINE_ITEM,
            json=now | members,
        )
        return column(_good(answer).json())

    def delete(self, url: str) -> None:
        """Take a line item away, and every grade in it. Nothing in Cairn does so by itself."""
        _good(self.service.call("DELETE", url, scopes=[connector.LINE_ITEMS], accept=LINE_ITEM))

    def post(self, url: str, message: ScoreMessage) -> Answer:
        """Post a score to the column at `url`; the answer, whatever it is."""
        return self.service.call(
            "POST",
            beside(url, "scores"),
            scopes=[connector.SCORES],
            accept=SCORE,
            media_type=SCORE,
            json=message,
        )

    def result(self, url: str, user_id: str) -> Result:
        """What stands in the cell of one person."""
        rows = self._list(
            beside(url, "results"),
            connector.RESULTS_READ,
            RESULT_CONTAINER,
            {"user_id": user_id},
        )
        for row in rows:
            if str(row.get("userId")) == user_id:
                return _result(row)
        return Result(None)

    def results(self, url: str) -> dict[str, Result]:
        """What stands in every cell of a column, by user id, over all pages (AGS 2.0, 3.3)."""
        rows = self._list(beside(url, "results"), connector.RESULTS_READ, RESULT_CONTAINER, {})
        return {str(row["userId"]): _result(row) for row in rows if row.get("userId") is not None}

    def _list(
        self, url: str, scope: str, accept: str, params: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        following: str | None = url
        first = True
        for _ in range(PAGES):
            if following is None:
                return
            answer = _good(
                self.service.call(
                    "GET",
                    following,
                    scopes=[scope],
                    accept=accept,
                    params=(params or None) if first else None,
                )
            )
            found = answer.json()
            yield from (row for row in found if isinstance(row, dict))
            following = next_page(answer, following)
            first = False


def column(entry: Mapping[str, Any]) -> Column:
    """A line item as the LMS wrote it."""
    return Column(
        url=str(entry["id"]),
        label=str(entry.get("label") or ""),
        maximum=_number(entry.get("scoreMaximum")) or Decimal(0),
        resource_id=str(entry.get("resourceId") or ""),
        tag=str(entry.get("tag") or ""),
        link_id=str(entry.get("resourceLinkId") or entry.get("ltiLinkId") or ""),
        known=entry,
    )


def _good(answer: Answer) -> Answer:
    if not answer.ok:
        raise Declined(answer)
    return answer


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _result(row: Mapping[str, Any]) -> Result:
    score, maximum = _number(row.get("resultScore")), _number(row.get("resultMaximum"))
    # AGS 2.0, 3.3.4.5: without resultMaximum the maximum is 1.
    share = None if score is None else score / (maximum or Decimal(1))
    saved_at = None
    if isinstance(row.get("timestamp"), str):
        try:
            saved_at = datetime.fromisoformat(row["timestamp"])
        except ValueError:
            saved_at = None
        if saved_at is not None and saved_at.tzinfo is None:
            saved_at = saved_at.replace(tzinfo=UTC)
    return Result(None if share is None else share.quantize(Decimal("0.0001")), saved_at)
