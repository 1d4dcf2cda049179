"""A young person's whole way through the web, in a real browser: with script and without, on any page."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from bots.web.settings import WebSettings
from core.delivery.wire import AnswerTo, MessageTold, StatusTold
from core.errors import LedgerUnavailable
from core.ids import CommunityId, DeskName, ReportId
from core.reports.model import Standing
from core.testing.ledger import WRITES
from tests.web_browser import Site, chromium, log_of, needs_chromium, troubles_of, website, with_button
from tests.web_pages import CODE
from tests.web_room import House, house, web_settings

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), needs_chromium]
journey = pytest_asyncio.fixture(loop_scope="module")

Scheme = Literal["light", "dark"]
NO_SIDEWAYS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
SHOTS = os.environ.get("LIFEBELT_SHOTS", "")
"""A folder for pictures of every screen, for whoever wants to look at them."""
FIRST = "You did the right thing by coming here"


@journey
async def site() -> AsyncIterator[Site]:
    async with website() as found:
        yield found


@journey
async def stranger() -> AsyncIterator[Site]:
    async with website() as found:
        yield found


def leaving_to(site: Site, settings: WebSettings) -> WebSettings:
    return replace(settings, quick_exit_url=f"{site.url}/weather")


@journey
async def home(tmp_path: Path, site: Site) -> AsyncIterator[House]:
    room = leaving_to(site, web_settings())
    async with house(tmp_path, origins=(site.url,), web_room=room) as found:
        yield found


@journey
async def practice(tmp_path: Path, site: Site) -> AsyncIterator[House]:
    room = leaving_to(site, web_settings(practice=True))
    async with house(tmp_path, web_room=room) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@journey
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    found = await browser.new_context(viewport={"width": 390, "height": 844})
    yield found
    await found.close()


@journey
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


def press(where: Page | FrameLocator, button: str) -> Awaitable[None]:
    return where.locator(f"button[value={button}]:not([data-enter])").click()


async def code_on(where: Page | FrameLocator) -> str:
    shown = await where.locator(".reference-code").text_content()
    assert shown is not None
    assert CODE.fullmatch(shown)
    return shown


async def transcripts(home: House) -> list[dict[str, Any]]:
    return [
        json.loads(body) for header, body in await home.opened() if header.kind in {"reported", "context"}
    ]


# The whole way.


async def test_with_script_everything_is_told_without_a_trace_in_the_history(home: House, page: Page) -> None:
    asked, troubles = log_of(page.context), troubles_of(page)
    await page.goto(home.url + "/report/park")
    entries = await page.evaluate("history.length")
    await page.locator("details.list summary").click()
    await page.locator("label[for=q-category-grooming]").click()
    await expect(page.locator("[data-chosen]")).to_have_text("Someone online is getting too close")
    await press(page, "more")
    await page.get_by_label("What would you like to tell us?").fill("they keep asking")
    await press(page, "next")
    await press(page, "send")
    assert await code_on(page)
    assert await page.evaluate("history.length") == entries
    assert page.url == home.url + "/report/park"
    assert await page.evaluate("document.activeElement.tagName") == "H1"
    assert any(b"they keep asking" in body for _, body in await home.opened())
    assert all(address.startswith(home.url) for address in asked)
    assert not troubles
    assert await page.context.cookies() == []
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_without_script_the_whole_dialogue_is_plain_forms(home: House, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    asked, page = log_of(context), await context.new_page()
    await page.goto(home.url + "/report/park")
    await page.locator("label[for=q-danger-not_sure]").click()
    await page.locator("details.list summary").click()
    await page.locator("label[for=q-category-sexual_extortion]").click()
    await press(page, "more")
    await page.locator("#q-own_words").fill("he wants money")
    await page.locator("label[for=q-who-me]").click()
    await press(page, "help")
    await expect(page.locator("a[href='tel:999']").first).to_be_visible()
    await press(page, "resume")
    await press(page, "send")
    assert await code_on(page)
    await press(page, "advice")
    await expect(page.get_by_text("Don't pay")).to_be_visible()
    told = b"".join(body for _, body in await home.opened()).decode()
    assert "he wants money" in told
    assert "sexual_extortion" in told
    assert all(address.startswith(home.url) for address in asked)
    assert await context.cookies() == []


async def test_yes_now_is_sent_and_after_five_minutes_it_says_call_now(home: House, page: Page) -> None:
    await page.clock.install()
    await page.goto(home.url + "/report/park")
    await page.get_by_role("button", name="Yes, now").click()
    await expect(page.get_by_text("Call 999 now (United Kingdom)")).to_be_visible()
    assert await home.reports() == 1
    await press(page, "back")
    assert await code_on(page)
    home.clock.advance(timedelta(minutes=5))
    await page.clock.run_for(16_000)
    await expect(page.get_by_text("Nobody has opened this yet. Please call now.")).to_be_visible()
    await expect(page.locator("#told a[href='tel:999']").first).to_be_visible()
    await home.mark(read_at=home.clock.now())
    await page.clock.run_for(16_000)
    await expect(page.locator("#told")).to_contain_text("Read at")


async def test_keys_alone_are_enough(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    keyboard = page.keyboard
    await keyboard.press("Tab")
    assert await focused(page) == "Leave this page now"
    await keyboard.press("Tab")
    assert await focused(page) == "Get help now"
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    assert await focused(page) == "Yes, now"
    await keyboard.press("Tab")
    await keyboard.press("Space")
    await keyboard.press("Tab")
    assert await focused(page) == "Choose what fits best"
    await keyboard.press("Enter")
    await keyboard.press("Tab")
    await keyboard.press("ArrowDown")
    assert await page.locator("#q-category-sexual_pressure").is_checked()
    await keyboard.press("Enter")
    await expect(page.get_by_text(FIRST)).to_be_visible()
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    assert await focused(page) == "Send to the safety team"
    await keyboard.press("Enter")
    assert await code_on(page)
    assert b'"category":"sexual_pressure"' in b"".join(body for _, body in await home.opened())


async def test_coming_back_a_chosen_list_is_folded_and_says_what_was_chosen(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    await page.locator("details.list summary").click()
    await page.locator("label[for=q-category-meeting]").click()
    await press(page, "more")
    await press(page, "back")
    await expect(page.locator("[data-chosen]")).to_have_text("Someone from online wants to meet me")
    await expect(page.locator("#q-category-meeting")).to_be_hidden()


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.textContent.trim()"))


async def test_enter_in_a_text_goes_on_and_never_sends(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    await page.locator("label[for=q-danger-no]").click()
    await page.locator("#q-danger-no").press("Enter")
    await expect(page.get_by_text(FIRST)).to_be_visible()
    assert await home.reports() == 0


# When things break.


async def test_when_the_line_drops_nothing_typed_is_lost(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    await press(page, "more")
    await page.locator("#q-own_words").fill("the train is leaving")
    await page.context.set_offline(True)
    await press(page, "next")
    await expect(page.get_by_role("alert")).to_contain_text("It may not be sent yet")
    await expect(page.locator("[role=alert] a[href='tel:999']").first).to_be_visible()
    assert await page.locator("#q-own_words").input_value() == "the train is leaving"
    await page.context.set_offline(False)
    await press(page, "next")
    await press(page, "send")
    assert await code_on(page)
    assert any(b"the train is leaving" in body for _, body in await home.opened())


async def test_send_on_a_slow_ledger_is_edited_to_sent_by_itself(home: House, page: Page) -> None:
    await send_on_a_slow_ledger(home, page)
    home.release()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sent")
    assert await code_on(page)
    await expect(page.locator("[data-say]")).to_contain_text("Sent.")
    assert await home.reports() == 1


async def test_send_on_a_ledger_that_refuses_is_edited_to_not_sent_by_itself(home: House, page: Page) -> None:
    await send_on_a_slow_ledger(home, page)
    refuse(home)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not sent")
    await expect(page.locator("[data-say]")).to_contain_text("Your report is not sent.")
    home.ledger.fail_with(None)
    await press(page, "try_again")
    assert await code_on(page)


async def test_yes_now_on_a_slow_ledger_says_by_itself_that_the_team_has_it(home: House, page: Page) -> None:
    await yes_now_on_a_slow_ledger(home, page)
    await page.locator("button[value=country]").focus()
    home.release()
    await expect(page.get_by_text("The team has it, marked urgent.").first).to_be_visible()
    await expect(page.locator("[data-say]")).to_contain_text("The team has it, marked urgent.")
    await expect(page.locator("button[value=country]")).to_be_focused()
    await expect(page.locator("a[href='tel:999']").first).to_be_visible()
    assert await code_on(page)


async def test_yes_now_on_a_ledger_that_refuses_says_so_by_itself(home: House, page: Page) -> None:
    await yes_now_on_a_slow_ledger(home, page)
    refuse(home)
    await expect(page.locator("main").get_by_text("Not sent. We could not store it.")).to_be_visible()
    await expect(page.get_by_text("still storing")).to_have_count(0)
    await expect(page.locator("a[href='tel:999']").first).to_be_visible()
    home.ledger.fail_with(None)
    await press(page, "try_again")
    await expect(page.get_by_text("The team has it, marked urgent.").first).to_be_visible()
    assert await home.reports() == 1


async def test_what_is_being_chosen_stays_when_the_answer_comes(home: House, page: Page) -> None:
    await send_on_a_slow_ledger(home, page)
    await press(page, "talk")
    await press(page, "country")
    await page.locator("label[for=q-country-DE]").click()
    home.release()
    await expect(page.locator("form[data-outcome=stored]")).to_be_visible()
    await expect(page.get_by_text("still storing")).to_have_count(0)
    await expect(page.locator("#q-country-DE")).to_be_checked()


async def send_on_a_slow_ledger(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    home.hold()
    await press(page, "send")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Still storing")
    await expect(page.get_by_role("button", name="Look again")).to_be_visible()


async def yes_now_on_a_slow_ledger(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    home.hold()
    await page.get_by_role("button", name="Yes, now").click()
    await expect(page.get_by_text("We are still storing it.")).to_be_visible()
    await expect(page.get_by_role("button", name="Look again")).to_be_visible()


def refuse(home: House) -> None:
    """What is under way fails, as on a file that stays locked; so does all that is written from now on."""
    home.ledger.fail_with(LedgerUnavailable("locked"), on=WRITES)
    home.release()


async def test_when_it_cannot_be_stored_try_again_has_everything(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    await press(page, "more")
    await page.locator("#q-own_words").fill("please hurry")
    home.ledger.fail_with(LedgerUnavailable("disk full"))
    await press(page, "next")
    await expect(page.get_by_text("Not sent yet").first).to_be_visible()
    assert "please hurry" not in await page.content()
    home.ledger.fail_with(None)
    await press(page, "try_again")
    await press(page, "send")
    assert await code_on(page)
    assert any(b"please hurry" in body for _, body in await home.opened())


# Leaving.


async def test_leaving_clears_the_screen_replaces_the_entry_and_tells_nobody_from_where(
    home: House, site: Site, page: Page
) -> None:
    await page.goto(site.show("<h1>Club</h1>"))
    await page.goto(home.url + "/report/park")
    await press(page, "more")
    await page.locator("a.quick-exit").click()
    await expect(page).to_have_url(site.url + "/weather")
    await page.go_back()
    await expect(page).to_have_url(site.url + "/")
    assert site.referrers == [""]


async def test_leaving_covers_everything_even_if_the_other_page_never_comes(home: House, page: Page) -> None:
    await page.route("**/weather", lambda route: route.fulfill(status=204))
    await page.goto(home.url + "/report/park")
    await page.locator("a.quick-exit").click()
    await expect(page.locator(".cover")).to_be_visible()
    assert await page.locator("body").inner_text() == ""
    assert await page.title() == ""


async def test_shift_three_times_leaves_unless_other_keys_come_between(
    home: House, site: Site, page: Page
) -> None:
    await page.goto(home.url + "/report/park")
    for key in ("Shift", "Shift", "a", "Shift", "Shift"):
        await page.keyboard.press(key)
    await expect(page).to_have_url(home.url + "/report/park")
    await expect(page.locator("[data-say]")).to_have_text("Press Shift once more to leave.")
    await page.keyboard.press("Shift")
    await expect(page).to_have_url(site.url + "/weather")


async def test_typing_capitals_never_leaves(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    await press(page, "more")
    await page.locator("#q-own_words").press_sequentially("HELP ME NOW")
    assert await page.locator("#q-own_words").input_value() == "HELP ME NOW"
    assert page.url == home.url + "/report/park"


async def test_without_script_leaving_is_a_link_that_tells_nobody_from_where(
    home: House, site: Site, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(home.url + "/report/park")
    await page.locator("a.quick-exit").click()
    await expect(page).to_have_url(site.url + "/weather")
    assert site.referrers == [""]


async def test_a_page_left_alone_empties_itself_and_writing_keeps_it(home: House, page: Page) -> None:
    await page.clock.install()
    await page.goto(home.url + "/report/park")
    await press(page, "more")
    await expect(page.locator("#q-own_words")).to_be_visible()
    await page.clock.run_for(13 * 60_000)
    await page.locator("#q-own_words").press_sequentially("still here")
    await page.clock.run_for(13 * 60_000)
    await expect(page.locator("#q-own_words")).to_have_value("still here")
    await page.clock.run_for(2 * 60_000)
    await expect(page).to_have_url(home.url + "/hidden")
    await page.go_back()
    assert FIRST not in await page.content()


async def test_hide_this_empties_the_page_at_once_and_keeps_what_was_typed(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    await press(page, "more")
    await page.locator("#q-own_words").fill("kept")
    await press(page, "next")
    await expect(page.locator("#q-own_words")).to_have_count(0)
    await press(page, "hide")
    await expect(page).to_have_url(home.url + "/hidden")


async def answers_held(page: Page) -> asyncio.Event:
    """Let presses reach the house, and none of its answers the page before the event is set."""
    let = asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method != "POST" or "/help" in route.request.url:
            await route.continue_()
            return
        answer = await route.fetch()
        await let.wait()
        await route.fulfill(response=answer)

    await page.route("**/report/**", hold)
    return let


async def test_hide_this_waits_for_no_answer(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    await press(page, "more")
    await page.locator("#q-own_words").fill("kept")
    let = await answers_held(page)
    await press(page, "next")
    await expect(page.locator("form[aria-busy]")).to_have_count(1)
    await press(page, "hide")
    await expect(page).to_have_url(home.url + "/hidden")
    let.set()
    await page.unroute_all(behavior="ignoreErrors")


async def test_help_waits_for_no_answer_and_stays_when_that_comes(home: House, page: Page) -> None:
    await page.goto(home.url + "/report/park")
    let = await answers_held(page)
    async with page.expect_event("requestfinished", lambda it: "/help" not in it.url) as slow:
        await press(page, "send")
        await expect(page.locator("form[aria-busy]")).to_have_count(1)
        await press(page, "help")
        await expect(page.locator(".danger-exit.here")).to_be_visible()
        let.set()
        await slow.value
    await expect(page.locator(".danger-exit.here")).to_be_visible()
    await press(page, "resume")
    await code_on(page)


# On somebody else's page.


CONVERSATION = {
    "channel": "general",
    "messages": [
        {
            "id": "1",
            "author": {"id": "7", "name": "Northlight"},
            "text": "our little secret",
            "reported": True,
        },
        {"id": "2", "author": "Robin", "text": "no", "own": True},
    ],
}


async def frame_of(page: Page) -> FrameLocator:
    await page.locator("iframe").wait_for()
    return page.frame_locator("iframe")


async def test_from_another_origin_the_button_opens_the_dialogue_and_evidence_is_kept_first(
    home: House, site: Site, page: Page
) -> None:
    asked, troubles = log_of(page.context), troubles_of(page)
    await page.goto(site.show(with_button(home.url)))
    conversation = CONVERSATION | {
        "messages": [
            *CONVERSATION["messages"],
            {
                "text": f"{site.url}/media/a.png",
                "attachments": [{"name": "a.png", "url": f"{site.url}/media/b.png"}],
            },
        ]
    }
    await page.evaluate("conversation => Lifebelt.report(conversation)", conversation)
    frame = await frame_of(page)
    await expect(frame.get_by_text("We saved the message, and 2 around it")).to_be_visible()
    assert await home.reports() == 0
    (transcript,) = await transcripts(home)
    assert transcript["source"] == "site"
    assert transcript["origin"] == site.url
    await press(frame, "send")
    assert await code_on(frame)
    assert await home.reports() == 1
    assert site.media == []
    assert all(address.startswith((home.url, site.url)) for address in asked)
    assert not [trouble for trouble in troubles if "favicon" not in trouble and "404" not in trouble]


async def test_the_dialogue_takes_the_focus_and_gives_it_back(home: House, site: Site, page: Page) -> None:
    await page.goto(site.show(with_button(home.url, before="<button id=mine>Mine</button>")))
    opener = page.get_by_role("button", name="Get help or report")
    await opener.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Get help or report")
    await expect(dialog).to_be_visible()
    frame = await frame_of(page)
    await expect(frame.get_by_text(FIRST)).to_be_visible()
    assert await page.evaluate("document.activeElement.shadowRoot.activeElement.tagName") == "IFRAME"
    assert not await reaches(page, "mine")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert await page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "opener floats"


async def reaches(page: Page, element: str) -> bool:
    """Whether Tab ever comes to this button of the page behind."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == element:
            return True
    return False


