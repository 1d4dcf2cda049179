"""The danger exit and everything else that must work when nothing works."""

import pytest
from aiohttp import ClientSession

from core.errors import LedgerUnavailable
from core.ledger.road import drafts
from core.reports.lookups import AT_MOST
from tests.web_pages import Child
from tests.web_room import House


@pytest.fixture
def everything_down(home: House) -> House:
    """The ledger refuses and hangs at once; nothing else is asked for help."""
    home.ledger.fail_with(LedgerUnavailable("gone"))
    home.hold("append", "transact", "read", "now")
    return home


@pytest.mark.usefixtures("everything_down")
async def test_with_everything_down_help_gives_number_line_and_a_silent_way(child: Child) -> None:
    await child.look("/help/park")
    assert child.status == 200
    assert "Call 999 now (United Kingdom)" in child.page.text
    assert child.page.all("a", href="tel:08001111")
    assert "press 55" in child.page.text


@pytest.mark.usefixtures("everything_down")
async def test_with_everything_down_the_danger_exit_answers_from_the_first_screen(child: Child) -> None:
    await child.look()
    await child.press("help")
    assert child.page.all("a", href="tel:999")


@pytest.mark.usefixtures("everything_down")
async def test_another_country_is_chosen_with_everything_down(child: Child) -> None:
    await child.look("/help/park")
    await child.ask_for("US")
    assert child.page.all("a", href="tel:911")
    assert "United States" in child.page.text
    await child.look("/help/park?country=AU")
    assert child.page.all("a", href="tel:000")


async def test_an_unknown_country_gives_no_number_and_the_directory(child: Child) -> None:
    await child.look("/help/park?country=QQ")
    assert "Call your local emergency number" in child.page.text
    assert not child.page.all("a", href="tel:999")
    assert [link for link in child.page.all("a") if "childhelplineinternational" in link["href"]]


@pytest.mark.parametrize("country", ["GBR", "<script>", "%00", "g b", "🇬🇧"])
async def test_a_country_that_cannot_be_one_leaves_that_of_the_community(child: Child, country: str) -> None:
    await child.look(f"/help/park?country={country}")
    assert child.status == 200
    assert child.page.all("a", href="tel:999")


async def test_the_danger_exit_sends_nothing_and_stores_nothing(home: House, child: Child) -> None:
    await child.look()
    await child.press("help", danger="not_sure", category="grooming")
    assert await home.reports() == 0
    assert await home.count(drafts) == 0


async def test_the_way_back_from_help_loses_nothing_that_was_typed(home: House, child: Child) -> None:
    await child.look()
    await child.press("more", category="meeting")
    await child.press("help", own_words="he is outside", who="me")
    assert "he is outside" not in child.page.text
    await child.ask_for("DE")
    await child.press("resume")
    await child.press("more")
    assert child.page.chosen() == {"answer.who": "me"}
    await child.press("next")
    await child.press("send")
    told = b"".join(body for _, body in await home.opened()).decode()
    assert "he is outside" in told
    assert "meeting" in told


async def test_the_chosen_country_stays_on_the_way_back(child: Child) -> None:
    await child.look()
    await child.press("help")
    await child.ask_for("DE")
    await child.press("resume")
    await child.press("help")
    assert "Germany" in child.page.text


async def test_help_needs_no_community(home: House, session: ClientSession) -> None:
    child = await Child(session, home.url).look("/help")
    assert "Call your local emergency number" in child.page.text
    assert child.page.all("select", name="country")


async def test_help_is_never_counted(home: House, child: Child) -> None:
    for _ in range(AT_MOST * 3):
        await child.look("/help/park")
    assert child.status == 200
    assert child.page.all("a", href="tel:999")
