"""Who may be named as being there: as the desk last said, in every process, and never for long after it."""

from datetime import timedelta

import msgspec
import pytest

from core.delivery.duty import COUNTS_FOR, KEEP_EVERY, OnDuty
from core.delivery.news import Poller
from core.delivery.wire import DutyTold, NewsAsked
from core.errors import DestinationDown, LedgerUnavailable
from core.ids import CommunityId, DeskName
from core.ledger.sqlite import SqliteLedger
from core.reports.model import Standing
from core.settings.communities import Communities
from core.settings.model import Community, Settings
from core.settings.model import Desk as DeskSettings
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ledger import WRITES, FaultyLedger
from core.testing.outbox import DESK

LEAD = Standing.LEAD


@pytest.fixture
def signals(clock: FixedClock) -> MemorySignals:
    return MemorySignals(clock)


@pytest.fixture
def faulty(ledger: SqliteLedger) -> FaultyLedger:
    return FaultyLedger(ledger)


@pytest.fixture
def board(faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock) -> OnDuty:
    return OnDuty(faulty, signals, clock)


def said(*who: str, **more: object) -> DutyTold:
    return DutyTold(desk=DESK, standing=LEAD, who=who, **more)  # type: ignore[arg-type]


def named(board: OnDuty) -> tuple[str, ...] | None:
    told = board.of(DESK, LEAD)
    return None if told is None else told.who


async def test_a_desk_that_never_said_anything_names_nobody(board: OnDuty) -> None:
    assert board.of(DESK, LEAD) is None


async def test_whoever_the_desk_names_is_named_at_once(board: OnDuty) -> None:
    await board.heard(DESK, [said("Mia")])
    assert named(board) == ("Mia",)


async def test_a_desk_speaks_for_itself_alone(board: OnDuty) -> None:
    await board.heard(DeskName("other"), [said("Mia")])
    assert board.of(DESK, LEAD) is None


async def test_the_sign_comes_down_with_the_desks_next_word(board: OnDuty) -> None:
    await board.heard(DESK, [said("Mia")])
    await board.heard(DESK, [said()])
    assert named(board) == ()


async def test_an_old_word_names_nobody(board: OnDuty, clock: FixedClock) -> None:
    await board.heard(DESK, [said("Mia", usually_minutes=20)])
    clock.advance(COUNTS_FOR + timedelta(seconds=1))
    assert board.of(DESK, LEAD) == DutyTold(desk=DESK, standing=LEAD)


async def test_a_shift_that_has_ended_names_nobody_though_the_desk_is_silent(
    board: OnDuty, clock: FixedClock
) -> None:
    await board.heard(DESK, [said("Mia", until=clock.now() + timedelta(minutes=1))])
    clock.advance(timedelta(minutes=1))
    assert named(board) == ()


async def test_another_process_and_a_new_one_know_it_as_well(
    board: OnDuty, faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock
) -> None:
    await board.heard(DESK, [said("Mia")])
    other = OnDuty(faulty, signals, clock)
    await other.refresh()
    assert named(other) == ("Mia",)


async def test_what_others_stored_does_not_take_the_place_of_a_later_word(
    board: OnDuty, faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock
) -> None:
    other = OnDuty(faulty, signals, clock)
    await other.heard(DESK, [said("Mia")])
    clock.advance(timedelta(seconds=1))
    faulty.fail_with(LedgerUnavailable("gone"), on=WRITES)
    await board.heard(DESK, [said()])
    await board.refresh()
    assert named(board) == ()


async def test_without_a_ledger_the_word_counts_all_the_same(board: OnDuty, faulty: FaultyLedger) -> None:
    faulty.fail_with(LedgerUnavailable("gone"), on=WRITES)
    await board.heard(DESK, [said("Mia")])
    assert named(board) == ("Mia",)