async def test_escape_inside_the_frame_closes_it(home: House, site: Site, page: Page) -> None:
    await page.goto(site.show(with_button(home.url)))
    await page.evaluate("Lifebelt.open()")
    frame = await frame_of(page)
    await frame.locator("#q-danger-no").focus()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_leaving_from_the_frame_takes_the_whole_page_away(home: House, site: Site, page: Page) -> None:
    await page.goto(site.show(with_button(home.url, before="<h1>Club</h1>")))
    await page.evaluate("Lifebelt.open()")
    frame = await frame_of(page)
    await frame.locator("a.quick-exit").click()
    await expect(page).to_have_url(site.url + "/weather")


@pytest.mark.parametrize("inside", [True, False])
async def test_shift_three_times_leaves_wherever_the_focus_is(
    home: House, site: Site, page: Page, *, inside: bool
) -> None:
    await page.goto(site.show(with_button(home.url)))
    await page.evaluate("Lifebelt.open()")
    frame = await frame_of(page)
    await frame.get_by_text(FIRST).wait_for()
    await (frame.locator("#q-danger-no") if inside else page.get_by_role("button", name="Close")).focus()
    for _ in range(3):
        await page.keyboard.press("Shift")
    await expect(page).to_have_url(site.url + "/weather")


async def test_shift_three_times_before_the_frame_has_said_where_to_leaves_once_it_has(
    home: House, site: Site, page: Page
) -> None:
    let = asyncio.Event()

    async def hold(route: Route) -> None:
        await let.wait()
        await route.continue_()

    await page.route("**/page*.js*", hold)
    await page.goto(site.show(with_button(home.url)))
    async with page.expect_request("**/page*.js*"):
        await page.evaluate("Lifebelt.open()")
    await page.get_by_role("button", name="Close").focus()
    for _ in range(3):
        await page.keyboard.press("Shift")
    assert page.url == site.url + "/"
    let.set()
    await expect(page).to_have_url(site.url + "/weather")


