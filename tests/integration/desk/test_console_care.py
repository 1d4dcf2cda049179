"""Care on the screen: one's own numbers, a pause suggested, how pages look, handing over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from core.errors import LedgerUnavailable
from core.testing.clock import FixedClock
from desk.care import keeping
from desk.care.model import Care
from desk.casework.acts import case_in
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser, desk_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    async with desk_room(tmp_path) as found:
        await found.person("Sue", Role.SUPERVISOR)
        await found.person("Ann Lee", Role.SPECIALIST)
        await found.person("Cal", Role.SPECIALIST)
        yield found


@pytest.fixture
async def ann(room: DeskRoom) -> AsyncIterator[Browser]:
    async with browser(room) as someone:
        await someone.sign_in()
        yield someone


async def _looks(room: DeskRoom, someone: Browser, number: int) -> None:
    made = await room.report()
    for _ in range(number):
        await someone.look(made.id)


def _numbers(page: str) -> list[str]:
    return [piece.split("<")[0] for piece in page.split('<td class="number">')[1:]]


async def test_looks_and_messages_are_counted_a_day(room: DeskRoom, ann: Browser) -> None:
    await _looks(room, ann, 2)
    assert _numbers(await ann.get("/care")) == ["2", "2", "2", "2"]
    assert isinstance(room.clock, FixedClock)
    room.clock.advance(timedelta(days=1))
    await ann.sign_in()
    assert _numbers(await ann.get("/care")) == ["0", "0", "2", "2"]


async def test_a_pause_is_suggested_and_never_forced(room: DeskRoom, ann: Browser) -> None:
    await _looks(room, ann, Care().pause_after_looks)
    assert "A pause is suggested" in ann.text
    assert ann.status == 200
    assert "data-reported" in ann.text  # it is open all the same


async def test_a_supervisor_hears_of_a_pause_and_of_no_number(room: DeskRoom, ann: Browser) -> None:
    await _looks(room, ann, Care().pause_after_looks)
    async with browser(room) as sue:
        await sue.sign_in("Sue")
        page = await sue.get("/care")
    assert "<bdi>Ann Lee</bdi>" in page
    assert _numbers(page) == ["0", "0", "0", "0"]


async def test_a_specialist_hears_of_nobody_else(ann: Browser) -> None:
    assert "To whom a pause is suggested" not in await ann.get("/care")


async def test_what_somebody_chose_stays_with_them_and_nobody_else(room: DeskRoom, ann: Browser) -> None:
    await ann.get("/care")
    await ann.post("/care", {"greyscale": "yes"})
    assert '<html lang="en" class="greyscale">' in await ann.get("/")
    async with browser(room) as cal:
        await cal.sign_in("Cal")
        assert '<html lang="en">' in await cal.get("/")


async def test_a_case_is_handed_to_a_colleague_in_one_press_that_closes_the_cover(
    room: DeskRoom, ann: Browser
) -> None:
    made = await room.report()
    await ann.look(made.id)
    page = await ann.post(f"/case/{made.id}/pass-on", {"to": "Cal", "holder": ""})
    assert ann.path == "/"
    assert "data-reported" not in page
    assert await _holder(room, made.id) == "Cal"


async def test_whoever_is_next_finds_it_in_the_queue_again(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    await ann.get(f"/case/{made.id}")
    await ann.post(f"/case/{made.id}/take")
    await ann.post(f"/case/{made.id}/pass-on", {"to": ""})
    assert await _holder(room, made.id) == ""


async def test_nobody_outside_gets_a_case(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    await ann.look(made.id)
    await ann.post(f"/case/{made.id}/pass-on", {"to": "Mallory", "holder": ""})
    assert await _holder(room, made.id) == ""


async def test_a_look_that_cannot_be_counted_shows_all_the_same(
    room: DeskRoom, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await room.report()
    await ann.get(f"/case/{made.id}")
    monkeypatch.setattr(keeping, "uncovered", Mock(side_effect=LedgerUnavailable("the disk is full")))
    await ann.post(f"/case/{made.id}")
    assert "data-reported" in ann.text


async def _holder(room: DeskRoom, report: str) -> str:
    case = await room.ledger.read(lambda conn: case_in(conn, room.scope, report))  # type: ignore[arg-type]
    assert case is not None
    return case.holder
