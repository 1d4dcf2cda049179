from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.road import road, trail
from core.ledger.trail import GENESIS, Entry, Head, _link, head, record, trail_table, verify
from core.testing.clock import START

HEADS = road.tables["trail_head"]
ANY_TEXT = st.text(st.characters(codec=None), max_size=20)  # lone surrogates and NUL included
ACTS = st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3))
Act = tuple[str, str, str, dict[str, str]]


def engine() -> sa.Engine:
    made = sa.create_engine("sqlite://")
    road.create_all(made, tables=[trail, HEADS])
    return made


@pytest.fixture
def conn() -> Iterator[sa.Connection]:
    made = engine()
    with made.begin() as conn:
        yield conn
    made.dispose()


def entry(number: int = 0, **other: Any) -> Entry:
    at = START + timedelta(seconds=number)
    given = {"who": "ada", "action": "looked", "target": f"report-{number}", "detail": {"part": "reported"}}
    return Entry(**({"at": at} | given | other))


def fill(conn: sa.Connection, entries: int = 5) -> None:
    for number in range(1, entries + 1):
        record(conn, trail, entry(number))


def test_an_empty_trail_holds(conn: sa.Connection) -> None:
    assert verify(conn, trail) == (True, 0, GENESIS, None, "")
    assert head(conn, trail) == Head(0, GENESIS)


def test_a_trail_that_nobody_touched_holds(conn: sa.Connection) -> None:
    fill(conn)
    verdict = verify(conn, trail)

    assert verdict.ok
    assert (verdict.entries, verdict.head) == head(conn, trail)
    assert verdict.entries == 5


def test_what_was_recorded_can_be_read_as_it_was(conn: sa.Connection) -> None:
    record(conn, trail, entry(3, detail={"b": "2", "a": "1"}))
    stored = conn.execute(sa.select(trail)).one()

    assert (stored.seq, stored.at, stored.who) == (1, START + timedelta(seconds=3), "ada")
    assert (stored.action, stored.target, stored.detail) == ("looked", "report-3", '{"a":"1","b":"2"}')


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("who", "somebody else"),
        ("action", "searched"),
        ("target", "report-9"),
        ("detail", "{}"),
        ("at", START),
        ("hash", "f" * 64),
    ],
)
def test_a_changed_entry_shows(conn: sa.Connection, column: str, value: str | datetime) -> None:
    fill(conn)
    conn.execute(trail.update().where(trail.c.seq == 3).values({column: value}))
    verdict = verify(conn, trail)

    assert not verdict.ok
    assert verdict.broken_at == 3


def test_an_entry_rewritten_together_with_its_own_hash_shows_at_the_next(conn: sa.Connection) -> None:
    fill(conn)
    rows = conn.execute(sa.select(trail).order_by(trail.c.seq)).mappings().all()
    forged = dict(rows[2]) | {"who": "nobody"}
    forged["hash"] = _link(rows[1]["hash"], forged)
    conn.execute(trail.update().where(trail.c.seq == 3).values(forged))

    assert verify(conn, trail).broken_at == 4


def test_an_entry_taken_out_of_the_middle_shows(conn: sa.Connection) -> None:
    fill(conn)
    conn.execute(trail.delete().where(trail.c.seq == 2))
    verdict = verify(conn, trail)

    assert (verdict.ok, verdict.broken_at, verdict.why) == (False, 2, "an entry is missing")


def test_a_gap_that_was_closed_shows(conn: sa.Connection) -> None:
    fill(conn)
    conn.execute(trail.delete().where(trail.c.seq == 2))
    for seq in (3, 4, 5):
        conn.execute(trail.update().where(trail.c.seq == seq).values(seq=seq - 1))

    assert verify(conn, trail).broken_at == 2


def test_a_cut_tail_shows_against_the_head(conn: sa.Connection) -> None:
    fill(conn)
    conn.execute(trail.delete().where(trail.c.seq > 3))
    verdict = verify(conn, trail)

    assert (verdict.ok, verdict.entries, verdict.broken_at) == (False, 3, 4)


def test_a_tail_cut_together_with_its_head_shows_against_a_head_noted_elsewhere(conn: sa.Connection) -> None:
    fill(conn)
    noted = head(conn, trail)
    kept = conn.execute(sa.select(trail.c.hash).where(trail.c.seq == 3)).scalar_one()
    conn.execute(trail.delete().where(trail.c.seq > 3))
    conn.execute(HEADS.update().values(entries=3, hash=kept))
    verdict = verify(conn, trail)

    assert verdict.ok
    assert verdict.entries < noted.entries


def test_entries_put_behind_the_head_show(conn: sa.Connection) -> None:
    fill(conn)
    before = conn.execute(sa.select(HEADS)).one()
    record(conn, trail, entry(6))
    conn.execute(HEADS.update().values(entries=before.entries, hash=before.hash))

    assert not verify(conn, trail).ok


def test_a_trail_that_was_emptied_shows(conn: sa.Connection) -> None:
    fill(conn)
    conn.execute(trail.delete())

    assert verify(conn, trail).broken_at == 1


def test_an_act_taken_back_leaves_no_entry(conn: sa.Connection) -> None:
    fill(conn, 2)
    attempt = conn.begin_nested()
    record(conn, trail, entry(3))
    attempt.rollback()
    record(conn, trail, entry(4))

    assert verify(conn, trail)[:2] == (True, 3)


def test_moving_characters_between_fields_makes_another_entry(conn: sa.Connection) -> None:
    record(conn, trail, entry(who="ab", action="c"))
    conn.execute(trail.update().values(who="a", action="bc"))

    assert not verify(conn, trail).ok


@given(st.lists(ACTS, max_size=6))
def test_no_text_whatever_keeps_an_act_out_of_the_trail(acts: list[Act]) -> None:
    made = engine()
    with made.begin() as conn:
        for who, action, target, detail in acts:
            record(conn, trail, Entry(at=START, who=who, action=action, target=target, detail=detail))
        assert verify(conn, trail)[:2] == (True, len(acts))
    made.dispose()


def test_two_ledgers_have_two_trails() -> None:
    other = sa.MetaData()

    assert trail_table(other).metadata is other
    assert set(other.tables) == {"trail", "trail_head"}