async def test_styles_leak_neither_in_nor_out(home: House, site: Site, page: Page) -> None:
    ugly = "<style>* { font-size: 3px !important; color: red !important; display: inline !important }</style>"
    await page.goto(site.show(with_button(home.url, before=f"{ugly}<button id=mine>Mine</button>")))
    opener = page.locator(".opener")
    assert await styled(opener, "fontSize") == "17px"
    assert await styled(opener, "color") == "rgb(255, 255, 255)"
    assert await styled(page.locator("#mine"), "backgroundColor") != await styled(opener, "backgroundColor")


async def styled(what: Any, name: str) -> str:
    return str(await what.evaluate("(element, name) => getComputedStyle(element)[name]", name))


async def test_the_button_works_on_a_page_with_a_strict_policy_of_its_own(
    home: House, site: Site, page: Page
) -> None:
    policy = f"default-src 'none'; script-src {home.url}; frame-src {home.url}"
    troubles = troubles_of(page)
    await page.goto(site.show(with_button(home.url), policy))
    await page.get_by_role("button", name="Get help or report").click()
    frame = await frame_of(page)
    await expect(frame.get_by_text(FIRST)).to_be_visible()
    assert await styled(page.locator(".opener"), "fontSize") == "17px"
    assert not [trouble for trouble in troubles if "favicon" not in trouble and "404" not in trouble]


