"""Where somebody is signed in: the list on the page People, and ending what stands there."""

import re

from tests.desk_room import Browser, DeskRoom, browser

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def _handles(page: str) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]+)"', page)


async def _firefox(somebody: Browser, name: str = "Ann Lee") -> None:
    await somebody.sign_in(name, headers=FIREFOX)


async def test_the_page_lists_ones_sessions_and_marks_this_one(
    room: DeskRoom, ann: Browser, stranger: Browser
) -> None:
    await _firefox(stranger)
    page = await ann.get("/people")
    assert len(_handles(page)) == 3  # where she made her account, and two that signed in
    assert page.count("this one") == 1
    assert "<strong>Firefox</strong>" in page
    assert "<strong>Another browser</strong> <span" in page


async def test_end_signs_the_other_browser_out_and_leaves_this_one(
    room: DeskRoom, ann: Browser, stranger: Browser
) -> None:
    await _firefox(stranger)
    page = await ann.get("/people")
    other = re.findall(r'<strong>Firefox.*?value="([0-9a-f]{16})"', page, re.DOTALL)
    await ann.post("/people/session/end", {"session": other[0]})
    assert ann.path == "/people"
    assert other[0] not in _handles(ann.text)
    await stranger.get("/people")
    assert stranger.path == "/sign-in"


async def test_ending_this_very_session_leads_to_the_sign_in_page(ann: Browser) -> None:
    this = re.findall(r'this one.*?value="([0-9a-f]{16})"', await ann.get("/people"), re.DOTALL)
    await ann.post("/people/session/end", {"session": this[0]})
    assert ann.path == "/sign-in"
    assert ann.cookie("lifebelt_desk") == ""


async def test_a_session_that_ended_meanwhile_is_said_to_have(ann: Browser) -> None:
    await ann.get("/people")
    page = await ann.post("/people/session/end", {"session": "0" * 16})
    assert ann.status == 400
    assert "This session has ended already" in page


async def test_an_admin_ends_all_sessions_of_a_colleague(room: DeskRoom, ann: Browser) -> None:
    await room.person("Tom")
    async with browser(room) as tom:
        await tom.sign_in("Tom")
        (person,) = set(re.findall(r'name="person" value="([^"]+)"', await ann.get("/people")))
        await ann.post("/people/sessions/end", {"person": person})
        assert ann.path == "/people"
        await tom.get("/people")
        assert tom.path == "/sign-in"
        await tom.sign_in("Tom")
        assert tom.path == "/"
