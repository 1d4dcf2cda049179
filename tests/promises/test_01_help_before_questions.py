"""Promise 1. A danger exit on the first reply and every later one; it never sends, and comes from files.

It gives the emergency number, a national child line and one silent way for the country, with the ledger,
the desk and every outside service down. The country is named beside the number and can be changed.
"""

from pathlib import Path

import pytest

from core.ledger.road import reports
from core.ledger.schema import ROAD
from tests.everything_down import down, each_combination, gives_help, handed_over
from tests.faults import DeskFault, LedgerFault, NewsFault
from tests.program import Browser, Program, running
from tests.web_pages import Child

GB = ("999", "0800 1111", "United Kingdom")
NOWHERE = {"ROAD_DATABASE_URL": "sqlite:////proc/nowhere/road.sqlite"}


@pytest.fixture
def broken(program: Program) -> Program:
    """The button alone: no desk anywhere, and a ledger that can never be opened."""
    program.environ = NOWHERE
    program.command = ("bots", "web")
    return program


async def test_with_ledger_and_desk_gone_the_danger_exit_gives_number_child_line_and_silent_way(
    broken: Program, browser: Browser
) -> None:
    async with running(broken, ready=False):
        first = await browser.get()
        assert first.status == 200
        help_page = await browser.press(first, "help")
        for words in GB:
            assert words in help_page.words
        assert "55" in help_page.words
        assert "childline.org.uk" in help_page.text
        assert "Change" in help_page.words


async def test_the_danger_exit_needs_no_dialogue_at_all(broken: Program, browser: Browser) -> None:
    async with running(broken, ready=False):
        for path in ("/help/practice", "/help", "/help/nobody-knows-this", "/report/nobody-knows-this"):
            page = await browser.get(path)
            assert "help" in page.words.lower(), path
        assert "112" in (await browser.get("/help/practice?country=DE")).words
        unknown = await browser.get("/help")
        assert "Call your local emergency number" in unknown.words
        assert "childhelplineinternational.org" in unknown.text


async def test_every_screen_has_the_danger_exit_and_it_never_sends(up: Program, browser: Browser) -> None:
    first = await browser.get()
    more = await browser.press(first, "more")
    choices = await browser.press(more, "next", own_words="he wants pictures")
    screens = [first, more, choices]
    for page in screens:
        assert 'value="help"' in page.text, page.screen
        assert page.reference is None
        help_page = await browser.press(page, "help", danger="yes", category="self_harm")
        assert "999" in help_page.words
    assert await up.rows(ROAD, reports) == []
    sent = await browser.press(choices, "send")
    assert sent.reference is not None
    assert 'value="help"' in sent.text


async def test_the_country_comes_from_the_community_or_the_child_never_from_the_language(
    up: Program, browser: Browser
) -> None:
    german = await browser.get("/help/practice?country=DE")
    assert "110" in german.words or "112" in german.words
    assert "Germany" in german.words
    async with browser._session.get(
        up.public + "/help/practice", headers={"Accept-Language": "de-DE,de;q=0.9"}
    ) as answer:
        assert "999" in await answer.text()


async def test_help_typed_beside_an_answer_keeps_the_answer(up: Program, browser: Browser) -> None:
    first = await browser.get()
    help_page = await browser.press(first, "help", category="meeting")
    back = await browser.press(help_page, "back")
    assert back.screen == "first"
    assert 'value="meeting" selected' in back.text or 'value="meeting" checked' in back.text


# Everything behind the pages down or slow, in each combination.


@each_combination
async def test_whatever_is_down_or_slow_help_is_on_every_reply_and_whole_on_the_danger_exit(
    tmp_path: Path, ledger: LedgerFault, desk: DeskFault, news: NewsFault
) -> None:
    async with down(tmp_path, ledger, desk, news) as cell:
        child = await cell.child().look()
        cell.fail()
        await child.hand_over(handed_over(child.page.hidden()["key"]))
        assert danger_exit(child)
        await child.press("send" if "send" in child.page.buttons() else "try_again", category="grooming")
        assert danger_exit(child)
        for path in ("", "/help/park", "/help/park?country=GB"):
            await child.look(path)
            assert danger_exit(child), path
        assert gives_help(child.page)
        await child.look()
        await child.send("/report/park", **child.page.hidden(), button="help")
        assert gives_help(child.page)
        await child.send("/help/park", **child.page.hidden(), country="DE")
        assert child.page.all("a", href="tel:112")
        assert "Germany" in child.page.text


def danger_exit(child: Child) -> bool:
    """One press, or none, away from the danger exit, whose page comes from files."""
    return child.status == 200 and any(
        found.get("value") == "help" or found.get("href", "").startswith(("/help", "tel:999"))
        for _, found in child.page.tags
    )