async def test_a_page_of_another_origin_cannot_show_the_dialogue(
    home: House, stranger: Site, page: Page
) -> None:
    troubles = troubles_of(page)
    await page.goto(stranger.show(with_button(home.url)))
    await page.evaluate("conversation => Lifebelt.report(conversation)", CONVERSATION)
    await page.wait_for_event("console", predicate=lambda line: "frame-ancestors" in line.text)
    assert any("frame-ancestors" in trouble for trouble in troubles)
    assert await transcripts(home) == []


async def test_only_the_page_around_the_frame_hands_over_and_no_frame_beside_it(
    tmp_path: Path, site: Site, stranger: Site, page: Page
) -> None:
    async with house(tmp_path, origins=(site.url, stranger.url)) as home:
        frames = f'<iframe src="{home.url}/report/park"></iframe><iframe src="{stranger.url}/"></iframe>'
        await page.goto(site.show(frames))
        dialogue = page.frame_locator("iframe >> nth=0")
        await dialogue.get_by_text(FIRST).wait_for()
        beside = next(one for one in page.frames if one.url.startswith(stranger.url))
        hello = "c => parent.frames[0].postMessage({lifebelt: 'hello', conversation: c}, '*')"
        await beside.evaluate(hello, CONVERSATION)
        await press(dialogue, "more")
        await dialogue.locator("#q-own_words").wait_for()
        assert await transcripts(home) == []