async def test_the_same_word_is_not_stored_at_every_answer(
    board: OnDuty, faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock
) -> None:
    await board.heard(DESK, [said("Mia")])
    faulty.fail_with(LedgerUnavailable("gone"), on=WRITES)
    clock.advance(KEEP_EVERY - timedelta(seconds=1))
    await board.heard(DESK, [said("Mia")])
    faulty.fail_with(None)
    other = OnDuty(faulty, signals, clock)
    await other.refresh()
    clock.advance(COUNTS_FOR - KEEP_EVERY + timedelta(seconds=1))
    assert named(other) == ("Mia",)


async def test_it_comes_with_every_answer_of_the_desk(
    board: OnDuty, ledger: SqliteLedger, signals: MemorySignals, clock: FixedClock
) -> None:
    desk = RecordingDestination(clock)
    poller = Poller(DESK, desk, ledger, signals, jitter=lambda: 0.0, asked=NewsAsked(wait_s=0), on_duty=board)
    desk.duty = (said("Mia"),)
    await poller.run_once()
    assert named(board) == ("Mia",)
    desk.fail_with(DestinationDown())
    with pytest.raises(DestinationDown):
        await poller.run_once()
    clock.advance(COUNTS_FOR + timedelta(seconds=1))
    assert named(board) == ()


def communities(board: OnDuty, zone: str = "") -> Communities:
    desk = DeskSettings(name="The team", standing=LEAD, opens="08:00", closes="22:00", zone=zone)
    places = {
        name: Community(name=name, platform=platform, desk=str(DESK))
        for name, platform in (("school", "web"), ("club", "discord"))
    }
    return Communities(Settings(desks={str(DESK): desk}, communities=places), on_duty=board.of)


async def test_two_missed_pages_take_the_name_off_the_screens_of_every_community_at_once(
    board: OnDuty,
) -> None:
    every = communities(board)
    await board.heard(DESK, [said("Mia", usually_minutes=20)])
    shown = [every.place(CommunityId(name)).duty for name in ("school", "club")]
    assert [(duty.on_duty, duty.usually) for duty in shown] == [("Mia", 20)] * 2
    await board.heard(DESK, [said()])
    shown = [every.place(CommunityId(name)).duty for name in ("school", "club")]
    assert [(duty.on_duty, duty.usually) for duty in shown] == [(None, None)] * 2


async def test_before_the_desk_said_anything_the_hours_are_those_configured(board: OnDuty) -> None:
    duty = communities(board).place(CommunityId("school")).duty
    assert (duty.opens, duty.closes) == ("08:00", "22:00")


async def test_hours_are_those_of_accepted_shifts_on_the_desks_clock(
    board: OnDuty, clock: FixedClock
) -> None:
    every = communities(board, "Europe/Berlin")
    at = clock.now().replace(hour=20, minute=30)
    await board.heard(DESK, [said("Mia", until=at + timedelta(days=1))])
    assert every.place(CommunityId("school")).duty.closes == "21:30"
    await board.heard(DESK, [said(opens=at)])
    assert every.place(CommunityId("school")).duty.opens == "21:30"


async def test_without_an_accepted_shift_no_hour_is_shown(board: OnDuty) -> None:
    await board.heard(DESK, [said()])
    duty = communities(board, "Europe/Berlin").place(CommunityId("school")).duty
    assert (duty.opens, duty.closes, duty.on_duty) == (None, None, None)


@pytest.mark.parametrize(("minutes", "said_as"), [(0, 5), (7, 10), (31, 45), (60, 60), (61, None)])
async def test_how_long_it_usually_takes_is_rounded_up_or_not_said(
    board: OnDuty, minutes: int, said_as: int | None
) -> None:
    await board.heard(DESK, [said("Mia", usually_minutes=minutes)])
    assert communities(board).place(CommunityId("school")).duty.usually == said_as


async def test_many_are_not_all_named(board: OnDuty) -> None:
    await board.heard(DESK, [said("Mia", "Tom", "Ann")])
    assert communities(board).place(CommunityId("school")).duty.on_duty == "Mia, Tom"


def test_what_is_told_survives_the_ledger() -> None:
    told = said("Mia", usually_minutes=3)
    assert msgspec.json.decode(msgspec.json.encode(told), type=DutyTold) == told
