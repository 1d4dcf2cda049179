"""Two specialists work cases in their browsers: who has one, notes, the second yes, searching. Real pages."""

import html
import re
from collections.abc import AsyncIterator

import pytest

from core.reports.model import Answers, Category, YesNo
from core.testing.deliveries import MadeReport
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser

WORDS = "he keeps writing to me and to my friends"
CANARY = "zanzibar quokka"


@pytest.fixture
async def tom(room: DeskRoom) -> AsyncIterator[Browser]:
    """Tom, a specialist, signed in."""
    await room.person("Tom", Role.SPECIALIST)
    async with browser(room) as made:
        await made.sign_in("Tom")
        yield made


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def calm(room: DeskRoom) -> MadeReport:
    return await room.report(answers=Answers(category=Category.BULLYING, own_words=WORDS))


async def urgent(room: DeskRoom) -> MadeReport:
    return await room.report(answers=Answers(danger=YesNo.YES, own_words=WORDS), urgent=True)


async def press(who: Browser, made: MadeReport, deed: str, **form: str) -> str:
    """Open the case and press: the page that comes of it."""
    await who.get(f"/case/{made.id}")
    return words(await who.post(f"/case/{made.id}/{deed}", form))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


async def test_one_takes_it_and_the_other_sees_who_has_it_and_who_looks(
    room: DeskRoom, ann: Browser, tom: Browser
) -> None:
    made = await calm(room)
    assert "You have it" in await press(ann, made, "take", holder="")
    seen = words(await tom.get(f"/case/{made.id}"))
    assert "Ann Lee has this open now." in seen
    assert "Take it over" in seen
    assert "Ann Lee has it" in words(await tom.get("/"))


async def test_who_presses_on_an_old_page_is_told_what_has_changed(
    room: DeskRoom, ann: Browser, tom: Browser
) -> None:
    made = await calm(room)
    await tom.get(f"/case/{made.id}")
    await press(ann, made, "take", holder="")
    page = words(await tom.post(f"/case/{made.id}/take", {"holder": ""}))
    assert "A colleague has changed this case meanwhile" in page
    assert "Ann Lee" in page


async def test_a_note_is_kept_read_on_a_page_of_its_own_and_never_in_an_address(
    room: DeskRoom, ann: Browser, tom: Browser
) -> None:
    made = await calm(room)
    page = await press(ann, made, "note", text=CANARY, kind="task")
    assert CANARY not in page
    assert "Read the note" in page
    read = await press(tom, made, "notes/read")
    assert CANARY in read
    assert "Cache-Control" in tom.headers
    await tom.post(f"/case/{made.id}/task", {"task": hidden(tom.text, "task")})
    assert "One task is open" not in words(tom.text)
    assert CANARY not in await ann.get(f"/trail?of={made.id}")


async def test_a_danger_to_life_is_closed_when_a_second_person_agrees(
    room: DeskRoom, ann: Browser, tom: Browser
) -> None:
    made = await urgent(room)
    await press(ann, made, "close", outcome="helped", state="new")
    assert made.id in await ann.get("/")
    await ann.get(f"/case/{made.id}")
    assert "Agree and close" not in ann.text
    page = await tom.get(f"/case/{made.id}")
    assert "Ann Lee asks to close this case" in words(page)
    await tom.post(f"/case/{made.id}/agreement", {"agreement": hidden(page, "agreement"), "answer": "yes"})
    assert "Closed" in words(tom.text)
    assert made.id not in await tom.get("/")


async def test_what_cannot_be_done_says_why_and_changes_nothing(room: DeskRoom, ann: Browser) -> None:
    made = await urgent(room)
    assert "say why" in await press(ann, made, "priority", priority="3", reason=" ")
    assert "Choose how it ended" in await press(ann, made, "close", outcome="made up", state="new")
    assert "works no cases here" in await press(ann, made, "hand-over", to="nobody", holder="")
    assert "nothing to keep" in await press(ann, made, "note", text=" ")
    for form in ({"to": "closed", "state": "new"}, {"to": "odd", "state": "new"}):
        await press(ann, made, "state", **form)
        assert "Nobody has it yet" in words(ann.text)
    await press(ann, made, "priority", priority="nine")
    assert ann.status == 200


async def test_a_lowered_case_stands_lower_in_the_queue(room: DeskRoom, ann: Browser) -> None:
    made, other = await urgent(room), await calm(room)
    await press(ann, made, "priority", priority="3", reason="it was about a game")
    page = await ann.get("/")
    assert page.index(f"/case/{other.id}") < page.index(f"/case/{made.id}")


async def test_a_search_by_reference_finds_the_case_and_leaves_no_trace_of_what_was_typed(
    room: DeskRoom, ann: Browser
) -> None:
    made, other = await calm(room), await calm(room)
    await ann.get("/search")
    page = await ann.post("/search", {"text": made.reference})
    assert f"/case/{made.id}" in page
    assert f"/case/{other.id}" not in page
    assert made.reference not in ann.path
    trail = await ann.get("/trail")
    assert "Searched cases" in trail
    assert made.reference not in trail


async def test_the_notes_of_an_unknown_case_are_none(room: DeskRoom, ann: Browser) -> None:
    await ann.get("/search")
    await ann.post("/case/none/notes/read")
    assert ann.status in {200, 404}
    await ann.get("/search")
    await ann.post("/case/none/take", {"holder": ""})
    assert ann.status == 404
