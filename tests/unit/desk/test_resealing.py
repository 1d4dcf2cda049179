"""Sealing again after a rotation: everything opens with the new key alone, and nothing is lost on the way."""

from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import KeysMissing, LedgerUnavailable
from core.evidence.envelope import Found, read_identity
from core.evidence.keys import DeskKeys
from core.evidence.parts import PartKind
from core.evidence.sealing import new_key
from core.ids import CommunityId
from core.reports.model import Answers
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of
from core.testing.ledger import FaultyLedger
from desk.resealing import Resealed, reseal
from desk.service import DeskService
from desk.tables import parts, trail
from tests.desk_roads import PRACTICE, ROAD, Make


def rotated(keys: DeskKeys) -> DeskKeys:
    return DeskKeys(
        current=new_key(),
        retired=(keys.current, *keys.retired),
        reference=keys.reference,
        linking=keys.linking,
    )


async def filled(desk: DeskService, make: Make, reports: int = 1) -> Any:
    made = [make(answers=Answers(team_may_know_name=True)) for _ in range(reports)]
    for one in made:
        for delivery in (one.delivery(), one.late(), one.supplement(Answers(own_words="more"))):
            await desk.receive(ROAD, delivery, body_of(delivery).hex()[-64:])
    return made[0]


async def kept(desk: DeskService) -> dict[str, tuple[str, bytes, int]]:
    found = await desk.ledger.read(lambda conn: conn.execute(sa.select(parts)).mappings().all())
    return {row["id"]: (row["kind"], row["sealed"], row["size"]) for row in found}


async def test_everything_of_the_desk_opens_with_the_new_key_alone(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock
) -> None:
    made = await filled(desk, make)
    after, recovery = rotated(keys), new_key()
    done = await reseal(
        desk.ledger, after, [after.current.public, recovery.public], by="ann", now=clock.now()
    )
    assert done == Resealed(done=5, closed=0)
    for key in (after.current, recovery):
        desk.keys = DeskKeys(current=key, reference=keys.reference, linking=keys.linking)
        opened = await desk.look(PRACTICE, made.id, by="ann")
        assert opened is not None
        assert (opened.facts, opened.cannot_open, opened.missing) == (made.facts, (), ())
        assert len(opened.transcripts) == 2


async def test_the_identity_is_left_as_the_road_sealed_it(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock
) -> None:
    made = await filled(desk, make)
    before = await kept(desk)
    after = rotated(keys)
    await reseal(desk.ledger, after, [after.current.public], by="ann", now=clock.now())
    now = await kept(desk)
    changed = {kind for part, (kind, sealed, _) in now.items() if sealed != before[part][1]}
    assert changed == {kind.value for kind in PartKind} - {PartKind.IDENTITY.value, PartKind.UNLOCKED.value}
    assert all(size == len(sealed) for _, sealed, size in now.values())
    (part,) = (part for part, (kind, _, _) in now.items() if kind == PartKind.IDENTITY)
    found = Found(
        draft=made.delivery().draft,
        community=CommunityId("school"),
        part=part,  # type: ignore[arg-type]
        kind=PartKind.IDENTITY,
        sealed=now[part][1],
    )
    assert read_identity(found, [made.road]) == made.identity


async def test_the_old_key_opens_nothing_any_more(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock
) -> None:
    made = await filled(desk, make)
    after = rotated(keys)
    await reseal(desk.ledger, after, [after.current.public], by="ann", now=clock.now())
    opened = await desk.look(PRACTICE, made.id, by="ann")  # the service still holds the old one only
    assert opened is not None
    assert opened.facts is None
    assert len(opened.cannot_open) == 5


async def test_a_second_run_finds_nothing_to_do(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock
) -> None:
    await filled(desk, make)
    after = rotated(keys)
    for expected in (5, 0):
        done = await reseal(desk.ledger, after, [after.current.public], by="ann", now=clock.now())
        assert done.done == expected
    noted = await desk.ledger.read(
        lambda conn: conn.execute(sa.select(trail.c.who, trail.c.detail).order_by(trail.c.seq)).all()
    )
    assert [tuple(row) for row in noted] == [
        ("ann", '{"left_closed":"0","parts":"5"}'),
        ("ann", '{"left_closed":"0","parts":"0"}'),
    ]


async def test_what_no_key_opens_stays_and_is_counted_and_holds_up_nothing(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock
) -> None:
    lost = make()
    lost.recipients = (new_key().public,)
    delivery = lost.delivery()
    await desk.receive(ROAD, delivery, "d" * 64)
    await filled(desk, make, 12)  # more than one batch behind it
    before = await kept(desk)
    after = rotated(keys)
    done = await reseal(desk.ledger, after, [after.current.public], by="ann", now=clock.now())
    assert done == Resealed(done=61, closed=1)
    closed = next(part.id for part in delivery.parts if part.kind is PartKind.ANSWERS)
    assert (await kept(desk))[closed] == before[closed]


async def test_broken_off_in_the_middle_it_is_finished_by_the_next_run(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock, faulty: FaultyLedger
) -> None:
    made = await filled(desk, make, 12)  # more than one batch
    after = rotated(keys)
    faulty.lose_after_commit()
    with pytest.raises(Exception, match="lost"):
        await reseal(faulty, after, [after.current.public], by="ann", now=clock.now())
    faulty.lose_after_commit(losing=False)
    done = await reseal(faulty, after, [after.current.public], by="ann", now=clock.now())
    assert done == Resealed(done=10, closed=0)
    desk.keys = DeskKeys(current=after.current, reference=keys.reference, linking=keys.linking)
    opened = await desk.look(PRACTICE, made.id, by="ann")
    assert opened is not None
    assert (opened.facts, opened.cannot_open) == (made.facts, ())


async def test_it_refuses_to_seal_past_the_desks_own_key(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock
) -> None:
    await filled(desk, make)
    before = await kept(desk)
    with pytest.raises(KeysMissing):
        await reseal(desk.ledger, rotated(keys), [new_key().public], by="ann", now=clock.now())
    assert await kept(desk) == before


async def test_a_ledger_that_cannot_write_is_told(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock, faulty: FaultyLedger
) -> None:
    await filled(desk, make)
    after = rotated(keys)
    faulty.fail_with(LedgerUnavailable("full"), on=("transact",))
    with pytest.raises(LedgerUnavailable):
        await reseal(faulty, after, [after.current.public], by="ann", now=clock.now())
