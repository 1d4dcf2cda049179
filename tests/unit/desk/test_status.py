"""Looking up a reference: times and nothing else; unknown and foreign alike; throttled a road."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from core.delivery import wire
from core.delivery.wire import StatusTold
from core.errors import ReferenceInvalid
from core.evidence.keys import DeskKeys, TagKey
from core.testing.clock import FixedClock
from desk import status
from desk.service import LOOK_UPS, DeskService
from desk.tables import reports
from tests.desk_roads import LIVE, PRACTICE, ROAD, Caller, Make

UNKNOWN = msgspec.json.encode(StatusTold(known=False))


async def asked(caller: Caller, reference: str) -> bytes:
    answer = await caller.ask(wire.STATUS, wire.StatusAsked(reference=reference))
    assert answer.status == 200
    return answer.body


async def test_it_tells_when_it_was_received_and_first_read(
    caller: Caller, desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = make()
    await caller.deliver(made.delivery())
    await desk.triage.run_once()
    clock.advance(timedelta(minutes=2))
    await desk.look(PRACTICE, made.id, by="ann")
    told = msgspec.json.decode(await asked(caller, made.reference), type=StatusTold)
    assert (told.received_at, told.read_at, told.messages) == (made.now, clock.now(), ())


@pytest.mark.parametrize("typed", [str.lower, lambda text: text.replace("-", " "), lambda text: f" {text} "])
async def test_it_is_found_however_it_was_typed(
    caller: Caller, desk: DeskService, make: Make, typed: Callable[[str], str]
) -> None:
    made = make()
    await caller.deliver(made.delivery())
    await desk.triage.run_once()
    assert b'"known":true' in await asked(caller, typed(made.reference))


async def test_unknown_misspelt_foreign_and_untriaged_look_the_same(
    caller: Caller, stranger: Caller, desk: DeskService, make: Make
) -> None:
    known, untriaged, never = make(), make(), make()
    await caller.deliver(known.delivery())
    await desk.triage.run_once()
    await caller.deliver(untriaged.delivery())
    wrong = known.reference[:-1] + ("0" if known.reference[-1] != "0" else "1")
    answers = {
        await asked(caller, never.reference),
        await asked(caller, wrong),
        await asked(caller, "no reference"),
        await asked(caller, ""),
        await asked(caller, untriaged.reference),
        await asked(stranger, known.reference),
    }
    assert answers == {UNKNOWN}


async def test_a_reference_of_a_standing_that_is_served_no_more_is_unknown(
    caller: Caller, desk: DeskService, make: Make
) -> None:
    made = make()
    await caller.deliver(made.delivery())
    await desk.triage.run_once()
    desk.scopes = (LIVE,)
    assert await asked(caller, made.reference) == UNKNOWN


async def test_look_ups_are_throttled_a_road_and_open_again_with_time(
    caller: Caller, stranger: Caller, desk: DeskService, make: Make, clock: FixedClock
) -> None:
    for _ in range(LOOK_UPS):
        assert await desk.may_look_up(ROAD)
    answer = await caller.ask(wire.STATUS, wire.StatusAsked(reference="x"))
    assert (answer.status, answer.refusal().code) == (429, "throttled")
    assert int(answer.headers["Retry-After"]) >= 1
    assert await asked(stranger, "x") == UNKNOWN
    assert (await caller.deliver(make().delivery())).status == 202  # nothing ever stands before a report
    clock.advance(timedelta(minutes=2))
    assert await asked(caller, "x") == UNKNOWN


async def test_the_ledger_holds_no_reference_but_a_hash_whose_key_is_elsewhere(
    caller: Caller, desk: DeskService, make: Make, keys: DeskKeys
) -> None:
    made = make()
    await caller.deliver(made.delivery())
    await desk.triage.run_once()
    tag = status.tag_of(keys.reference, made.reference)
    assert tag != status.tag_of(TagKey(b"x" * 32), made.reference)
    kept = await desk.ledger.read(lambda conn: conn.execute(sa.select(reports.c.reference_tag)).scalar())
    assert kept == tag


def test_what_is_no_reference_has_no_tag(keys: DeskKeys) -> None:
    with pytest.raises(ReferenceInvalid):
        status.tag_of(keys.reference, "LB-0000-0000-0000-1")


async def test_too_long_a_reference_is_refused_before_any_look_up(caller: Caller) -> None:
    answer = await caller.ask(wire.STATUS, wire.StatusAsked(reference="A" * 65))
    assert (answer.status, answer.refusal().code) == (400, "malformed")
