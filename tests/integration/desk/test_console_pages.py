"""What a specialist sees and does: the queue, a case, the trail, the people. Real ledger, real sealing."""

import html
import re
from datetime import timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa

from core.evidence.model import Attachment, Author, Message, ReadFrom, Source, Transcript
from core.reports.model import AgeBand, Answers, Category, Standing, Who, YesNo
from core.testing.clock import START, FixedClock
from core.testing.deliveries import MadeReport
from desk.staff.model import Role
from desk.tables import parts, trail
from tests.desk_room import PASSWORD, Browser, DeskRoom, browser, desk_room

MARKUP = re.compile(r"<script(?! src=\"/static/)|<img|<svg|<[a-z]+[^>]*\son[a-z]+=", re.IGNORECASE)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>{{7*7}}\u202egnp.exe"


def _words(page: str) -> str:
    """The page as it reads, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _said(text: str, **how: object) -> Transcript:
    message = Message(
        id="1",
        author=Author(id="42", shown=str(how.get("shown", "silver_fox")), is_staff=bool(how.get("staff"))),
        text=text,
        sent_at=START,
        read_at=START + timedelta(minutes=3),
        read_from=ReadFrom.PRESS,
        edited_at=START + timedelta(minutes=1),
        attachments=(
            Attachment(name="IMG_1.jpg", media_type="image/jpeg", size=284_113, url="https://cdn.example/1"),
        ),
        reported=True,
    )
    return Transcript(source=Source.PLATFORM, platform="web", channel="general", messages=(message,))


async def _looks(room: DeskRoom) -> int:
    looked = sa.select(sa.func.count()).select_from(trail).where(trail.c.action == "looked")
    return await room.ledger.read(lambda conn: conn.execute(looked).scalar_one())


# The queue


async def test_an_empty_queue_says_so(ann: Browser) -> None:
    page = _words(await ann.get("/"))
    assert "No reports. New ones appear here by themselves." in page


async def test_a_practice_desk_says_on_every_page_that_it_is_one(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    for path in ("/", f"/case/{made.id}", "/trail", "/people", "/help", "/sign-in", "/nothing"):
        assert "Practice: nobody reads this as a live desk" in await ann.get(path)


async def test_a_live_desk_does_not_say_so_and_shows_no_practice_report(tmp_path: Path) -> None:
    async with desk_room(tmp_path, standing=Standing.SPECIALIST) as room, browser(room) as somebody:
        await room.person()
        await room.report(standing=Standing.SPECIALIST, answers=Answers(category=Category.MEETING))
        page = await somebody.sign_in()
        assert "Practice" not in page
        assert "Arranging to meet a child" in page


async def test_the_queue_tells_what_it_is_about_in_professional_words(room: DeskRoom, ann: Browser) -> None:
    await room.report(answers=Answers(category=Category.SEXUAL_EXTORTION, danger=YesNo.NO))
    page = _words(await ann.get("/"))
    assert "P1 Urgent Sexual extortion of a child (sexual or financial)" in page
    assert "The school" in page
    assert "Not read" in page


async def test_danger_to_life_comes_first_and_is_named(room: DeskRoom, ann: Browser) -> None:
    await room.report(answers=Answers(category=Category.BULLYING, danger=YesNo.NO))
    await room.report(answers=Answers(category=Category.SELF_HARM, danger=YesNo.YES), urgent=True)
    page = _words(await ann.get("/"))
    assert page.index("P0 Immediate") < page.index("P2 Soon")
    assert "2 not read. 1 immediate." in page


async def test_what_the_triage_has_not_seen_is_said(room: DeskRoom, ann: Browser) -> None:
    await room.report(triaged=False)
    page = _words(await ann.get("/"))
    assert "Not triaged yet" in page
    assert "Not known yet" in page


async def test_what_is_late_is_said_in_words(room: DeskRoom, ann: Browser, clock: FixedClock) -> None:
    await room.report(answers=Answers(category=Category.GROOMING, danger=YesNo.NO))
    clock.advance(timedelta(minutes=30))
    assert "in 30 min" in _words(await ann.get("/"))
    clock.advance(timedelta(minutes=40))
    page = _words(await ann.get("/"))
    assert "10 min overdue" in page
    assert "1 overdue." in page


async def test_who_read_a_report_and_what_came_after_is_shown(
    room: DeskRoom, ann: Browser, clock: FixedClock
) -> None:
    made = await room.report()
    await ann.look(made.id)
    assert "Read by Ann Lee" in _words(await ann.get("/"))
    clock.advance(timedelta(minutes=1))
    await room.add(made, Answers(own_words="and one more thing that happened"))
    assert "Added to since it was read" in _words(await ann.get("/"))
    clock.advance(timedelta(minutes=1))
    await ann.look(made.id)
    assert "Added to since it was read" not in _words(await ann.get("/"))


async def test_the_rows_alone_are_those_of_the_page(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    rows = await ann.get("/queue/rows")
    assert f'data-report="{made.id}"' in rows
    assert "<html" not in rows
    assert 'data-waiting="1"' in rows


async def test_a_long_queue_is_read_page_by_page_without_losing_one(room: DeskRoom, ann: Browser) -> None:
    made = {str((await room.report(triaged=False)).id) for _ in range(103)}
    first = await ann.get("/")
    following = re.search(r'href="(/\?after=[^"]+)"', first)
    assert following is not None
    second = await ann.get(html.unescape(following[1]))
    pages = [set(re.findall(r'data-report="([^"]+)"', page)) for page in (first, second)]
    assert len(pages[0]) == 100
    assert pages[0] | pages[1] == made
    assert "(100+)" in first


async def test_a_made_up_place_in_the_queue_is_a_clear_error(ann: Browser) -> None:
    await ann.get("/?after=nonsense")
    assert ann.status == 400


# A case


async def test_nothing_of_what_was_said_is_shown_before_somebody_presses(
    room: DeskRoom, ann: Browser
) -> None:
    answers = Answers(own_words="canary own words", about="canary about", contact="canary contact")
    made = await room.report(answers=answers, said=_said("canary said"))
    page = await ann.get(f"/case/{made.id}")
    assert "canary" not in page
    assert made.reference not in page
    assert "What was said is covered" in page
    assert await _looks(room) == 0


async def test_a_press_shows_it_and_is_recorded_once(room: DeskRoom, ann: Browser) -> None:
    answers = Answers(
        category=Category.SEXUAL_EXTORTION,
        own_words="he wants money",
        about="silver_fox",
        who=Who.FRIEND,
        age=AgeBand.THIRTEEN_TO_FIFTEEN,
        danger=YesNo.NOT_SURE,
        runs_place=YesNo.NO,
    )
    made = await room.report(answers=answers, said=_said("pay me by tonight"))
    page = _words(await ann.look(made.id))
    for told in ("A friend of the reporter", "13 to 15", "Not sure", "he wants money", "pay me by tonight"):
        assert told in page
    assert made.reference in page
    assert "Reported silver_fox 42" in page
    assert "Edited 4 Mar 2026, 05:07:07 UTC" in page
    assert "Read at the press, 4 Mar 2026, 05:09:07 UTC" in page
    assert "IMG_1[.]jpg image/jpeg · 284 KB" in page
    assert "Matches what was sealed when it was sent." in page
    assert await _looks(room) == 1


async def test_the_first_look_says_that_the_reporter_is_told_and_the_next_does_not(
    room: DeskRoom, ann: Browser
) -> None:
    made = await room.report()
    assert "The reporter is then told" in await ann.get(f"/case/{made.id}")
    assert "The reporter is told that it was read." in await ann.look(made.id)
    assert "The reporter is then told" not in await ann.get(f"/case/{made.id}")
    assert "The reporter is told that it was read." not in await ann.look(made.id)


async def test_covering_again_shows_the_covered_page(room: DeskRoom, ann: Browser) -> None:
    made = await room.report(answers=Answers(own_words="canary own words"))
    opened = await ann.look(made.id)
    assert f'<a class="button" href="/case/{made.id}" data-cover' in opened
    assert "canary" not in await ann.get(f"/case/{made.id}")


async def test_the_name_is_shown_only_after_a_yes(room: DeskRoom, ann: Browser) -> None:
    silent = await room.report(answers=Answers(team_may_know_name=False))
    willing = await room.report(answers=Answers(team_may_know_name=True))
    assert "<dt>Name</dt>" not in await ann.look(silent.id)
    page = await ann.look(willing.id)
    assert "<dt>Name</dt>" in page


async def test_unanswered_choices_read_as_the_careful_ones(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    page = _words(await ann.look(made.id))
    assert "Others use their phone Not answered. Treat as yes, push nothing" in page
    assert "Team may know their name Not answered. Treat as no" in page


async def test_what_was_added_is_shown_in_its_order(room: DeskRoom, ann: Browser) -> None:
    made = await room.report(answers=Answers(own_words="one"))
    await room.add(made, Answers(own_words="one and two"))
    page = _words(await ann.look(made.id))
    assert "Added later" in page
    assert "one and two" in page


async def test_a_part_that_cannot_be_opened_is_said_and_the_rest_is_shown(
    room: DeskRoom, ann: Browser
) -> None:
    made = await room.report(said=_said("canary said"), answers=Answers(own_words="readable words"))
    await room.ledger.transact(
        lambda conn: conn.execute(sa.update(parts).where(parts.c.kind == "reported").values(sealed=b"broken"))
    )
    page = _words(await ann.look(made.id))
    assert "What could not be opened" in page
    assert "Reported message: Damaged, or not sealed by Lifebelt" in page
    assert "readable words" in page
    assert "canary" not in page


async def test_answers_that_cannot_be_opened_leave_the_conversation_readable(
    room: DeskRoom, ann: Browser
) -> None:
    made = await room.report(said=_said("still readable"), triaged=False)
    await room.ledger.transact(
        lambda conn: conn.execute(sa.update(parts).where(parts.c.kind == "answers").values(sealed=b"broken"))
    )
    await room.service.triage.run_once()
    assert "A part cannot be opened" in _words(await ann.get("/"))
    page = _words(await ann.look(made.id))
    assert "Answers: Damaged" in page
    assert "still readable" in page


async def test_a_mismatch_with_the_manifest_is_said_loudly(room: DeskRoom, ann: Browser) -> None:
    true = await room.report(said=_said("as it was"))
    assert "<strong>Does not match" not in await ann.look(true.id)
    lying = MadeReport(room.new_id, [room.keys.current.public], now=START, said=_said("swapped"))
    digests = dict.fromkeys(lying.facts.evidence_digests, "0" * 64)
    await room.receive(lying.delivery(msgspec.structs.replace(lying.facts, evidence_digests=digests)))
    page = await ann.look(lying.id)
    assert "<strong>Does not match what was sealed when it was sent. Do not rely on it.</strong>" in page


async def test_a_report_of_another_desk_or_standing_is_not_there(room: DeskRoom, ann: Browser) -> None:
    other = await room.report(standing=Standing.SPECIALIST, triaged=False)
    await ann.get(f"/case/{other.id}")
    assert ann.status == 404
    await ann.get("/help")
    await ann.get("/people")
    await ann.post(f"/case/{other.id}")
    assert ann.status == 404
    assert await _looks(room) == 0


# Hostile words


async def test_hostile_words_are_only_words_on_every_page(room: DeskRoom, ann: Browser) -> None:
    file = Attachment(name=HOSTILE, media_type=HOSTILE, platform_id=HOSTILE, url=HOSTILE, hash=HOSTILE)
    hostile = Message(
        id=HOSTILE,
        author=Author(id=HOSTILE, shown=HOSTILE),
        text=HOSTILE,
        sent_at=None,
        read_at=START,
        read_from=ReadFrom.PAGE,
        reply_to=HOSTILE,
        attachments=(file,),
        reported=True,
    )
    said = Transcript(
        source=Source.SITE,
        platform=HOSTILE,
        channel=HOSTILE,
        origin=HOSTILE,
        messages=(hostile,),
        notes=(HOSTILE,),
    )
    answers = Answers(own_words=HOSTILE, about=HOSTILE, contact=HOSTILE, team_may_know_name=True)
    made = await room.report(answers=answers, said=said)
    await room.add(made, Answers(own_words=HOSTILE * 2))
    pages = [await ann.get("/"), await ann.look(made.id), await ann.get("/trail")]
    for page in pages:
        assert not re.search(
            r"<script(?! src=\"/static/)|<img|<svg|<[a-z]+[^>]*\son[a-z]+=", page, re.IGNORECASE
        )
        assert "\u202e" not in page
        assert "{{7*7}}" in page or page is not pages[1]
    assert pages[1].count("&lt;script&gt;alert(1)") >= 8
    assert "⟦RLO⟧" in pages[1]
    assert pages[1].count('id="') == len(set(re.findall(r'id="([^"]*)"', pages[1])))


async def test_links_in_evidence_are_broken_and_nothing_in_it_can_be_pressed(
    room: DeskRoom, ann: Browser
) -> None:
    made = await room.report(
        said=_said("see https://evil.example/pay and www.evil.example"),
        answers=Answers(own_words="he sent http://evil.example"),
    )
    page = await ann.look(made.id)
    assert "https://evil" not in page
    assert "hxxps://evil[.]example/pay" in page
    assert set(re.findall(r'<a [^>]*href="([^"]+)"', page)) <= {
        "#main", "/", "/duties", "/search", "/rota", "/figures", "/trail", "/people", "/care", "/help",
        "/review", "/exports", f"/case/{made.id}", f"/case/{made.id}/alike",
        f"/trail?of={made.id}",
    }  # fmt: skip
    assert "<img" not in page


async def test_words_from_right_to_left_stand_apart_from_what_is_ours(room: DeskRoom, ann: Browser) -> None:
    made = await room.report(said=_said("שלום", shown="דני"))
    page = await ann.look(made.id)
    assert '<p class="text" dir="auto">שלום</p>' in page
    assert '<bdi class="words" dir="auto">דני</bdi>' in page


# Trail and people


async def test_the_trail_says_who_looked_at_what_when_and_that_it_holds(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    await ann.look(made.id)
    page = _words(await ann.get("/trail"))
    assert f"Ann Lee Opened a report for the first time {made.id}" in page
    assert "The chain holds" in page
    assert "4 Mar 2026, 05:06:07 UTC" in page


async def test_the_trail_of_one_report_shows_only_that(room: DeskRoom, ann: Browser) -> None:
    made, other = await room.report(), await room.report()
    await ann.look(made.id)
    await ann.look(other.id)
    page = await ann.get(f"/trail?of={made.id}")
    assert made.id in page
    assert other.id not in page


async def test_a_trail_that_was_changed_is_said_to_be_broken(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    await ann.look(made.id)
    changed = sa.update(trail).where(trail.c.action == "looked").values(who="Eve")
    await room.ledger.transact(lambda conn: conn.execute(changed))
    page = _words(await ann.get("/trail"))
    assert "The chain is broken at entry" in page
    assert "The chain holds" not in page


async def test_a_long_trail_is_read_page_by_page(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    for _ in range(104):
        await room.service.look(room.scope, made.id, by="Ann Lee")
    page = await ann.get("/trail")
    older = re.search(r'href="(/trail\?before=\d+)"', page)
    assert older is not None
    assert "Made their account" not in page
    assert "Made their account" in await ann.get(older[1])


async def test_odd_questions_to_the_trail_are_answered(ann: Browser) -> None:
    for query in ("before=x", "before=-1", "before=" + "9" * 40, "of=%00", "of=" + "x" * 5000, "before=0"):
        await ann.get(f"/trail?{query}")
        assert ann.status == 200


async def test_a_colleague_joins_by_a_link_that_works_once(room: DeskRoom, ann: Browser) -> None:
    await ann.get("/people")
    page = await ann.post("/people/invite", {"role-specialist": "1"})
    link = re.search(r"/join/[0-9A-Za-z_-]+", page)
    assert link is not None
    assert link[0] not in await ann.get("/people")
    async with browser(room) as tom:
        await tom.get(link[0])
        await tom.post(link[0], {"name": "Tom", "password": PASSWORD, "again": PASSWORD})
        assert tom.path == "/"
        await tom.get(link[0])
        assert tom.status == 410
    page = _words(await ann.get("/people"))
    assert "Tom Specialist Invited by Ann Lee" in page


async def test_an_admin_gives_a_colleague_roles_and_nobody_their_own(room: DeskRoom, ann: Browser) -> None:
    await room.person("Tom", Role.SPECIALIST)
    me, tom = await room.staff.everyone()
    await ann.get("/people")
    page = _words(await ann.post("/people/roles", {"person": tom.id, "role-auditor": "1"}))
    assert "Tom Auditor Invited by" in page
    async with browser(room) as his:
        await his.sign_in("Tom")
        assert his.path == "/trail"
        await his.get("/people")
        assert "/people/invite" not in his.text
    await ann.get("/people")
    assert "given by a colleague" in await ann.post("/people/roles", {"person": me.id, "role-auditor": "1"})
    await ann.get("/people")
    assert "at least one role" in await ann.post("/people/roles", {"person": tom.id})


async def test_a_faulty_account_form_keeps_the_name_and_says_what_to_mend(
    room: DeskRoom, stranger: Browser
) -> None:
    link = f"/join/{await room.staff.invite('Ann Lee')}"
    await stranger.get(link)
    page = await stranger.post(link, {"name": "Tom", "password": "short", "again": "short"})
    assert stranger.status == 400
    assert "at least 15 characters" in page
    assert 'value="Tom"' in page
    page = await stranger.post(link, {"name": "Tom", "password": PASSWORD, "again": PASSWORD + "."})
    assert "not the same" in page
    await stranger.post(link, {"name": "Tom", "password": PASSWORD, "again": PASSWORD})
    assert stranger.path == "/"


async def test_taking_access_away_signs_a_colleague_out_at_once(room: DeskRoom, ann: Browser) -> None:
    await room.person("Tom")
    async with browser(room) as tom:
        await tom.sign_in("Tom")
        await ann.get("/people")
        person = re.search(r'name="person" value="([^"]+)"', ann.text)
        assert person is not None
        await ann.post("/people/end", {"person": person[1]})
        assert ann.path == "/people"
        await tom.get("/")
        assert tom.path == "/sign-in"
        assert "do not match" in await tom.sign_in("Tom")


async def test_changing_the_password_keeps_this_browser_and_ends_the_others(
    room: DeskRoom, ann: Browser
) -> None:
    async with browser(room) as other:
        await other.sign_in()
        await ann.get("/people")
        fresh = "another four words stand there"
        page = await ann.post("/people/password", {"old": PASSWORD, "new": fresh, "again": fresh})
        assert "Your password is changed." in page
        await other.get("/")
        assert other.path == "/sign-in"
        await other.sign_in("Ann Lee", fresh)
        assert other.path == "/"


async def test_a_hostile_name_is_only_a_name(room: DeskRoom, ann: Browser) -> None:
    await room.person("O'Brien-Smith")
    page = await ann.get("/people")
    assert "O&#39;Brien-Smith" in page
