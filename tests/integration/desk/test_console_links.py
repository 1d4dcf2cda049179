"""Suggestions on the page of a case: joined, taken apart, refused, taken back."""

import html
import re

from core.reports.model import Answers, Category
from core.testing.deliveries import MadeReport
from tests.desk_room import Browser, DeskRoom

WORDS = "he keeps writing to me and to my friends"


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def two(room: DeskRoom) -> tuple[MadeReport, MadeReport]:
    """Reports of one account."""
    answers = Answers(category=Category.BULLYING, own_words=WORDS)
    return await room.report(answers=answers), await room.report(answers=answers)


async def press(who: Browser, made: MadeReport, deed: str, **form: str) -> str:
    await who.get(f"/case/{made.id}")
    return words(await who.post(f"/case/{made.id}/links/{deed}", form))


async def test_a_suggestion_says_why_and_joins_only_when_somebody_says_so(
    room: DeskRoom, ann: Browser
) -> None:
    one, other = await two(room)
    page = words(await ann.get(f"/case/{one.id}"))
    assert "the same account" in page
    assert "Strong" in page
    assert other.id in await ann.get("/")
    joined = await press(ann, one, "confirm", other=other.id)
    assert "Ann Lee joined a report to this case." in joined
    assert other.id not in await ann.get("/")


async def test_what_was_joined_is_taken_apart_again(room: DeskRoom, ann: Browser) -> None:
    one, other = await two(room)
    await press(ann, one, "confirm", other=other.id)
    page = await ann.get(f"/case/{one.id}")
    found = re.search(r'name="join" value="([^"]+)"', page)
    assert found is not None
    await press(ann, one, "undo", join=found[1])
    assert other.id in await ann.get("/")
    assert "taken apart already" in await press(ann, one, "undo", join=found[1])


async def test_what_was_refused_is_shown_as_refused_and_may_be_taken_back(
    room: DeskRoom, ann: Browser
) -> None:
    one, other = await two(room)
    assert "Not the same as" in await press(ann, one, "refuse", other=other.id)
    assert "Same person: join" not in words(ann.text)
    assert "Same person: join" in await press(ann, one, "take-back", other=other.id)


async def test_what_is_no_case_here_is_refused(room: DeskRoom, ann: Browser) -> None:
    one, _ = await two(room)
    for deed in ("confirm", "refuse", "take-back"):
        assert "no such case here" in await press(ann, one, deed, other="made-up")
    assert "one case already" in await press(ann, one, "confirm", other=one.id)
    await ann.get("/search")
    await ann.post("/case/none/links/confirm", {"other": one.id})
    assert ann.status == 404
