"""Floods, filters and saved queues on the screen, and a case that is kept to supervisors."""

import re

from core.evidence.parts import Identity
from core.reports.model import Answers, Category, YesNo
from core.testing.deliveries import MadeReport
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser
from tests.integration.desk.test_console_links import words

FLOOD = Answers(
    category=Category.BULLYING, own_words="this account is bad please ban this account now it is so bad"
)
TRUE = Answers(
    category=Category.BULLYING, own_words="he found out where I live and stands before our house each evening"
)
SAID = Identity(platform="web", account="42", shown="me", way_back=b"7")
"""The account that every made report is about."""


async def test_a_flood_is_seen_folded_and_taken_apart_and_what_stands_apart_stays(
    room: DeskRoom, ann: Browser
) -> None:
    made = [await room.report(answers=FLOOD) for _ in range(5)]
    true = await room.report(answers=TRUE)
    assert "6 reports on this page look alike." in words(await ann.get("/"))
    shown = await ann.get(f"/case/{made[0].id}/alike")
    assert "Fold these 4 into one case" in shown
    assert "Stays: told in other words" in shown
    (looked_at,) = re.findall(r'name="looked_at" value="([^"]+)"', shown)
    folded = words(await ann.post(f"/case/{made[0].id}/alike", {"looked_at": looked_at}))
    assert "Ann Lee folded 4 reports into this case." in folded
    queue = await ann.get("/")
    assert true.id in queue
    assert made[1].id not in queue
    await ann.get(f"/case/{made[0].id}/alike")
    assert "nothing to fold" in await ann.post(f"/case/{made[0].id}/alike", {"looked_at": looked_at})
    (fold,) = re.findall(r'name="fold" value="([^"]+)"', await ann.get(f"/case/{made[0].id}"))
    await ann.post(f"/case/{made[0].id}/alike/undo", {"fold": fold})
    assert made[1].id in await ann.get("/")


async def test_a_filter_is_saved_and_asked_for_by_its_name(room: DeskRoom, ann: Browser) -> None:
    calm, other = await room.report(answers=FLOOD), await room.report(answers=Answers(danger=YesNo.YES))
    page = await ann.get("/?priority=0&holder=nobody&after=")
    assert other.id in page
    assert calm.id not in page
    saved = await ann.post("/queue/save", {"asks": "priority=0&x=1", "label": "Danger", "shared": "1"})
    assert '<a href="/?priority=0" aria-current="true">Danger</a>' in saved
    assert "Choose a filter and a name" in await ann.post("/queue/save", {"asks": "", "label": "All"})
    assert "Nothing in the queue is like this" in await ann.get("/?holder=me")


async def conflict(room: DeskRoom) -> MadeReport:
    """Told by the very account that another report is about."""
    told = Answers(category=Category.BULLYING, own_words=TRUE.own_words, team_may_know_name=True)
    return await room.report(answers=told, identity=SAID)


async def test_a_case_whose_reporter_is_reported_is_opened_by_supervisors_only(
    room: DeskRoom, ann: Browser
) -> None:
    await room.report(answers=FLOOD)
    made = await conflict(room)
    await room.person("Cal", Role.SPECIALIST)
    async with browser(room) as cal:
        await cal.sign_in("Cal")
        assert "For a supervisor" in await cal.get("/")
        assert "Only a supervisor opens it" in await cal.look(made.id)
        assert TRUE.own_words not in cal.text
        assert not re.findall(r'id="(look|work|talk|links)"', await cal.get(f"/case/{made.id}"))
        for deed in ("take", "notes/read", "links/refuse"):
            assert "Only a supervisor opens it" in await cal.post(f"/case/{made.id}/{deed}", {"holder": ""})
    page = await ann.look(made.id)
    assert TRUE.own_words in page
    assert "They are reported in:" in page
    assert "reported elsewhere" in await ann.get("/trail")


async def test_a_danger_to_life_is_kept_from_nobody_who_works_cases(room: DeskRoom, ann: Browser) -> None:
    await room.report(answers=FLOOD)
    told = Answers(danger=YesNo.YES, own_words=TRUE.own_words, team_may_know_name=True)
    made = await room.report(answers=told, identity=SAID, urgent=True)
    await room.person("Cal", Role.SPECIALIST)
    async with browser(room) as cal:
        await cal.sign_in("Cal")
        assert TRUE.own_words in await cal.look(made.id)
