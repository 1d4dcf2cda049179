from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.delivery.screens import GIVEN_UP, LAST, LEASE, STANDS, Emptier, OpenScreens
from core.errors import LedgerUnavailable
from core.evidence.drafts import DraftKey
from core.ledger.road import open_screens
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import FixedClock
from core.testing.ledger import WRITES, FaultyLedger
from core.testing.platform import RecordingPlatform

KEY = DraftKey(bytes(range(16)))
SECRET = b"a token that edits the screen"


@pytest.fixture
def ledger(road_ledger: SqliteLedger) -> FaultyLedger:
    return FaultyLedger(road_ledger)


@pytest.fixture
def chat() -> RecordingPlatform:
    return RecordingPlatform("chat")


@pytest.fixture
def screens(ledger: FaultyLedger, clock: FixedClock) -> OpenScreens:
    return OpenScreens(ledger, KEY, clock)


def emptier(screens: OpenScreens, chat: RecordingPlatform, clock: FixedClock) -> Emptier:
    return Emptier(screens, {"chat": chat}, clock)


async def rows(ledger: FaultyLedger) -> list[Any]:
    return await ledger.read(lambda conn: list(conn.execute(sa.select(open_screens))))


async def test_a_screen_left_alone_is_emptied_within_a_quarter_of_an_hour_and_not_before(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "chat", SECRET)
    clock.advance(STANDS - timedelta(seconds=1))
    assert await emptier(screens, chat, clock).run_once() == 0
    clock.advance(timedelta(seconds=1))
    assert await emptier(screens, chat, clock).run_once() == 1
    assert chat.emptied == [SECRET]
    assert await rows(ledger) == []
    assert STANDS < LAST == timedelta(minutes=15)


async def test_after_a_restart_it_is_emptied_all_the_same(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "chat", SECRET)
    clock.advance(STANDS)
    assert await emptier(OpenScreens(ledger, KEY, clock), chat, clock).run_once() == 1
    assert chat.emptied == [SECRET]


async def test_each_press_on_it_gives_it_its_time_anew_and_the_newest_handle_counts(
    screens: OpenScreens, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "chat", b"old")
    clock.advance(STANDS - timedelta(minutes=1))
    await screens.note("one", "chat", b"new")
    clock.advance(timedelta(minutes=2))
    assert await emptier(screens, chat, clock).run_once() == 0
    clock.advance(STANDS)
    assert await emptier(screens, chat, clock).run_once() == 1
    assert chat.emptied == [b"new"]


async def test_what_was_hidden_is_not_emptied_again(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "chat", SECRET)
    await screens.forget("one")
    clock.advance(STANDS)
    assert await emptier(screens, chat, clock).run_once() == 0
    assert await rows(ledger) == []


async def test_two_processes_empty_it_once(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "chat", SECRET)
    clock.advance(STANDS)
    here = await screens.due(["chat"])
    assert len(here) == 1
    assert await OpenScreens(ledger, KEY, clock).due(["chat"]) == ()


async def test_where_it_does_not_work_it_is_tried_again_and_in_the_end_given_up(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    chat.fault = OSError("the platform is away")
    await screens.note("one", "chat", SECRET)
    clock.advance(STANDS)
    assert await emptier(screens, chat, clock).run_once() == 0
    chat.fault = None
    assert await emptier(screens, chat, clock).run_once() == 0
    clock.advance(LEASE)
    assert await emptier(screens, chat, clock).run_once() == 1
    await screens.note("two", "chat", SECRET)
    chat.fault = OSError("the platform is away")
    clock.advance(LAST + timedelta(minutes=1))
    assert await emptier(screens, chat, clock).run_once() == 0
    assert len(await rows(ledger)) == 1
    clock.advance(GIVEN_UP)
    assert await emptier(screens, chat, clock).run_once() == 0
    assert await rows(ledger) == []
    assert len(chat.emptied) == 1


async def test_what_was_due_while_nobody_was_there_is_emptied_all_the_same(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    """Some platforms let a screen be reached as long as it stands."""
    await screens.note("one", "chat", SECRET)
    clock.advance(timedelta(days=1))
    assert await emptier(screens, chat, clock).run_once() == 1
    assert await rows(ledger) == []


async def test_a_press_while_it_is_being_emptied_keeps_the_new_screen_noted(
    screens: OpenScreens, ledger: FaultyLedger, clock: FixedClock
) -> None:
    await screens.note("one", "chat", b"old")
    clock.advance(STANDS)
    (due,) = await screens.due(["chat"])
    await screens.note("one", "chat", b"new")
    await screens.emptied(due)
    assert len(await rows(ledger)) == 1


async def test_with_the_ledger_gone_this_process_empties_what_it_showed(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    ledger.fail_with(LedgerUnavailable("gone"), on=WRITES)
    await screens.note("one", "chat", SECRET)
    clock.advance(STANDS)
    assert await emptier(screens, chat, clock).run_once() == 1
    assert await emptier(screens, chat, clock).run_once() == 0
    assert chat.emptied == [SECRET]


async def test_screens_of_a_platform_that_runs_elsewhere_are_left_to_that_process(
    screens: OpenScreens, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "another", SECRET)
    clock.advance(STANDS)
    assert await emptier(screens, chat, clock).run_once() == 0


async def test_the_ledgers_files_do_not_hold_what_takes_a_screen_away(
    screens: OpenScreens, tmp_path: Path
) -> None:
    await screens.note("one", "chat", SECRET)
    files = [file for file in (tmp_path / "data").iterdir() if file.is_file()]
    assert files
    assert not any(SECRET in file.read_bytes() for file in files)


async def test_a_handle_under_another_key_is_given_up(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "chat", SECRET)
    clock.advance(STANDS)
    other = OpenScreens(ledger, DraftKey(bytes(16)), clock)
    assert await emptier(other, chat, clock).run_once() == 1
    assert chat.emptied == []
    assert await rows(ledger) == []


async def test_a_thousand_that_are_due_at_once_are_all_emptied(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    for number in range(1000):
        await screens.note(str(number), "chat", SECRET)
    clock.advance(STANDS)
    assert await emptier(screens, chat, clock).run_once() == 1000
    assert await rows(ledger) == []


async def test_a_screen_pressed_on_while_the_ledger_is_gone_is_not_emptied_by_its_old_row(
    screens: OpenScreens, ledger: FaultyLedger, chat: RecordingPlatform, clock: FixedClock
) -> None:
    await screens.note("one", "chat", b"old")
    clock.advance(STANDS)
    ledger.fail_with(LedgerUnavailable("gone"), on=WRITES)
    await screens.note("one", "chat", b"new")
    ledger.fail_with(None)
    assert await emptier(screens, chat, clock).run_once() == 0
    assert chat.emptied == []
