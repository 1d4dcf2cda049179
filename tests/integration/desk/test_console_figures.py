"""The figures as a statistician and a supervisor see them."""

import html
import re
from datetime import timedelta

from core.reports.model import Answers, Category
from core.testing.clock import FixedClock
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


async def test_what_is_overdue_is_said_to_who_works_cases(room: DeskRoom, ann: Browser) -> None:
    await room.report()
    assert "No case is past its time" in words(await ann.get("/figures"))
    assert isinstance(room.clock, FixedClock)
    room.clock.advance(timedelta(days=10))
    await ann.sign_in()
    assert "One case is past its time" in words(await ann.get("/figures"))


async def test_half_and_nine_of_ten_are_told_from_ten_looks_on(room: DeskRoom, ann: Browser) -> None:
    for number in range(10):
        made = await room.report()
        assert "Fewer than ten" in words(await ann.get("/figures")), number
        await room.service.look(room.scope, made.id, by="Ann Lee")
    assert "P1 1 min 1 min" in words(await ann.get("/figures"))


async def test_the_weeks_that_are_over_are_drawn_and_none_under_ten(room: DeskRoom, ann: Browser) -> None:
    await filled(room, 12, 0)
    assert isinstance(room.clock, FixedClock)
    room.clock.advance(timedelta(weeks=1))
    await room.report()
    room.clock.advance(timedelta(weeks=1))
    await ann.sign_in()
    drawn = (await ann.get("/figures")).split("</svg>")[0]
    assert ">37</text>" not in drawn  # whoever knows the sum would know the other week
    assert drawn.count(">\N{EN DASH}</text>") == 2
