"""Duties, unlocking, releases and requests on the pages: who sees what, and what is said of a refusal."""

import html
import re
from datetime import timedelta

from core.reports.model import Answers, Category, YesNo
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser

YES = Answers(category=Category.BULLYING, moderators_may_know=True, runs_place=YesNo.NO)


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def urgent(room: DeskRoom) -> MadeReport:
    return await room.report(answers=Answers(danger=YesNo.YES), urgent=True)


async def press(who: Browser, made: MadeReport, deed: str, **form: str) -> str:
    page = await who.get(f"/case/{made.id}")
    duty = re.findall(r'name="duty" value="([^"]*)"', page)
    return words(await who.post(f"/case/{made.id}/{deed}", {"duty": duty[0] if duty else ""} | form))


async def test_a_duty_that_is_overdue_shows_on_the_queue_the_case_and_its_own_page(
    room: DeskRoom, ann: Browser, clock: FixedClock
) -> None:
    made = await urgent(room)
    await press(ann, made, "duties", law="own_danger_to_life")
    assert "overdue." not in words(await ann.get("/")).replace("1 overdue.", "")
    clock.advance(timedelta(minutes=31))
    assert "One reporting duty is overdue." in words(await ann.get("/"))
    assert "Due 1 min overdue" in words(await ann.get(f"/case/{made.id}"))
    assert "1 min overdue" in words(await ann.get("/duties"))


async def test_the_police_by_phone_are_refused_until_they_were_rung_back(
    room: DeskRoom, ann: Browser
) -> None:
    made = await urgent(room)
    await press(ann, made, "duties", law="own_danger_to_life")
    told = {"to": "police", "way": "phone", "where": "the county", "receipt": "17"}
    assert "rung back first" in await press(ann, made, "duties/hand-on", **told)
    call = {"number": "101", "where": "police.example", "spoke": "PC Day", "at": "2026-03-04T05:06"}
    assert "The time must lie between" in await press(ann, made, "duties/call-back", **call)
    await press(ann, made, "duties/call-back", **call | {"at": ""})
    assert "Ended The police, by phone" in await press(ann, made, "duties/hand-on", **told)


async def test_what_was_wrong_is_said_where_it_was_pressed_and_nowhere_else(
    room: DeskRoom, ann: Browser
) -> None:
    made = await room.report()
    page = await press(ann, made, "duties", law="no_such_law")
    assert page.count("Nothing was changed.") == 1


async def test_where_nobody_could_die_there_is_nothing_to_press(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    assert "Unlock who this is" not in words(await ann.get(f"/case/{made.id}"))
    assert "was not, a danger to life" in await press(ann, made, "unlock", reason="I want to know.")


async def test_an_unlocked_name_shows_after_its_own_press_only(room: DeskRoom, ann: Browser) -> None:
    made = await urgent(room)
    assert "has not answered yet" in await press(ann, made, "unlock", reason="She may die.")
    await room.receive(made.unlocked())
    assert "Name shown" not in words(await ann.look(made.id))
    assert "Name shown me" in await press(ann, made, "unlock/look")


async def test_a_supervisor_sees_what_nobody_reviewed_and_a_specialist_only_what_is_late(
    room: DeskRoom, ann: Browser, clock: FixedClock
) -> None:
    await press(ann, await urgent(room), "unlock", reason="She may die.")
    await room.person("Sam", Role.SPECIALIST)
    async with browser(room) as sam:
        await sam.sign_in("Sam")
        assert "One unlocked identity is not reviewed." in words(await ann.get("/"))
        assert "unlocked identity" not in words(await sam.get("/"))
    clock.advance(timedelta(hours=24, seconds=1))
    async with browser(room) as sam:
        await sam.sign_in("Sam")
        assert "not reviewed within 24 hours" in words(await sam.get("/"))


async def test_moderators_are_told_where_the_answers_allow_it(room: DeskRoom, ann: Browser) -> None:
    made = await room.report(answers=YES)
    assert "Ann Lee let them know" in await press(ann, made, "release", basis="answers")
    assert "let them act" in await press(ann, made, "release/go-ahead", reason="Agreed.")


async def test_the_answer_to_a_request_is_the_same_whether_or_not_anything_is_held(
    room: DeskRoom, ann: Browser
) -> None:
    await room.report(answers=YES)
    await room.person("Eve", Role.SUPERVISOR)
    letters = []
    for account in ("42", "somebody-else"):
        form = {"platform": "web", "account": account, "reason": "Shown in person."}
        await ann.get("/subject-access")
        page = await ann.post("/subject-access", form)
        assert "somebody-else" not in page
        request = re.findall(r"/subject-access/([0-9A-Za-z_-]+)/read", page)[0]
        async with browser(room) as eve:
            await eve.sign_in("Eve")
            await eve.get("/subject-access")
            await eve.post(f"/subject-access/{request}/decide", {"verdict": "agreed"})
            letters.append(await eve.post(f"/subject-access/{request}/answer"))
        room.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    assert letters[0] == letters[1]
    assert "There is nothing that we can tell you." in letters[0]
