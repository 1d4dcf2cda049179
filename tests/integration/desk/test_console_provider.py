"""People sign in by way of an identity provider; nobody who was not invited does. Real pages and tokens."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from yarl import URL

from core.testing.clock import FixedClock
from desk.staff.model import Role
from desk.staff.provider import Provider
from desk.tables import trail
from tests.desk_room import PASSWORD, Browser, DeskRoom, browser, desk_room
from tests.oidc_provider import SECRET, OidcProvider, oidc_provider


@pytest.fixture
async def there(clock: FixedClock) -> AsyncIterator[OidcProvider]:
    async with oidc_provider(clock) as made:
        yield made


@pytest.fixture
async def room(tmp_path: Path, clock: FixedClock, there: OidcProvider) -> AsyncIterator[DeskRoom]:
    """Ann Lee has an account here that no provider knows."""
    provider = Provider(there.settings, SECRET, clock)
    async with desk_room(tmp_path, clock, provider=provider) as made:
        await made.person("Ann Lee")
        yield made


@pytest.fixture
async def someone(room: DeskRoom) -> AsyncIterator[Browser]:
    async with browser(room) as made:
        yield made


@pytest.fixture
async def tom(room: DeskRoom, someone: Browser) -> Browser:
    """Tom, a specialist, who came by an invitation with his account at the provider, and has signed out."""
    link = f"/join/{await room.staff.invite(roles=frozenset({Role.SPECIALIST}))}"
    assert "Connect your Example ID account first" in await someone.get(link)
    await someone.get(f"{link}/provider")
    vouched = hidden(someone, "vouched")
    form = {"name": "Tom", "password": PASSWORD, "again": PASSWORD}
    await someone.post(link, form | {"vouched": vouched})
    assert someone.path == "/"
    await someone.post("/sign-out")
    return someone


def hidden(who: Browser, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', who.text)
    assert found is not None, who.text
    return found[1]


async def lines(room: DeskRoom) -> list[tuple[str, str, str]]:
    rows = await room.service.ledger.read(
        lambda conn: conn.execute(sa.select(trail).order_by(trail.c.seq)).all()
    )
    return [(row.who, row.action, row.detail) for row in rows]


async def test_whoever_came_by_an_invitation_signs_in_by_the_provider(room: DeskRoom, tom: Browser) -> None:
    assert "Sign in with Example ID" in await tom.get("/sign-in")
    page = await tom.get("/sign-in/provider?to=/help")
    assert 'url=/help"' in page
    assert "Tom" in await tom.get("/")
    assert (await lines(room))[-1] == ("Tom", "signed_in", '{"by":"provider"}')


async def test_whoever_was_not_invited_does_not_whatever_the_provider_says_of_them(
    room: DeskRoom, someone: Browser, there: OidcProvider
) -> None:
    there.change = {"email": "ann@desk.example", "email_verified": True, "name": "Ann Lee"}
    page = await someone.get("/sign-in/provider")
    assert (someone.status, "No account here is connected" in page) == (403, True)
    assert "signed_in" not in [action for _, action, _ in await lines(room)]


async def test_whose_access_was_ended_comes_in_by_the_provider_no_more(room: DeskRoom, tom: Browser) -> None:
    async with browser(room) as ann:
        await ann.sign_in()
        people = await room.staff.everyone()
        await ann.get("/people")
        await ann.post("/people/end", {"person": people[-1].id})
    assert "No account here is connected" in await tom.get("/sign-in/provider")


async def test_one_account_of_the_provider_is_one_person(room: DeskRoom, tom: Browser) -> None:
    link = f"/join/{await room.staff.invite()}"
    await tom.get(f"{link}/provider")
    form = {"name": "Another", "password": PASSWORD, "again": PASSWORD}
    assert "connected with somebody here already" in await tom.post(
        link, form | {"vouched": hidden(tom, "vouched")}
    )


async def test_what_was_brought_back_is_good_for_one_invitation(room: DeskRoom, someone: Browser) -> None:
    links = [f"/join/{await room.staff.invite()}" for _ in range(2)]
    await someone.get(f"{links[0]}/provider")
    form = {"name": "Tom", "password": PASSWORD, "again": PASSWORD, "vouched": hidden(someone, "vouched")}
    assert "That took too long." in await someone.post(links[1], form)


async def _with_codes(room: DeskRoom, tom: Browser) -> pyotp.TOTP:
    await tom.sign_in("Tom")
    page = await tom.get("/people/second")
    app = pyotp.TOTP(re.findall(r'class="link">([A-Z2-7]{32})<', page)[0])
    code = app.at(room.clock.now())
    await tom.post("/people/second", {"offer": hidden(tom, "offer"), "code": code, "old": PASSWORD})
    await tom.get("/people")
    await tom.post("/sign-out")
    return app


async def test_a_code_of_ours_is_asked_for_unless_the_provider_had_a_second_factor(
    room: DeskRoom, tom: Browser, there: OidcProvider
) -> None:
    app = await _with_codes(room, tom)
    await tom.get("/sign-in/provider")
    step = hidden(tom, "step")
    await tom.post("/sign-in/code", {"step": step, "code": app.at(room.clock.now() + timedelta(seconds=30))})
    assert (await lines(room))[-1] == ("Tom", "signed_in", '{"by":"code"}')
    await tom.post("/sign-out")
    there.change = {"amr": ["pwd", "mfa"]}
    await tom.get("/sign-in/provider")
    assert (await lines(room))[-1] == ("Tom", "signed_in", '{"by":"provider"}')


async def test_while_the_provider_is_down_passwords_work_and_the_page_says_so(
    tom: Browser, there: OidcProvider
) -> None:
    there.down = True
    assert "The provider does not answer. Sign in with your password." in await tom.get("/sign-in/provider")
    await tom.sign_in("Tom")
    assert tom.path == "/"


@pytest.mark.parametrize(
    "change", [{"nonce": "other"}, {"aud": "other"}, {"iss": "https://other.example"}, {"exp": 1}], ids=str
)
async def test_a_token_that_does_not_hold_signs_nobody_in(
    room: DeskRoom, tom: Browser, there: OidcProvider, change: dict[str, Any]
) -> None:
    there.change = change
    assert "what it said does not hold" in await tom.get("/sign-in/provider")
    await tom.get("/")
    assert tom.path == "/sign-in"


async def _stopped_at_the_door(who: Browser, there: OidcProvider) -> str:
    """The address that the provider sends the browser back to, not followed."""
    await who.get("/sign-in/provider", follow=False)
    async with who._session.get(who.headers["Location"], allow_redirects=False) as answer:
        return URL(answer.headers["Location"]).path_qs


async def test_the_way_back_works_once_and_in_the_browser_that_left(
    room: DeskRoom, tom: Browser, there: OidcProvider
) -> None:
    there.subject = "ann-at-work"
    back = await _stopped_at_the_door(tom, there)
    async with browser(room) as thief:
        assert "That was not begun in this browser" in await thief.get(back)
    assert "You are signed in" in await tom.get(back)
    await tom.get("/people")
    await tom.post("/sign-out")
    assert "That was not begun in this browser" in await tom.get(back)


async def test_a_cookie_that_was_kept_makes_no_second_session(
    room: DeskRoom, tom: Browser, there: OidcProvider
) -> None:
    """Even where the provider took its code twice."""
    back = await _stopped_at_the_door(tom, there)
    kept, codes = tom.cookie("lifebelt_desk_away"), dict(there.codes)
    assert "You are signed in" in await tom.get(back)
    there.codes = codes
    async with browser(room) as thief:
        page = await thief.get(back, headers={"Cookie": f"lifebelt_desk_away={kept}"})
    assert "That was not begun in this browser" in page


async def test_another_state_than_the_one_it_left_with_is_refused(tom: Browser, there: OidcProvider) -> None:
    back = await _stopped_at_the_door(tom, there)
    there.asked.clear()
    assert "not begun in this browser" in await tom.get(re.sub(r"state=[^&]+", "state=other", back))
    assert there.asked == []


async def test_nobody_has_the_provider_asked_without_end(someone: Browser, there: OidcProvider) -> None:
    for _ in range(100):
        await someone.get("/sign-in/provider", follow=False)
        if someone.status == 429:
            break
    assert someone.status == 429
    assert len(there.asked) < 100


async def test_a_provider_that_says_no_signs_nobody_in(tom: Browser) -> None:
    await tom.get("/sign-in/provider", follow=False)
    assert "Try again" in await tom.get("/sign-in/provider/back?error=access_denied&state=x")


async def test_the_cookie_that_goes_along_is_for_this_trip_only(tom: Browser, there: OidcProvider) -> None:
    await tom.get("/sign-in/provider", follow=False)
    (cookie,) = [each for each in tom._session.cookie_jar if each.key == "lifebelt_desk_away"]
    assert (cookie["samesite"], cookie["httponly"], cookie["max-age"]) == ("Lax", True, "600")


async def test_without_a_provider_in_the_settings_there_is_no_such_page(
    tmp_path: Path, clock: FixedClock
) -> None:
    async with desk_room(tmp_path / "another", clock) as made, browser(made) as who:
        assert "Sign in with" not in await who.get("/sign-in")
        await who.get("/sign-in/provider")
        assert who.status == 404
