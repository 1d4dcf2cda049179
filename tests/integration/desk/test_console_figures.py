"""The figures as a statistician and a supervisor see them."""

import html
import re

from core.reports.model import Answers, Category
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def filled(room: DeskRoom, many: int, few: int) -> None:
    for category, count in ((Category.BULLYING, many), (Category.ACCOUNT, few), (Category.OTHER, 25)):
        for _ in range(count):
            await room.report(answers=Answers(category=category, own_words="five words and one more"))


async def test_a_statistician_sees_figures_only_and_no_small_one(room: DeskRoom) -> None:
    await filled(room, 12, 3)
    await room.person("Stat", Role.STATISTICIAN)
    async with browser(room) as stat:
        await stat.sign_in("Stat")
        assert stat.path == "/figures"
        page = words(stat.text)
        assert "In the queue now" not in page
        chart = page[page.index("Reports by what they are about") : page.index("Reports by platform")]
        assert re.search(r"Cyberbullying, harassment too few to show", chart)
        assert re.search(r"Account takeover, impersonation, doxxing too few to show", chart)
        assert " 25 " in f"{chart} "
        await stat.get("/")
        assert stat.path == "/figures"


async def test_who_works_cases_sees_what_waits_exactly(room: DeskRoom, ann: Browser) -> None:
    await filled(room, 0, 3)
    page = words(await ann.get("/figures"))
    assert "In the queue now" in page
    assert "P3 28 Reports by first priority" in page
    assert "The school" not in page


async def test_a_month_that_is_none_shows_the_latest(room: DeskRoom, ann: Browser) -> None:
    await filled(room, 0, 0)
    page = words(await ann.get("/figures?month=<script>"))
    assert "2026-03" in page
    assert "Nothing was counted." in words(await ann.get("/figures?month=1999-01"))