async def test_what_a_page_hands_over_after_sending_follows_the_report(
    home: House, site: Site, page: Page
) -> None:
    await page.goto(site.show(with_button(home.url)))
    await page.evaluate("Lifebelt.open()")
    frame = await frame_of(page)
    await press(frame, "send")
    await code_on(frame)
    async with page.expect_response(re.compile("/evidence$")):
        await page.evaluate("conversation => Lifebelt.report(conversation)", CONVERSATION)
    assert len(await transcripts(home)) == 1
    assert await home.items() == 2


async def test_evidence_that_could_not_be_kept_at_first_comes_with_the_next_press(
    home: House, site: Site, page: Page
) -> None:
    await page.route("**/evidence", lambda route: route.abort(), times=1)
    await page.goto(site.show(with_button(home.url)))
    async with page.expect_event("requestfailed"):
        await page.evaluate("conversation => Lifebelt.report(conversation)", CONVERSATION)
    frame = await frame_of(page)
    await press(frame, "send")
    assert await code_on(frame)
    assert len(await transcripts(home)) == 1


async def test_ten_thousand_messages_of_a_page_are_brought_down_before_they_are_sent(
    home: House, site: Site, page: Page
) -> None:
    await page.goto(site.show(with_button(home.url)))
    await page.evaluate(
        "Lifebelt.report({messages: Array.from({length: 10000}, (_, n) =>"
        " ({id: String(n), author: 'a', text: 'x'.repeat(n % 2 ? 9000 : 10), reported: n === 7000}))})"
    )
    frame = await frame_of(page)
    await expect(frame.get_by_text("We saved the message, and 20 around it")).to_be_visible()
    (transcript,) = await transcripts(home)
    kept = len(transcript["messages"])
    assert transcript["left_out_before"] + transcript["left_out_after"] == 10_000 - kept
    assert [message["id"] for message in transcript["messages"] if message.get("reported")] == ["7000"]


