"""Promise 12. They hear back where and how it is safe: what was done, never their own words."""

import html
import re
from pathlib import Path

import pytest

from core.ledger.road import reports
from core.ledger.schema import ROAD
from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.everything_down import Whole, all_written, whole
from tests.program import ANSWERS, Browser, Page, Program, signed_in, until, until_there
from tests.web_pages import Child

CANARY = "kanarienvogel he knows where I live"


async def told(browser: Browser, reference: str) -> Page:
    return await browser.post("/my-report", {"reference": reference})


async def test_the_reference_shows_received_and_then_read_and_never_their_own_words(
    up: Program, browser: Browser
) -> None:
    more = await browser.press(await browser.get(), "more")
    choices = await browser.press(more, "next", own_words=CANARY, about="Robin from the club")
    sent = await browser.press(choices, "send", **ANSWERS)
    assert sent.reference is not None
    (report,) = await until_there(up, DESK, desk_reports)
    await until(up, delivered)
    before = await told(browser, sent.reference)
    assert re.search(r"(?i)(arrived|received|has it)", before.words), before.words
    assert not re.search(r"Read (at|on)", before.words), before.words
    async with signed_in(up) as specialist:
        assert CANARY in (await specialist.look(report.id)).words
    await until(up, read)
    after = await told(browser, sent.reference)
    assert re.search(r"(?i)\bread\b.*\d\d:\d\d", after.words), after.words
    for page in (choices, sent, before, after):
        assert CANARY not in page.text
        assert "Robin" not in page.text


async def test_a_wrong_check_symbol_is_caught_and_a_reference_nobody_has_tells_nothing(
    up: Program, browser: Browser
) -> None:
    sent = await browser.send()
    assert sent.reference is not None
    wrong = sent.reference[:-1] + ("0" if sent.reference[-1] != "0" else "1")
    unknown = await told(browser, "LB-0000-0000-0000-0")
    misread = await told(browser, wrong)
    assert misread.words != unknown.words
    assert sent.reference not in misread.text
    spoken = await told(browser, sent.reference.lower().replace("-", " "))
    assert re.search(r"(?i)(stored|arrived)", spoken.words), spoken.words


async def test_looking_references_up_is_slowed_down_and_help_is_not(up: Program, browser: Browser) -> None:
    pages = [await told(browser, "LB-0000-0000-0000-0") for _ in range(70)]
    assert pages[0].status == 200
    assert pages[-1].status == 429
    assert "999" in (await browser.get("/help/practice")).words
    assert (await browser.send()).reference is not None


async def test_every_private_page_can_be_hidden_and_empties_itself_within_fifteen_minutes(
    up: Program, browser: Browser
) -> None:
    first = await browser.get()
    sent = await browser.press(first, "send", **ANSWERS)
    for page in (first, sent):
        refresh = re.search(r'http-equiv="refresh" content="(\d+)', page.text)
        assert refresh is not None
        assert int(refresh[1]) <= 15 * 60
        assert 'value="hide"' in page.text
    hidden = await browser.press(sent, "hide")
    assert sent.reference is not None
    assert sent.reference not in hidden.text
    assert "report" not in hidden.words.lower()


async def delivered(program: Program) -> bool:
    return all(row.delivered_at is not None for row in await program.rows(ROAD, reports))


async def read(program: Program) -> bool:
    return all(row.read_at is not None for row in await program.rows(ROAD, reports))


# The watched phone: every screen that can be reached after something was written.

WROTE = {"own_words": CANARY, "about": "Robin Kanarienvogel", "contact": "kanarienvogel@example.org"}
STAGES = ("told", "sent", "added")
LONGEST = 15 * 60


@pytest.mark.parametrize("stage", STAGES)
async def test_on_no_screen_is_anything_that_was_written_and_each_can_be_hidden_and_empties_itself(
    tmp_path: Path, stage: str
) -> None:
    async with whole(tmp_path) as somewhere:
        screens: set[str] = set()
        for way in await ways_on(somewhere, stage, ()):
            child = await walked(somewhere, stage, (way,))
            assert is_safe_to_be_seen(child), way
            screens.add(screen_of(child))
            for next_way in sorted(child.page.buttons() - LEADS_AWAY):
                child = await walked(somewhere, stage, (way, next_way))
                assert is_safe_to_be_seen(child), (way, next_way)
                screens.add(screen_of(child))
        assert len(screens) >= 6, screens


LEADS_AWAY = {"hide"}


async def ways_on(somewhere: Whole, stage: str, path: tuple[str, ...]) -> list[str]:
    return sorted((await walked(somewhere, stage, path)).page.buttons() - LEADS_AWAY)


async def walked(somewhere: Whole, stage: str, path: tuple[str, ...]) -> Child:
    child = await somewhere_after(somewhere, stage)
    for button in path:
        await child.press(button)
    return child


async def somewhere_after(somewhere: Whole, stage: str) -> Child:
    """Somebody who wrote everything that can be written, and perhaps sent it, and perhaps added to it."""
    child = await somewhere.child().look()
    await child.press("more", category="grooming", runs_place="no")
    written = {
        name: text for name, text in WROTE.items() if child.page.all("textarea", name=f"answer.{name}")
    }
    await child.press("next", **written)
    if stage != "told":
        await child.press("send", contact=WROTE["contact"])
    if stage == "added":
        await child.press("add")
        await child.press("next", own_words=CANARY)
        await child.press("send")
    assert is_safe_to_be_seen(child), stage
    return child


def screen_of(child: Child) -> str:
    return child.page.hidden().get("screen", "")


def is_safe_to_be_seen(child: Child) -> bool:
    assert child.status == 200
    hidden = set(child.page.hidden().values())
    shown = child.page.html
    for value in hidden:
        shown = shown.replace(html.escape(value), "")
    (refresh,) = [meta["content"] for meta in child.page.all("meta", **{"http-equiv": "refresh"})]
    leaves = "hide" in child.page.buttons() or child.page.all("a", href="/hidden")
    return bool(leaves) and "anarienvogel" not in shown and int(refresh.partition(";")[0]) <= LONGEST


async def test_hidden_in_the_middle_of_writing_nothing_is_lost_and_nothing_is_left_to_see(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().look()
        await child.press("more")
        key = child.page.hidden()["key"]
        await child.press("hide", own_words=CANARY)
        assert child.page.text == "This page is empty This page is empty"
        await all_written(somewhere.home)  # the page is empty at once, and waits for nothing
        await child.send("/report/park", key=key, screen="choices", button="send")
        assert CANARY not in child.page.html
        assert CANARY in b"".join(body for _, body in await somewhere.home.opened()).decode()
