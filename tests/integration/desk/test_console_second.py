"""The second step at sign-in, page by page: setting it up, being asked for it, having to have it."""

import re
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from core.testing.clock import FixedClock
from desk.console.second import drawn
from tests.desk_room import PASSWORD, Browser, DeskRoom, browser, desk_room

STEP = timedelta(seconds=30)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


async def _set_up(somebody: Browser, clock: FixedClock) -> tuple[pyotp.TOTP, list[str]]:
    """The person's app, at a step that was not used yet; and the recovery codes that the page showed."""
    page = await somebody.get("/people/second")
    found = re.search(r'<code class="link">([A-Z2-7]{32})</code>', page)
    assert found
    app = pyotp.TOTP(found[1])
    fields = {"offer": _hidden(page, "offer"), "code": app.at(clock.now()), "old": PASSWORD}
    shown = await somebody.post("/people/second", fields)
    clock.advance(STEP)
    return app, re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", shown)


async def _type_code(somebody: Browser, code: str, to: str = "") -> str:
    step = _hidden(somebody.text, "step")
    return await somebody.post("/sign-in/code", {"step": step, "code": code, "to": to})


async def test_setting_it_up_shows_ten_codes_once(ann: Browser, clock: FixedClock) -> None:
    _, recovery = await _set_up(ann, clock)
    assert len(recovery) == 10
    page = await ann.get("/people")
    assert "10 recovery codes are left" in page
    for path in ("/people", "/people/second"):
        await ann.get(path)
        assert not any(code in ann.text for code in recovery)


async def test_the_page_draws_what_it_says(ann: Browser) -> None:
    page = await ann.get("/people/second")
    address = re.search(r"otpauth://[^<]*", page)
    assert address
    assert str(drawn(address[0].replace("&amp;", "&"))) in page
    assert "style=" not in page


async def test_a_wrong_code_keeps_the_secret_that_the_phone_has_already(ann: Browser) -> None:
    before = await ann.get("/people/second")
    fields = {"offer": _hidden(before, "offer"), "code": "000000", "old": PASSWORD}
    after = await ann.post("/people/second", fields)
    assert ann.status == 400
    assert "This is not the code the app shows now" in after
    assert _hidden(after, "offer") == _hidden(before, "offer")


async def test_signing_in_then_takes_a_code_and_leads_where_one_wanted(
    ann: Browser, stranger: Browser, clock: FixedClock
) -> None:
    app, _ = await _set_up(ann, clock)
    await stranger.sign_in()
    assert stranger.path == "/sign-in"
    assert stranger.cookie("lifebelt_desk") == ""
    page = await _type_code(stranger, app.at(clock.now()), "/trail")
    assert stranger.path == "/trail"
    assert 'Signed in <span class="minor">with a code</span>' in page


async def test_the_second_step_looks_the_same_whatever_was_wrong(
    ann: Browser, stranger: Browser, clock: FixedClock
) -> None:
    app, _ = await _set_up(ann, clock)

    async def looks(name: str, password: str) -> tuple[int, str]:
        page = await stranger.sign_in(name, password)
        return stranger.status, re.sub(r'value="[^"]*"', "", page)

    right = await looks("Ann Lee", PASSWORD)
    assert await looks("Ann Lee", "wrong") == right
    assert await looks("Eve Who", "wrong") == right
    page = await _type_code(stranger, app.at(clock.now()))
    assert stranger.status == 403
    assert "This does not match" in page


async def test_a_wrong_code_can_be_typed_again(ann: Browser, stranger: Browser, clock: FixedClock) -> None:
    app, _ = await _set_up(ann, clock)
    await stranger.sign_in()
    await _type_code(stranger, "000000")
    assert stranger.status == 403
    await _type_code(stranger, app.at(clock.now()))
    assert stranger.path == "/"


async def test_a_second_step_that_took_too_long_begins_again(
    ann: Browser, stranger: Browser, clock: FixedClock
) -> None:
    app, _ = await _set_up(ann, clock)
    await stranger.sign_in()
    clock.advance(timedelta(minutes=6))
    page = await _type_code(stranger, app.at(clock.now()))
    assert "That took too long" in page
    assert 'name="password"' in page


async def test_too_many_codes_are_said_to_be(ann: Browser, stranger: Browser, clock: FixedClock) -> None:
    await _set_up(ann, clock)
    await stranger.sign_in()
    for _ in range(11):
        await _type_code(stranger, "000000")
    assert stranger.status == 429


async def test_an_admin_helps_a_colleague_who_lost_the_phone(
    room: DeskRoom, ann: Browser, clock: FixedClock
) -> None:
    await room.person("Tom")
    async with browser(room) as tom:
        await tom.sign_in("Tom")
        await _set_up(tom, clock)
        page = await ann.get("/people")
        await ann.post("/people/second/end", {"person": _hidden(page, "person")})
        assert ann.path == "/people"
        assert "Took a second step away" in await ann.get("/trail")
        await tom.get("/people")
        assert tom.path == "/sign-in"
        await tom.sign_in("Tom")
        assert tom.path == "/"


async def test_where_there_is_nothing_to_take_away_the_page_says_so(room: DeskRoom, ann: Browser) -> None:
    await room.person("Tom")
    person = _hidden(await ann.get("/people"), "person")
    page = await ann.post("/people/second/end", {"person": person})
    assert ann.status == 400
    assert "This person has no second step any more" in page


# Where the desk asks everybody for it


@pytest.mark.parametrize("path", ["/", "/people", "/trail", "/help", "/case/x1", "/no/such/page"])
async def test_who_has_none_is_led_to_set_it_up_before_anything_else(tmp_path: Path, path: str) -> None:
    async with desk_room(tmp_path, needs_second=True) as room, browser(room) as ann:
        await room.person()
        await ann.send("GET", "/sign-in")
        await ann.sign_in()
        assert ann.path == "/people/second"
        await ann.get(path)
        assert ann.path == "/people/second"
        assert "<nav" not in ann.text


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_until_then_nothing_else_is_done_or_told(
    tmp_path: Path, clock: FixedClock, method: str
) -> None:
    async with desk_room(tmp_path, clock, needs_second=True) as room, browser(room) as ann:
        await room.person()
        made = await room.report()
        await ann.sign_in()
        path = f"/case/{made.id}" if method == "POST" else "/queue/rows"
        await ann.send(method, path, data={"form_token": ann.form_token} if method == "POST" else None)
        assert ann.status == 403
        record = await room.service.case(room.scope, made.id)
        assert record is not None
        assert record.row.read_at is None


async def test_once_it_is_set_up_the_desk_is_open(tmp_path: Path, clock: FixedClock) -> None:
    async with desk_room(tmp_path, clock, needs_second=True) as room, browser(room) as ann:
        await room.person()
        with_password = await ann.sign_in("Ann Lee", "wrong")
        assert 'name="step"' in with_password  # nobody has one yet, and still nothing is told
        await ann.sign_in()
        await _set_up(ann, clock)
        await ann.get("/")
        assert ann.path == "/"


async def test_who_must_set_it_up_may_still_leave(tmp_path: Path) -> None:
    async with desk_room(tmp_path, needs_second=True) as room, browser(room) as ann:
        await room.person()
        await ann.sign_in()
        await ann.post("/sign-out")
        assert ann.path == "/sign-in"