REPORTED = "{id: 'the-one', author: 'Northlight', text: 'our little secret', reported: true}"
HOSTILE = {
    "a time that is none": "{text: 'a', sentAt: 'yesterday', editedAt: 'x', replyTo: {}}",
    "sizes that are none": "{text: 'a', attachments: [{name: 'a', size: -1}, {name: 'b', size: 1.5}]}",
    "attachments that are none": "{text: 'a', attachments: {}}",
    "no message": "'text'",
    "a picture in an address": "{text: 'a', attachments: [{name: 'a.png', url: PICTURE, icon: PICTURE}]}",
    "pictures all over": "{text: `look ${PICTURE} there`, id: PICTURE, avatar: PICTURE,"
    " author: {id: 'u', name: PICTURE, avatar: PICTURE}}",
    "a long text": "{text: 'x'.repeat(1500000)}",
    "a long text of wide signs": "{text: '\\u0001\\u{1F600}'.repeat(1500000)}",
    "long everything": "{id: LONG, author: {id: LONG, name: LONG}, text: LONG, replyTo: LONG, sentAt: LONG,"
    " attachments: Array(3).fill({name: LONG, type: LONG, url: LONG, size: LONG})}",
    "a deep field": "{text: 'a', extra: JSON.parse('['.repeat(3000) + ']'.repeat(3000))}",
    "a ring": "(ring => { ring.extra = ring; ring.replyTo = ring; return ring; })({text: 'a'})",
    "a number beyond JSON": "{id: 12345678901234567890n, text: 'a'}",
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_nothing_in_a_message_takes_the_reported_one_away(
    home: House, site: Site, page: Page, what: str
) -> None:
    await page.goto(site.show(with_button(home.url)))
    await page.evaluate(
        "() => { const PICTURE = 'data:image/png;base64,' + 'iVBORw0K'.repeat(400000);"
        " const LONG = '\\u0001'.repeat(300000);"
        f" Lifebelt.report({{messages: [{HOSTILE[what]}, {REPORTED}]}}); }}"
    )
    frame = await frame_of(page)
    await expect(frame.get_by_text("We saved the message")).to_be_visible()
    await press(frame, "send")
    assert await code_on(frame)
    (transcript,) = await transcripts(home)
    reported = [message for message in transcript["messages"] if message.get("reported")]
    assert [message["text"] for message in reported] == ["our little secret"]
    assert len(transcript["messages"]) == (1 if what in {"no message", "long everything"} else 2)
    assert "iVBORw0K" not in json.dumps(transcript)


@pytest.mark.parametrize("what", ["a picture in an address", "a long text", "long everything"])
async def test_the_reported_message_itself_may_be_too_large_and_still_arrives(
    home: House, site: Site, page: Page, what: str
) -> None:
    await page.goto(site.show(with_button(home.url)))
    await page.evaluate(
        "() => { const PICTURE = 'data:image/png;base64,' + 'iVBORw0K'.repeat(400000);"
        " const LONG = '\\u0001'.repeat(300000);"
        f" Lifebelt.report({{messages: [{{...{HOSTILE[what]}, reported: 'yes'}}]}}); }}"
    )
    frame = await frame_of(page)
    await expect(frame.get_by_text("We saved the message")).to_be_visible()
    (transcript,) = await transcripts(home)
    (message,) = transcript["messages"]
    assert message["reported"]
    assert "long" not in what or message["left_out_characters"] > 200_000
    assert "iVBORw0K" not in json.dumps(transcript)


async def test_a_conversation_that_cannot_be_kept_is_said_once_and_the_report_goes_on(
    home: House, site: Site, page: Page
) -> None:
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "warning" else None)
    asked = log_of(page.context)
    await page.goto(site.show(with_button(home.url)))
    await page.evaluate("Lifebelt.report({messages: ['canary']})")
    frame = await frame_of(page)
    await expect(frame.get_by_role("status").filter(has_text="could not save")).to_have_text(
        "We could not save the messages. You can still tell us what happened."
    )
    assert said == ["Lifebelt: this conversation could not be kept (messages)."]
    await press(frame, "send")
    assert await code_on(frame)
    assert len([address for address in asked if address.endswith("/evidence")]) == 1


# The practice room.


async def test_a_newcomer_tries_all_three_ways_in_the_practice_room(practice: House, page: Page) -> None:
    troubles = troubles_of(page)
    for way in (typed_report, report_message, the_button):
        await page.goto(practice.url + "/")
        await way(page)
        frame = await frame_of(page)
        await expect(frame.get_by_text("Practice: nobody reads this.")).to_be_visible()
        await press(frame, "send")
        assert await code_on(frame)
    assert await practice.reports() == 3
    told = await transcripts(practice)
    assert len(told) == 2
    reported = [m for transcript in told for m in transcript["messages"] if m.get("reported")]
    assert [message["author"]["shown"] for message in reported] == ["Northlight"]
    assert all(m["author"]["shown"] != "Robin" for transcript in told for m in transcript["messages"])
    assert not troubles


