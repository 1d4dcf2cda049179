"""What is asked of a desk with many reports is read off keys; the engine knows no numbers of rows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from core.testing.clock import FixedClock
from core.testing.ledger import MemoryLedger
from desk.casework import searching
from desk.casework.model import CaseState
from desk.casework.searching import Wanted
from desk.linking import suggesting
from desk.tables import DESK

HERE = {"desk": "practice", "standing": "practice"}


@pytest.fixture
async def ledger() -> AsyncIterator[MemoryLedger]:
    ledger = MemoryLedger(DESK, FixedClock())
    await ledger.open()
    yield ledger
    await ledger.close()


async def _plan(ledger: MemoryLedger, statement: sa.Select[Any], values: dict[str, Any]) -> str:
    def asked(conn: sa.Connection) -> str:
        text = statement.params(values).compile(
            conn, compile_kwargs={"literal_binds": True, "render_postcompile": True}
        )
        return "\n".join(row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))

    return await ledger.read(asked)


async def test_who_else_has_a_value_is_read_off_the_value(ledger: MemoryLedger) -> None:
    plan = await _plan(ledger, suggesting._WITH_TAG, HERE | {"wanted": "t"})
    assert "(tag=?)" in plan
    assert "(id=?)" in plan


async def test_reports_that_are_named_are_read_by_their_names(ledger: MemoryLedger) -> None:
    plan = await _plan(ledger, searching._ROWS, HERE | {"cases": ["a", "b"]})
    assert "(id=?)" in plan


@pytest.mark.parametrize(
    "wanted",
    [Wanted(holder="Ann"), Wanted(state=CaseState.WAITING), Wanted(holder="Ann", state=CaseState.CLOSED)],
)
async def test_cases_that_somebody_acted_on_are_read_off_an_index(
    ledger: MemoryLedger, wanted: Wanted
) -> None:
    plan = await _plan(ledger, searching._acted_on(wanted), HERE | searching._given(wanted))
    assert "SCAN cases" not in plan


async def test_a_communitys_reports_are_read_off_its_own_index(ledger: MemoryLedger) -> None:
    wanted = Wanted(community="school")
    statement = searching._narrowed(searching._LISTED, wanted)
    plan = await _plan(ledger, statement, HERE | searching._given(wanted))
    assert "reports_by_community" in plan
