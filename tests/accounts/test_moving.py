"""Joining moves every row of one person to the other, and no table can be forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Session

from lti_tool.accounts import joining, moving
from lti_tool.credit.models import Completion
from lti_tool.people.models import AuditEvent, Person, Visit
from tests.builders import NOON, a_course, a_membership
from tests.privacy import ledger
from tests.privacy.estate import Settled


def test_every_column_that_names_a_person_has_a_rule() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in ledger.tables()
        for column in table.columns
        if any(reference.column.table.name == "person" for reference in column.foreign_keys)
    }

    assert set(moving.RULES) == columns


def test_every_promise_that_something_is_there_once_for_a_person_has_a_rule_of_its_own() -> None:
    """Moving a row must not meet another of the same thing: one stays, or they are kept apart."""
    missing = []
    for table in ledger.tables():
        promises = [
            [column.name for column in one.columns]
            for one in table.constraints
            if isinstance(one, UniqueConstraint)
        ]
        promises += [[column.name for column in one.columns] for one in table.indexes if one.unique]
        for columns in promises:
            for name in columns:
                rule = moving.RULES.get(f"{table.name}.{name}")
                rest = tuple(column for column in columns if column != name)
                if rule is not None and set(getattr(rule, "same", ())) - set(rest):
                    missing.append(f"{table.name}.{name}")
                if rule == moving.GOES:
                    missing.append(f"{table.name}.{name}")

    assert missing == []


@pytest.mark.row("S2-09", "S3-39")
def test_everything_of_the_one_is_the_others_and_nothing_else_changes(
    session: Session, ada: Settled, again: Settled
) -> None:
    keep, leave = ada.person, again.person
    keep_id, leave_id = keep.id, leave.id
    before = ledger.read(session)
    theirs = ledger.of_person(before, leave_id)

    joining.join(session, keep=keep, leave=leave, now=NOON)

    after = ledger.read(session)
    numbered = {tuple(name.split(".")) for name in moving.RULES}
    left = {
        (table, column)
        for table, rows in after.items()
        for row in rows.values()
        for column, value in row.items()
        if str(leave_id) in f"{value!r}"
    }
    assert left == {("audit_event", "detail")}  # that it was joined, and who it was
    assert leave_id not in {key[0] for key in after["person"]}
    gone = {
        table: len(rows.keys() - after[table].keys())
        for table, rows in before.items()
        if rows.keys() - after[table].keys()
    }
    # Of two numbers in one register the newest told stays; requests of the two are settled.
    told_twice = dict.fromkeys(
        ("licence_number", "licence_term", "licence_years", "credit_reminder"), 1
    )
    assert gone == {"person": 1, "account_request": 4, **told_twice}
    new = {
        table: len(rows.keys() - before[table].keys())
        for table, rows in after.items()
        if rows.keys() - before[table].keys()
    }
    assert new.pop("moved")  # what was done, so that it can be undone
    assert new == {"audit_event": 1}
    changed = {
        (table, column)
        for table, rows in before.items()
        for key, row in rows.items()
        for column, value in row.items()
        if key in after[table] and after[table][key][column] != value
    }
    assert changed <= {*numbered, ("visit", "watched"), ("audit_event", "subject")}
    assert {key for table in theirs.values() for key in table}
    joined = session.scalars(select(AuditEvent).where(AuditEvent.action == "accounts.join")).one()
    assert (joined.subject, joined.detail["was"]) == (f"person {keep_id}", leave_id)


def test_numbers_in_lists_follow(session: Session, ada: Settled, again: Settled) -> None:
    # Given an observer of the account that leaves, and an award it has borne witness to
    leave_id = again.person.id
    completion = session.scalars(select(Completion).limit(1)).first()
    assert completion is not None
    completion.witnesses = [{"as": "assessor", "person": leave_id, "part": "1", "at": "now"}]
    session.flush()

    joining.join(session, keep=ada.person, leave=again.person, now=NOON)

    watched = [visit.watched for visit in session.scalars(select(Visit))]
    assert not any(leave_id in one for one in watched)
    assert any(ada.person.id in one for one in watched)
    assert completion.witnesses[0]["person"] == ada.person.id


def test_where_both_are_in_one_course_the_newest_word_stands(session: Session) -> None:
    keep, leave = Person(name="Ada", created_at=NOON), Person(name="Ada", created_at=NOON)
    course = a_course()
    older, newer = a_membership(keep, course), a_membership(leave, course)
    newer.seen_at = NOON + timedelta(days=1)
    session.add_all([older, newer])
    session.flush()
    newer_id, keep_id = newer.id, keep.id

    moving.move(session, keep=keep.id, leave=leave.id)

    rows = ledger.read(session)["membership"]
    assert [(row["id"], row["person_id"]) for row in rows.values()] == [(newer_id, keep_id)]