async def typed_report(page: Page) -> None:
    await page.get_by_label("Write a message").press_sequentially("/rep")
    await expect(page.locator(".command")).to_be_visible()
    before = await page.locator(".message").count()
    await page.get_by_label("Write a message").press_sequentially("ort")
    await page.get_by_label("Write a message").press("Enter")
    assert await page.locator(".message").count() == before


async def report_message(page: Page) -> None:
    await page.locator("[data-message=secret] summary").click()
    await page.locator("[data-message=secret]").get_by_text("Report message").click()


async def the_button(page: Page) -> None:
    await page.get_by_role("button", name="Get help or report").click()


async def test_in_the_practice_room_one_can_talk_and_nothing_of_it_leaves_the_page(
    practice: House, page: Page
) -> None:
    await page.goto(practice.url + "/")
    asked = log_of(page.context)
    await page.get_by_label("Write a message").fill("<b>hello</b>")
    await page.get_by_label("Write a message").press("Enter")
    await expect(page.locator(".message").last).to_contain_text("<b>hello</b>")
    assert [address for address in asked if "/static/" not in address] == []


async def test_without_script_the_practice_room_still_leads_to_the_dialogue(
    practice: House, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(practice.url + "/")
    await page.get_by_label("Write a message").fill("/report he wrote this")
    await page.get_by_label("Write a message").press("Enter")
    await expect(page).to_have_url(re.compile(r"/report/play\?*$"))
    assert "wrote" not in page.url


# For everybody: screen readers, little screens, large type, dark rooms.


async def to_first(page: Page, home: House) -> None:
    await page.goto(home.url + "/report/park")


async def to_list(page: Page, home: House) -> None:
    await to_first(page, home)
    await page.locator("details.list summary").click()


async def to_more(page: Page, home: House) -> None:
    await to_first(page, home)
    await press(page, "more")
    await page.locator("#q-own_words").wait_for()


async def to_choices(page: Page, home: House) -> None:
    await to_more(page, home)
    await press(page, "next")
    await page.locator("#q-contact").wait_for()


async def to_sent(page: Page, home: House) -> None:
    await to_first(page, home)
    await press(page, "send")
    await page.locator(".reference-code").wait_for()


async def to_advice(page: Page, home: House) -> None:
    await to_sent(page, home)
    await press(page, "advice")
    await page.locator(".reference-code").wait_for(state="detached")


async def to_helplines(page: Page, home: House) -> None:
    await to_sent(page, home)
    await press(page, "talk")
    await page.locator("button[value=country]").wait_for()


async def to_country(page: Page, home: House) -> None:
    await to_helplines(page, home)
    await press(page, "country")
    await page.locator("#q-country").wait_for()


async def to_help_after_yes(page: Page, home: House) -> None:
    await to_first(page, home)
    await page.get_by_role("button", name="Yes, now").click()
    await page.get_by_text("Call 999 now (United Kingdom)").wait_for()


async def to_help(page: Page, home: House) -> None:
    await to_first(page, home)
    await page.locator(".danger-exit").click()
    await page.locator("select#q-country").wait_for()


async def to_not_sent(page: Page, home: House) -> None:
    await to_first(page, home)
    home.ledger.fail_with(LedgerUnavailable("gone"))
    await press(page, "send")
    await page.locator("button[value=try_again]").wait_for()
    home.ledger.fail_with(None)


async def to_unread(page: Page, home: House) -> None:
    await page.clock.install()
    await to_help_after_yes(page, home)
    await press(page, "back")
    await page.locator(".reference-code").wait_for()
    home.clock.advance(timedelta(minutes=6))
    await press(page, "refresh")
    await page.get_by_text("Nobody has opened this yet").wait_for()


async def to_hand_off(page: Page, home: House) -> None:
    await page.goto(home.url + "/report/alone")


def to(path: str) -> Callable[[Page, House], Awaitable[None]]:
    async def go(page: Page, home: House) -> None:
        await page.goto(home.url + path)

    return go


async def to_my_report(page: Page, home: House) -> None:
    await page.goto(home.url + "/my-report")
    await page.get_by_label("What is your code?").fill("LB-0000")
    await page.get_by_role("button", name="See what happened").click()
    await page.locator(".fault").wait_for()


async def to_told(page: Page, home: House) -> None:
    """What the desk wrote, read by the code."""
    await to_sent(page, home)
    code = await page.locator(".reference-code").inner_text()
    await home.mark(delivered_at=home.clock.now())
    report = AnswerTo(
        report=ReportId("0" * 32),
        draft="0" * 64,
        community=CommunityId("park"),
        platform="web",
        desk=DeskName("centre"),
        standing=Standing.SPECIALIST,
    )
    wrote = MessageTold(id="m", at=home.clock.now(), text="We read it. " * 20 + "\n" + "x" * 200)
    home.desk.known[code] = StatusTold(known=True, messages=(wrote,), answer_to=report)
    await page.goto(home.url + "/my-report")
    await page.get_by_label("What is your code?").fill(code)
    await page.get_by_role("button", name="See what happened").click()
    await page.locator(".wrote").wait_for()


async def to_answer(page: Page, home: House) -> None:
    await to_told(page, home)
    await page.get_by_role("button", name="Answer").click()
    await page.get_by_label("What would you like to tell them?").wait_for()


SCREENS: dict[str, Callable[[Page, House], Awaitable[None]]] = {
    "first": to_first,
    "list": to_list,
    "more": to_more,
    "choices": to_choices,
    "sent": to_sent,
    "unread": to_unread,
    "advice": to_advice,
    "helplines": to_helplines,
    "country": to_country,
    "help-after-yes": to_help_after_yes,
    "help": to_help,
    "not-sent": to_not_sent,
    "hand-off": to_hand_off,
    "my-report": to_my_report,
    "told": to_told,
    "answer": to_answer,
    "hidden": to("/hidden"),
    "unknown": to("/report/nope"),
    "help-anywhere": to("/help"),
    "start": to("/"),
}
WAYS: dict[str, tuple[int, int, Scheme]] = {
    "phone": (390, 844, "light"),
    "dark": (1200, 900, "dark"),
    "narrow": (320, 640, "light"),
    "zoomed": (640, 450, "dark"),  # 1280 by 900 at 200 %
}
SMALLEST = """Math.min(...[...document.querySelectorAll('main :is(p, label, button, a, h1, h2, li)')]
    .filter(e => e.checkVisibility()).map(e => parseFloat(getComputedStyle(e).fontSize)))"""


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_screen_is_for_everybody(home: House, page: Page, screen: str) -> None:
    await SCREENS[screen](page, home)
    await for_everybody(page, screen)
    assert await page.evaluate(SMALLEST) >= 18


async def test_the_practice_room_is_for_everybody(practice: House, page: Page) -> None:
    await page.goto(practice.url + "/")
    await for_everybody(page, "practice")


async def test_a_page_with_the_button_is_for_everybody(home: House, site: Site, page: Page) -> None:
    await page.goto(site.show(with_button(home.url, before="<main><h1>Club</h1></main>")))
    await for_everybody(page, "host")
    await page.get_by_role("button", name="Get help or report").click()
    await (await frame_of(page)).get_by_text(FIRST).wait_for()
    await for_everybody(page, "host-open")


async def for_everybody(page: Page, name: str) -> None:
    """No fault that axe finds and no sideways scrolling: light and dark, on 320 pixels, at 200 %."""
    for way, (width, height, scheme) in WAYS.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=scheme)
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"{way}-{name}.png", full_page=True)
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{way}: {found.generate_report()}"
        assert await page.evaluate(NO_SIDEWAYS), way


