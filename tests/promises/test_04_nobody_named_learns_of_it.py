"""Promise 4. Nobody named in a report learns of it, nor the room it was pressed in, nor its moderators.

On the web the room is the page around the button, and whatever anybody can open without a key or a code.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from playwright.async_api import Page as BrowserPage
from playwright.async_api import expect

from core.dialogue.model import Say
from core.evidence.drafts import new_draft_key
from core.ledger.road import outbox
from core.reports.model import Category
from core.settings.communities import AdminChange
from tests.everything_down import Whole, whole
from tests.web_browser import chromium, needs_chromium, website, with_button
from tests.web_pages import Child, reference
from tests.web_room import CLUB, PARK, TEXTS

KNOWN, UNKNOWN = "u7", "u99"
PUBLIC = (
    *("/", "/report/park", "/help/park", "/help", "/my-report", "/hidden"),
    *("/button.js", "/static/page.js", "/static/page.css"),
)
ODD = re.compile(r"[0-9a-f]{32,64}|LB(?:-[0-9A-Z]{4}){3}-[0-9A-Z]")


class Seen(NamedTuple):
    """One reply as whoever presses sees it, without what is random in it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str


def seen(child: Child) -> Seen:
    assert child.answer is not None
    headers = sorted((name, value) for name, value in child.answer.headers.items() if name != "Date")
    text = child.page.html
    for random in ("key", "carried"):
        text = text.replace(child.page.hidden().get(random, "nowhere on the page"), "…")
    return Seen(child.status, tuple(headers), ODD.sub("…", text))


def about(account: str, key: str, *, late: bool) -> dict[str, object]:
    said = {"id": "m1", "author": {"id": account, "name": "Northlight"}, "text": "our secret"}
    message = said if late else said | {"reported": True}
    return {"key": key, "origin": CLUB, "late": late, "conversation": {"messages": [message]}}


async def reported(somewhere: Whole, account: str) -> list[Seen]:
    """A whole way, from the first screen to reading what became of it: every reply in its order."""
    replies: list[Seen] = []

    async def next_reply(child: Child) -> None:
        replies.append(seen(child))

    child = somewhere.child()
    await next_reply(await child.look())
    page, key = child.page, child.page.hidden()["key"]
    await next_reply(await child.hand_over(about(account, key, late=False)))
    await next_reply(await child.hand_over(about(account, key, late=True)))
    child.page = page
    await next_reply(
        await child.press("more", danger="not_sure", category="sexual_extortion", runs_place="no")
    )
    await next_reply(await child.press("next", own_words="he wants money", about=account))
    await next_reply(await child.press("send"))
    code, sent = reference(child), child.page
    await somewhere.behind.deliver()
    await somewhere.behind.triage()
    await somewhere.behind.fetch()
    await next_reply(await child.send("/report/park/told", **sent.hidden()))
    child.page = sent
    await next_reply(await child.press("add"))
    await next_reply(await child.press("next", own_words="and more"))
    await next_reply(await child.press("send"))
    await somewhere.behind.deliver()
    await somewhere.behind.look((await somewhere.behind.reports())[-1])
    await somewhere.behind.fetch()
    await next_reply(await child.send("/my-report", reference=code))
    return replies


async def test_replies_their_bytes_and_their_order_are_the_same_whether_or_not_the_subject_is_known(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        before_anybody_knew = await reported(somewhere, KNOWN)
        to_the_road = len(somewhere.behind.door.said)
        known_by_now = await reported(somewhere, KNOWN)
        somebody_else = await reported(somewhere, UNKNOWN)
        assert len(await somewhere.behind.reports()) == 3
        assert len(before_anybody_knew) == 11
        assert "Read at" in known_by_now[-1].text
        assert known_by_now == before_anybody_knew
        assert somebody_else == before_anybody_knew
        said = [(path, status, ODD.sub("…", text)) for path, status, text in somewhere.behind.door.said]
        assert said[:to_the_road] == said[to_the_road : 2 * to_the_road] == said[2 * to_the_road :]


async def public(somewhere: Whole) -> dict[str, Seen]:
    """All that anybody can open who has neither key nor code."""
    return {path: seen(await somewhere.child().look(path)) for path in PUBLIC}


async def guessed(somewhere: Whole) -> Sequence[Seen]:
    """What somebody learns who tries: a key and a code of his own making, the subject's name as either."""
    key = new_draft_key().text
    tried = [
        await somewhere.child().send("/report/park/told", key=key),
        await somewhere.child().send("/report/park", key=key, screen="sent", button="check"),
        await somewhere.child().send("/my-report", reference="LB-0000-0000-0000-0"),
        await somewhere.child().send("/my-report", reference=KNOWN),
    ]
    return [seen(child) for child in tried]


async def test_nothing_that_anybody_can_open_changes_with_a_report(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        before, tried = await public(somewhere), await guessed(somewhere)
        await reported(somewhere, KNOWN)
        assert await public(somewhere) == before
        assert await guessed(somewhere) == tried
        for page in before.values():
            assert page.status in {200, 404}
            assert "Set-Cookie" not in dict(page.headers)


async def test_moderators_get_nothing_where_nobody_said_yes_whatever_the_community_allows(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        home, back, _ = somewhere
        allowed = AdminChange(PARK, "moderators_may_handle", True, "the owner", home.clock.now())
        await home.communities.set(home.ledger, allowed)
        for category in Category:
            child = await somewhere.child().look()
            await child.press("send", category=category)
            reference(child)
        destinations = await home.ledger.read(
            lambda conn: set(conn.execute(sa.select(outbox.c.destination)).scalars())
        )
        assert destinations == {"centre"}
        assert await back.deliver() == len(Category)
        for report in await back.reports():
            facts = (await back.look(report)).facts
            assert facts is not None
            assert facts.answers.moderators_may_know is not True


LISTENING = """<script>
  window.heard = [];
  addEventListener("message", (event) => heard.push([event.origin, JSON.stringify(event.data)]));
</script>"""


async def opened_and_closed(page: BrowserPage, address: str, *, reporting: bool) -> list[list[str]]:
    """What the page around the frame heard, from the press on its button to the end."""
    await page.goto(address)
    await page.evaluate("told => Lifebelt.report(told)", about(KNOWN, "", late=False)["conversation"])
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_text(TEXTS.say(Say("first-lead"), "en"))).to_be_visible()
    if reporting:
        await frame.locator("button[value=send]:not([data-enter])").click()
        await expect(frame.locator(".reference-code")).to_be_visible()
    await page.get_by_role("button", name="Close").click()
    await expect(page.locator("iframe")).to_have_count(0)
    heard: list[list[str]] = await page.evaluate("heard")
    return heard


@needs_chromium
@pytest.mark.browser
async def test_the_page_around_the_frame_hears_the_same_whether_or_not_something_was_sent(
    tmp_path: Path,
) -> None:
    async with (
        website() as site,
        whole(tmp_path, origins=(site.url,)) as somewhere,
        chromium() as browser,
    ):
        address = site.show(with_button(somewhere.home.url, before=LISTENING))
        page = await browser.new_page()
        looked = await opened_and_closed(page, address, reporting=False)
        sent = await opened_and_closed(page, address, reporting=True)
        assert await somewhere.home.reports() == 1
        assert len(looked) == 1
        assert sent == looked
        pages = [path for path in site.asked if path != "/favicon.ico"]
        assert pages == 2 * pages[: len(pages) // 2]
