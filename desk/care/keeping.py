"""Counts what somebody uncovers, and keeps how they want their pages, inside the ledger's transactions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ledger.trail import Entry, record
from desk.care.model import (
    Care,
    Choices,
    Exposure,
    Sitting,
    after_a_look,
    choices_of,
    choices_text,
    suggests_pause,
)
from desk.casework.acts import By
from desk.model import Scope
from desk.tables import care as tables
from desk.tables import trail

CHANGED: Final = "reading_changed"
"""The action in the trail."""
DAYS: Final = 7

_exposures = tables.exposures
_OURS = sa.and_(_exposures.c.desk == bind("desk"), _exposures.c.standing == bind("standing"))
_OF_PERSON = (
    sa.select(_exposures)
    .where(_OURS, _exposures.c.person == bind("who"), _exposures.c.day >= bind("first"))
    .order_by(_exposures.c.day.desc())
)
_LATELY = sa.select(_exposures).where(_OURS, _exposures.c.day >= bind("first"))
_FORGET = sa.delete(_exposures).where(
    _exposures.c.desk == bind("desk"),
    _exposures.c.standing == bind("standing"),
    _exposures.c.person == bind("who"),
    _exposures.c.day == bind("today"),
)
_KEEP = sa.insert(_exposures)
_choices = tables.choices
_CHOSEN = sa.select(_choices.c.chosen).where(_choices.c.person == bind("who"))
_UNCHOOSE = sa.delete(_choices).where(_choices.c.person == bind("who"))
_CHOOSE = sa.insert(_choices)


def uncovered(conn: sa.Connection, by: By, messages: int, care: Care) -> None:
    """Somebody has uncovered what was told: one look, and so many messages."""
    rows = _rows_of(conn, by.scope, by.who, _day(by.now - timedelta(days=1)))
    today = next((row for row in rows if row["day"] == _day(by.now)), None)
    sitting = after_a_look(_sitting(rows), by.now, care)
    conn.execute(_FORGET, _bound(by.scope) | {"who": by.who, "today": _day(by.now)})
    row = {
        "person": by.who,
        "day": _day(by.now),
        "looks": 1 + (today["looks"] if today else 0),
        "messages": messages + (today["messages"] if today else 0),
        "since": sitting.since,
        "looks_since": sitting.looks,
        "last_at": sitting.last_at,
    }
    conn.execute(_KEEP, _bound(by.scope) | row)


def lately(conn: sa.Connection, by: By) -> tuple[Exposure, ...]:
    """What somebody uncovered in the last week, a day each, the latest first."""
    rows = _rows_of(conn, by.scope, by.who, _day(by.now - timedelta(days=DAYS - 1)))
    return tuple(Exposure(day=row["day"], looks=row["looks"], messages=row["messages"]) for row in rows)


def needs_pause(conn: sa.Connection, by: By, care: Care) -> bool:
    """Whether a pause is to be suggested to this person now."""
    rows = _rows_of(conn, by.scope, by.who, _day(by.now - timedelta(days=1)))
    return suggests_pause(_sitting(rows), by.now, care)


def who_needs_pause(conn: sa.Connection, scope: Scope, now: datetime, care: Care) -> tuple[str, ...]:
    """The people to whom a pause is suggested now, by name: no numbers of theirs."""
    asked = _bound(scope) | {"first": _day(now - timedelta(days=1))}
    latest: dict[str, Any] = {}
    for row in conn.execute(_LATELY, asked).mappings():
        if row["person"] not in latest or row["last_at"] > latest[row["person"]]["last_at"]:
            latest[row["person"]] = row
    return tuple(sorted(who for who, row in latest.items() if suggests_pause(_sitting([row]), now, care)))


def chosen(conn: sa.Connection, person: str) -> Choices:
    """How this account wants its pages."""
    return choices_of(conn.execute(_CHOSEN, {"who": person}).scalar_one_or_none() or "")


def choose(conn: sa.Connection, by: By, person: str, choices: Choices) -> None:
    """Keep it from now on, on every browser of this account. Recorded."""
    conn.execute(_UNCHOOSE, {"who": person})
    conn.execute(_CHOOSE, {"person": person, "chosen": choices_text(choices)})
    detail = _bound(by.scope) | {"chosen": choices_text(choices)}
    record(conn, trail, Entry(at=by.now, who=by.who, action=CHANGED, target=by.who, detail=detail))


def _rows_of(conn: sa.Connection, scope: Scope, who: str, first: str) -> Sequence[Any]:
    return conn.execute(_OF_PERSON, _bound(scope) | {"who": who, "first": first}).mappings().all()


def _sitting(rows: Sequence[Any]) -> Sitting | None:
    """The latest."""
    if not rows:
        return None
    row = max(rows, key=lambda row: row["last_at"])
    return Sitting(since=row["since"], looks=row["looks_since"], last_at=row["last_at"])


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def _bound(scope: Scope) -> dict[str, str]:
    return {"desk": scope.desk, "standing": scope.standing.value}
