from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from core.ledger import shapes
from core.ledger.port import Change
from core.ledger.road import drafts, outbox, parts
from core.ledger.shapes import Shapes
from core.ledger.sql import add_to, looking_at_own_rows
from core.testing.clock import START

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False, default=7),
    sa.Column("touched", sa.Integer, nullable=False, default=0, onupdate=1),
    sa.Column("yes", sa.Boolean),
)
INSERT = THINGS.insert()


def made_up() -> Shapes:
    return Shapes(sqlite.dialect(paramstyle="qmark"))


def test_a_row_becomes_what_the_driver_takes_with_defaults_in_their_places() -> None:
    shape, rows = made_up().prepare(Change(INSERT, [{"id": "a", "yes": True}, {"id": "b", "yes": None}]))

    assert shape.sql == "INSERT INTO things (id, n, touched, yes) VALUES (?, ?, ?, ?)"
    assert rows == [["a", 7, 0, 1], ["b", 7, 0, None]]


def test_a_given_value_stands_before_the_default() -> None:
    _, rows = made_up().prepare(Change(INSERT, [{"id": "a", "n": 3}]))

    assert rows == [["a", 3, 0]]


def test_values_written_into_a_statement_are_bound() -> None:
    update = THINGS.update().where(THINGS.c.id == sa.bindparam("which")).values(n=THINGS.c.n + 2)
    shape, rows = made_up().prepare(Change(update, [{"which": "a"}]))

    assert shape.sql == "UPDATE things SET n=(things.n + ?), touched=? WHERE things.id = ?"
    assert rows == [[2, 1, "a"]]


def test_a_statement_is_compiled_once_for_each_set_of_keys() -> None:
    made = made_up()
    first, _ = made.prepare(Change(INSERT, [{"id": "a"}]))
    again, _ = made.prepare(Change(INSERT, [{"id": "b"}]))
    other, _ = made.prepare(Change(INSERT, [{"id": "c", "n": 1}]))

    assert first is again
    assert other is not first


def test_statements_made_afresh_each_time_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "KEPT", 3)
    made = made_up()
    for number in range(10):
        made.prepare(Change(THINGS.insert(), [{"id": str(number)}]))

    assert len(made._kept) == 3


@pytest.mark.parametrize("wrong", [{"id": "b", "n": 1}, {}, {"n": 1}])
def test_rows_with_different_keys_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="different keys"):
        made_up().prepare(Change(INSERT, [{"id": "a"}, wrong]))


def test_keys_may_come_in_any_order() -> None:
    _, rows = made_up().prepare(Change(INSERT, [{"id": "a", "n": 1}, {"n": 2, "id": "b"}]))

    assert rows == [["a", 1, 0], ["b", 2, 0]]


def test_a_value_that_stands_in_two_places_is_bound_in_both() -> None:
    key = sa.bindparam("key", type_=sa.Boolean)
    drop = THINGS.delete().where(
        (THINGS.c.yes == key) | (THINGS.c.n == sa.bindparam("n")), THINGS.c.yes != key
    )
    _, rows = made_up().prepare(Change(drop, [{"n": 3, "key": True}]))

    assert rows == [[1, 3, 1]]


def test_a_key_that_is_no_column_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for no_such_column"):
        made_up().prepare(Change(INSERT, [{"id": "a", "no_such_column": 1}]))


def test_a_row_without_a_value_that_the_statement_wants_is_refused() -> None:
    drop = THINGS.delete().where(THINGS.c.id == sa.bindparam("which"))

    with pytest.raises(ValueError, match="without which"):
        made_up().prepare(Change(drop, [{}]))


def test_a_default_that_has_to_be_computed_is_refused() -> None:
    odd = sa.Table(
        "odd", sa.MetaData(), sa.Column("id", sa.Text), sa.Column("n", sa.Integer, default=lambda: 1)
    )

    with pytest.raises(TypeError, match=r"odd\.n"):
        made_up().prepare(Change(odd.insert(), [{"id": "a"}]))


def test_a_list_of_changing_length_is_left_to_the_engine() -> None:
    drop = THINGS.delete().where(THINGS.c.id.in_(sa.bindparam("these", expanding=True)))
    shape, rows = made_up().prepare(Change(drop, [{"these": ["a", "b"]}]))

    assert shape.sql is None
    assert rows == [{"these": ["a", "b"]}]


def test_times_are_turned_into_text() -> None:
    row = {"id": "a", "community": "c", "state": b"", "created_at": START, "updated_at": START}
    _, rows = made_up().prepare(Change(drafts.insert(), [row]))

    assert rows == [["a", "c", b"", "2026-03-04T05:06:07.000000Z", "2026-03-04T05:06:07.000000Z"]]


def test_every_table_a_statement_touches_is_known() -> None:
    of_part = sa.select(parts.c.item).where(parts.c.id == "p").scalar_subquery()
    copied = outbox.insert().from_select(["item"], sa.select(parts.c.item))
    made = made_up()

    for statement in (outbox.delete().where(outbox.c.item == of_part), copied):
        shape, _ = made.prepare(Change(statement, [{}]))
        assert shape.tables == {"outbox", "parts"}


def test_rows_that_only_add_to_one_another_become_one_with_their_sum() -> None:
    adding = add_to(THINGS, "n")
    shape, rows = made_up().prepare(
        Change(adding, [{"id": "a", "n": 2}, {"id": "b", "n": 5}, {"id": "a", "n": -7}])
    )

    assert shape.summed(rows) == [["a", -5, 0], ["b", 5, 0]]


def test_rows_of_any_other_statement_stay_as_they_are() -> None:
    shape, rows = made_up().prepare(Change(INSERT, [{"id": "a", "n": 2}, {"id": "a", "n": 3}]))

    assert shape.summed(rows) is rows


def test_a_statement_that_looks_at_its_own_rows_touches_only_the_table_it_writes() -> None:
    seen = sa.exists().where(outbox.c.item == sa.bindparam("seen"))
    value = sa.case((seen, sa.null()), else_=sa.bindparam("number", type_=sa.Integer))
    statement = THINGS.insert().values(id=sa.bindparam("name"), n=value)
    row = {"seen": "x", "name": "a", "number": 1}

    assert made_up().prepare(Change(statement, [row])).shape.tables == {"things", "outbox"}
    told = looking_at_own_rows(statement)
    assert made_up().prepare(Change(told, [row])).shape.tables == {"things"}