async def test_type_twice_as_large_needs_no_sideways_scrolling(home: House) -> None:
    async with chromium("--blink-settings=defaultFontSize=32") as large:
        page = await large.new_page(viewport={"width": 390, "height": 844})
        for screen in ("first", "list", "sent", "help"):
            await SCREENS[screen](page, home)
            assert await page.evaluate("getComputedStyle(document.body).fontSize") == "36px"
            assert await page.evaluate(NO_SIDEWAYS), screen


async def test_both_ways_out_stay_in_place_from_screen_to_screen(home: House, page: Page) -> None:
    places = set()
    for screen in ("first", "more", "choices", "sent", "advice", "help", "hand-off", "my-report", "unknown"):
        await SCREENS[screen](page, home)
        boxes = [await page.locator(way).bounding_box() for way in (".danger-exit", ".quick-exit")]
        places.add(tuple(tuple(box.values()) for box in boxes if box))
    assert len(places) == 1


async def test_with_forced_colours_every_control_keeps_an_edge(home: House, browser: Browser) -> None:
    context = await browser.new_context(forced_colors="active")
    page = await context.new_page()
    await page.goto(home.url + "/report/park")
    for control in (".danger-exit", ".quick-exit", ".press.primary", ".now", ".choice >> nth=0"):
        assert float((await styled(page.locator(control).first, "borderTopWidth")).removesuffix("px")) >= 1
        assert await styled(page.locator(control).first, "borderTopStyle") == "solid"


async def test_on_paper_the_numbers_stay_and_the_buttons_go(home: House, page: Page) -> None:
    await page.goto(home.url + "/help/park")
    await page.emulate_media(media="print")
    await expect(page.get_by_text("Call 999 now (United Kingdom)")).to_be_visible()
    await expect(page.locator(".quick-exit")).to_be_hidden()
