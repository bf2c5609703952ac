"""Carrying one score to its LMS, and reading what the LMS makes of it.

What an LMS answers is one of a few things (T-118): it has arrived; somebody there has set another
grade; the platform is in trouble; the answer never came, so nobody knows; the LMS says no.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from math import isfinite

from lti_tool.grades.conflicts import Candidate, look_over
from lti_tool.grades.errands import SPACING, Errand, same, shows
from lti_tool.grades.gradebook import Declined, Gradebook, Result, words_of
from lti_tool.grades.models import ScoreEvent, Trouble
from lti_tool.grades.placing import NoColumn, SeveralColumns, place
from lti_tool.launch import connector
from lti_tool.launch.connector import ScopeMissing, TokenRefused
from lti_tool.launch.products import Habits
from lti_tool.launch.products.scores import ScoreFacts
from lti_tool.outward import AddressRefused, Answer, Unreachable

FRESH_STAMPS = 2
"""How often a score the LMS calls stale is sent again at once with a newer stamp."""

LONGEST_PAUSE = 86_400.0
"""Seconds for which an LMS may ask to be left alone."""


class Kind(enum.Enum):
    """What became of a sending."""

    ARRIVED = enum.auto()
    OVERRIDDEN = enum.auto()
    UNSENT = enum.auto()
    """The LMS did not take it, and certainly has not kept it."""
    UNKNOWN = enum.auto()
    REFUSED = enum.auto()
    LOST = enum.auto()
    """The lease ran out before anything was sent: somebody else has the row."""


@dataclass(frozen=True)
class Outcome:
    """What became of a sending, and why."""

    kind: Kind
    trouble: Trouble = Trouble.NONE
    status: int | None = None
    words: str = ""
    retry_after: float = 0.0
    """Seconds the LMS asks to be left alone."""
    comment_confirmed: bool = True
    breath: float = 0.0
    """Seconds to leave the LMS alone although all went well (T-118)."""
    was_read: bool = False
    """The LMS was read afterwards, and this very score stands there."""
    seen: Decimal | None = None
    """What stands there instead, as a share of the maximum, where it was overridden."""


BEFORE_SENDING: Mapping[type[Exception], tuple[Kind, Trouble]] = {
    ScopeMissing: (Kind.REFUSED, Trouble.NO_PERMISSION),
    NoColumn: (Kind.REFUSED, Trouble.COLUMN_GONE),
    TokenRefused: (Kind.UNSENT, Trouble.UNAUTHORISED),
    Unreachable: (Kind.UNSENT, Trouble.UNREACHABLE),
    AddressRefused: (Kind.UNSENT, Trouble.UNREACHABLE),
}
"""What it means when something goes wrong before the score itself is sent."""

Mark = Callable[[datetime, Decimal | None, bool], bool]
"""Writes down, before anything is sent: the stamp, what stands in the cell, and whether the comment
is sent for certain. False where the row is no longer ours."""


@dataclass(frozen=True)
class Carrier:
    """What sending needs besides the errand itself."""

    gradebook: Gradebook
    habits: Habits
    base_url: str
    now: Callable[[], datetime]
    found: Callable[[str], None]
    """Told the column's address as soon as it is known."""
    mark: Mark
    several: Callable[[list[Candidate]], None]
    """Told the columns among which somebody has to choose."""

    def send(self, errand: Errand) -> Outcome:
        """Carry a claimed score. Never raises for anything an LMS does."""
        try:
            return self._send(errand)
        except Declined as declined:
            return self._refusal(declined.answer, was_sent=False)
        except SeveralColumns as conflict:
            if conflict.columns:
                scopes = errand.placement.scopes
                self.several(look_over(self.gradebook, conflict.columns, scopes=scopes))
            return Outcome(Kind.REFUSED, Trouble.SEVERAL_COLUMNS, words=str(conflict))
        except (ScopeMissing, NoColumn, TokenRefused, Unreachable) as problem:
            kind, trouble = BEFORE_SENDING[type(problem)]
            status = problem.status if isinstance(problem, TokenRefused) else None
            return Outcome(kind, trouble, status=status, words=str(problem))
        except (ValueError, KeyError, TypeError, AttributeError):
            # Not JSON, or not of the shape that AGS describes.
            return Outcome(
                Kind.UNSENT, Trouble.UNREACHABLE, words="The LMS's answer could not be read."
            )

    def _send(self, errand: Errand) -> Outcome:
        scopes = errand.placement.scopes
        if connector.SCORES not in scopes:
            raise ScopeMissing([connector.SCORES])
        url = place(self.gradebook, errand.placement)
        if url != errand.placement.kept_url:
            self.found(url)
        may_read = connector.RESULTS_READ in scopes
        standing = Result(errand.last_share)
        if errand.is_of_the_grade and may_read:
            standing = self.gradebook.result(url, errand.user_id)

        comment, confirmed = errand.comment, errand.comment_confirmed
        before = standing.share
        if errand.claim.is_doubtful and errand.is_of_the_grade:
            if may_read:
                settled = self._settled(errand, standing)
                if settled is not None:
                    return settled
                before = errand.score_before
            nobody_can_tell = not may_read or same(before, errand.share)
            if nobody_can_tell and self.habits.comments_add_up:
                # The score looks the same whether it arrived or not, and so nothing proves the
                # comment. A missing one is better than two.
                comment, confirmed = "", not errand.comment
        if self.habits.comments_add_up and _is_there(errand, standing, may_read=may_read):
            comment = ""

        return self._post(
            errand,
            url,
            stamp=errand.stamp(self.now(), standing.saved_at),
            before=before,
            comment=comment,
            confirmed=confirmed,
            may_read=may_read and errand.is_of_the_grade,
        )

    def _settled(self, errand: Errand, standing: Result) -> Outcome | None:
        """What a doubtful score turned out to be; `None` where it has to be sent again."""
        if same(standing.share, errand.score_before):
            return None
        if shows(standing.share, errand.share):
            return Outcome(Kind.ARRIVED, comment_confirmed=errand.comment_confirmed, was_read=True)
        return Outcome(Kind.OVERRIDDEN, comment_confirmed=False, seen=standing.share)

    def _post(
        self,
        errand: Errand,
        url: str,
        *,
        stamp: datetime,
        before: Decimal | None,
        comment: str,
        confirmed: bool,
        may_read: bool,
    ) -> Outcome:
        outcome = Outcome(Kind.LOST)
        for _ in range(1 + FRESH_STAMPS):
            message = self.habits.encode_score(self._facts(errand, stamp, comment))
            if message is None:
                raise NoColumn("There is nothing about this work that this LMS could be told.")
            if not self.mark(stamp, before, confirmed):
                break
            try:
                answer = self.gradebook.post(url, message)
            except Unreachable as trouble:
                kind = Kind.UNKNOWN if trouble.maybe_arrived else Kind.UNSENT
                return Outcome(kind, Trouble.UNREACHABLE, words=str(trouble))
            if answer.ok:
                outcome = self._confirmed(errand, url, before, confirmed, may_read=may_read)
                return replace(outcome, breath=self.habits.breath(answer.headers))
            outcome = self._refusal(answer, was_sent=True)
            if outcome.trouble is not Trouble.STALE:
                return outcome
            standing = self.gradebook.result(url, errand.user_id) if may_read else Result(before)
            if not same(standing.share, before):
                # Something was saved meanwhile: ours by another way, or a grade set by hand.
                arrived = shows(standing.share, errand.share)
                kind = Kind.ARRIVED if arrived else Kind.OVERRIDDEN
                return Outcome(
                    kind,
                    status=answer.status,
                    comment_confirmed=False,
                    was_read=arrived,
                    seen=None if arrived else standing.share,
                )
            stamp = max(errand.stamp(self.now(), standing.saved_at), stamp + SPACING)
        return outcome

    def _facts(self, errand: Errand, stamp: datetime, comment: str) -> ScoreFacts:
        return ScoreFacts(
            user_id=errand.user_id,
            stamp=stamp,
            is_decision=errand.event is ScoreEvent.DECIDED,
            points=errand.points,
            possible=errand.possible,
            comment=comment,
            review_url=f"{self.base_url}/lti/review/{errand.review_id}",
            started_at=errand.started_at,
            submitted_at=errand.submitted_at,
            is_withdrawal=errand.event is ScoreEvent.WITHDRAWN,
            insists=errand.insists,
        )

    def _confirmed(
        self,
        errand: Errand,
        url: str,
        before: Decimal | None,
        confirmed: bool,
        *,
        may_read: bool,
    ) -> Outcome:
        """The LMS took the score. Where somebody had set a grade there, see whether it stays."""
        kind, was_read, seen = Kind.ARRIVED, False, None
        if may_read and before is not None and not shows(before, errand.last_share):
            try:
                standing = self.gradebook.result(url, errand.user_id)
                was_read = shows(standing.share, errand.share)
                if not was_read:
                    kind, seen = Kind.OVERRIDDEN, standing.share
            except (Unreachable, Declined, ScopeMissing, TokenRefused, ValueError, KeyError):
                pass  # the score has arrived; only whose grade is shown stays unknown
        return Outcome(kind, status=200, comment_confirmed=confirmed, was_read=was_read, seen=seen)

    def _refusal(self, answer: Answer, *, was_sent: bool) -> Outcome:
        """Classify an answer that is no success (T-118)."""
        status, words = answer.status, words_of(answer)
        text = f"{answer.reason} {answer.text}"
        pause = retry_after(answer, self.now())
        if self.habits.is_throttled(status, text):
            return Outcome(Kind.UNSENT, Trouble.THROTTLED, status, words, pause)
        if self.habits.is_stale(status, text):
            return Outcome(Kind.UNSENT, Trouble.STALE, status, words)
        if status >= 500 or status == 408:
            # An LMS may break after it has saved.
            kind = Kind.UNKNOWN if was_sent else Kind.UNSENT
            return Outcome(kind, Trouble.UNREACHABLE, status, words, pause)
        trouble = {
            401: Trouble.UNAUTHORISED,
            403: Trouble.NO_PERMISSION,
            404: Trouble.COLUMN_GONE,
            410: Trouble.COLUMN_GONE,
        }.get(status, Trouble.REFUSED)
        return Outcome(Kind.REFUSED, trouble, status, words)


def _is_there(errand: Errand, standing: Result, *, may_read: bool) -> bool:
    """Whether the comment stands in this very cell already, beside what we delivered last.

    A cell that shows something else may be in another column than the one of before.
    """
    if errand.comment != errand.last_comment:
        return False
    is_same_cell = errand.last_share is not None and shows(standing.share, errand.last_share)
    return errand.insists or (may_read and is_same_cell)


def retry_after(answer: Answer, now: datetime) -> float:
    """Seconds of `Retry-After`, at most a day (RFC 9110, 10.2.3); 0 where it says nothing.

    A date is counted from the answer's own `Date`, so that a clock that is off there does no harm.
    """
    told = answer.headers.get("Retry-After", "")
    try:
        seconds = float(told)
    except ValueError:
        until = _date(told)
        seconds = 0.0
        if until is not None:
            seconds = (until - (_date(answer.headers.get("Date", "")) or now)).total_seconds()
    return min(LONGEST_PAUSE, max(0.0, seconds)) if isfinite(seconds) else 0.0


def _date(told: str) -> datetime | None:
    """A moment as HTTP writes it, or `None`."""
    try:
        moment = parsedate_to_datetime(told)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
