from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.ids import CommunityId, ReportId
from core.reports.model import Category, Priority
from core.testing.clock import START
from desk.console.view import RowState, RowView, Seen, counts, counts_as, row_view
from desk.model import QueueRow

MINUTE = timedelta(minutes=1)
PLAIN = QueueRow(
    report=ReportId("1"),
    community=CommunityId("school"),
    platform="web",
    urgent=False,
    priority=Priority.P2,
    category=Category.BULLYING,
    sent_at=START,
    received_at=START,
    added_at=None,
    due_at=START + 10 * MINUTE,
    triaged_at=START,
    read_at=None,
    read_by="",
    faulty=False,
)


NOBODY_LOOKED = Seen()


def _view(seen: Seen = NOBODY_LOOKED, after: timedelta = MINUTE, **changed: Any) -> RowView:
    row = msgspec.structs.replace(PLAIN, **changed)
    return row_view(row, seen, about="Cyberbullying", community="The school", now=START + after)


def test_times_are_since_and_until() -> None:
    view = _view(after=4 * MINUTE)
    assert (view.age, view.left) == (4 * MINUTE, 6 * MINUTE)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, RowState.UNREAD),
        ({"triaged_at": None}, RowState.UNTRIAGED),
        ({"read_at": START}, RowState.READ),
        ({"read_at": START, "triaged_at": None}, RowState.READ),
        ({"read_at": START, "added_at": START - MINUTE}, RowState.READ),
        ({"read_at": START, "added_at": START + MINUTE}, RowState.ADDED),
        ({"added_at": START + MINUTE}, RowState.UNREAD),
    ],
)
def test_the_state_says_how_far_a_report_has_come(changed: dict[str, Any], state: RowState) -> None:
    assert _view(**changed).state is state


def test_a_later_look_has_seen_what_was_added_before_it() -> None:
    added: dict[str, Any] = {"read_at": START, "added_at": START + MINUTE}
    assert _view(Seen(2, START + 2 * MINUTE), **added).state is RowState.READ
    assert _view(Seen(2, START), **added).state is RowState.ADDED


def test_what_nobody_has_read_by_its_time_is_overdue() -> None:
    assert not _view(after=10 * MINUTE).overdue
    assert _view(after=11 * MINUTE).overdue
    assert not _view(after=11 * MINUTE, read_at=START).overdue


@pytest.mark.parametrize(
    ("urgent", "priority", "counted"),
    [
        (False, None, Priority.P1),
        (True, None, Priority.P0),
        (True, Priority.P2, Priority.P0),
        (False, Priority.P3, Priority.P3),
    ],
)
def test_a_machine_only_raises(urgent: bool, priority: Priority | None, counted: Priority) -> None:
    assert counts_as(msgspec.structs.replace(PLAIN, urgent=urgent, priority=priority)) is counted


def test_the_counts_are_of_what_waits() -> None:
    rows = (
        _view(),
        _view(after=11 * MINUTE, urgent=True),
        _view(read_at=START, urgent=True),
        _view(read_at=START, added_at=START + MINUTE),
    )
    found = counts(rows, more=True)
    assert (found.waiting, found.urgent, found.overdue, found.more) == (3, 1, 1, True)
