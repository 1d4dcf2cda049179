"""Promise 5. The reported message is committed before the first question is answered.

What is deleted or changed afterwards is still there as it was.
"""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from core.evidence.parts import PartKind
from core.ledger.road import drafts, parts
from core.ledger.schema import ROAD
from core.reports.retention import sweep
from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.everything_down import Whole, whole
from tests.program import ANSWERS, Browser, Program, until_there
from tests.web_pages import Child
from tests.web_room import CLUB

SAID = "come to a private chat, don't tell anyone"


def conversation(text: str = SAID, *, around: int = 0) -> list[dict[str, Any]]:
    reported = {
        "id": "m1",
        "author": {"id": "u7", "name": "Robin"},
        "text": text,
        "sentAt": "2026-11-21T20:00:00Z",
        "reported": True,
    }
    others = [
        {"id": f"o{number}", "author": {"id": "u8", "name": "Alex"}, "text": f"message {number}"}
        for number in range(around)
    ]
    return [*others, reported]


async def captured(browser: Browser, messages: list[dict[str, Any]]) -> str:
    """The page hands its conversation over before anything is answered; the draft's key."""
    first = await browser.get()
    status, answer = await browser.hand_over(first.key, messages, browser.origin)
    assert status == 200, answer
    return first.key


async def test_it_lies_in_the_ledger_before_the_first_question_is_answered(
    up: Program, browser: Browser
) -> None:
    await captured(browser, conversation())
    assert [row.kind for row in await up.rows(ROAD, parts)] == ["reported"]


async def test_deleted_between_press_and_answer_it_reaches_the_desk_as_it_was(
    up: Program, browser: Browser
) -> None:
    key = await captured(browser, conversation())
    # The page now has nothing left to hand over: the message is gone from the room, and the person answers.
    await browser.hand_over(key, [], browser.origin)
    sent = await browser.post("/report/practice", send(key))
    assert sent.reference is not None
    (report,) = await until_there(up, DESK, desk_reports)
    assert await up.stop() == 0
    opened = await up.look(report.id)
    (reported,) = [message for message in opened.transcripts[0].transcript.messages if message.reported]
    assert (reported.text, reported.author.shown) == (SAID, "Robin")
    assert opened.missing == ()


async def test_edited_between_press_and_answer_the_first_words_stand(up: Program, browser: Browser) -> None:
    key = await captured(browser, conversation())
    await browser.hand_over(key, conversation("hi, how was school?"), browser.origin)
    await browser.post("/report/practice", send(key))
    (report,) = await until_there(up, DESK, desk_reports)
    assert await up.stop() == 0
    (found,) = (await up.look(report.id)).transcripts
    assert [message.text for message in found.transcript.messages] == [SAID]
    assert found.check == "matches"


async def test_of_a_long_conversation_ten_before_are_kept_and_the_rest_is_counted(
    up: Program, browser: Browser
) -> None:
    key = await captured(browser, conversation(around=300))
    await browser.post("/report/practice", send(key))
    (report,) = await until_there(up, DESK, desk_reports)
    assert await up.stop() == 0
    (found,) = (await up.look(report.id)).transcripts
    assert len(found.transcript.messages) == 11
    assert found.transcript.left_out_before == 290


def send(key: str) -> dict[str, str]:
    answers = {f"answer.{name}": value for name, value in ANSWERS.items()}
    return {"key": key, "screen": "first", "button": "send"} | answers


# Deleted and edited at each moment, on the real road.


class Moment(StrEnum):
    """When the message is deleted or edited in the room that it was pressed in."""

    BEFORE_THE_FIRST_SCREEN = "before the first screen is shown"
    BETWEEN_TWO_SCREENS = "between two screens"
    AFTER_SEND = "after Send, before the delivery"
    AFTER_DELIVERY = "after the delivery"


@pytest.mark.parametrize("now", [[], conversation("hi, how was school?")], ids=["deleted", "edited"])
@pytest.mark.parametrize("moment", Moment)
async def test_whenever_it_is_deleted_or_edited_the_desk_reads_what_was_pressed_on(
    tmp_path: Path, moment: Moment, now: list[dict[str, Any]]
) -> None:
    """The page hands over whatever it then has, at once and as a late part, as its script would."""
    async with whole(tmp_path) as somewhere:
        child = somewhere.child()
        key = await pressed(child)
        if moment is Moment.BEFORE_THE_FIRST_SCREEN:
            await handed_over_again(somewhere, key, now)
        await child.press("more", category="grooming", runs_place="no")
        if moment is Moment.BETWEEN_TWO_SCREENS:
            await handed_over_again(somewhere, key, now)
        await child.press("next", own_words="please help")
        await child.press("send")
        if moment is Moment.AFTER_SEND:
            await handed_over_again(somewhere, key, now)
        assert await somewhere.behind.deliver() >= 1
        if moment is Moment.AFTER_DELIVERY:
            await handed_over_again(somewhere, key, now)
            await somewhere.behind.deliver()
        (report,) = await somewhere.behind.reports()
        opened = await somewhere.behind.look(report)
        (reported,) = [found for found in opened.transcripts if found.kind is PartKind.REPORTED]
        assert [message.text for message in reported.transcript.messages] == [SAID]
        assert reported.check == "matches"
        assert (opened.missing, opened.cannot_open) == ((), ())


async def test_surroundings_that_come_when_the_message_is_gone_are_kept_beside_it(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        child = somewhere.child()
        key = await pressed(child)
        await child.press("send")
        left = [message for message in conversation(around=3) if message["id"] != "m1"]
        assert (await somewhere.child().hand_over(told(key, left, late=True))).page.html == '{"stored": true}'
        await somewhere.behind.deliver()
        (report,) = await somewhere.behind.reports()
        assert await somewhere.behind.parts(report) == ["answers", "context", "reported"]
        texts = [
            message.text
            for found in (await somewhere.behind.look(report)).transcripts
            for message in found.transcript.messages
        ]
        assert sorted(texts) == sorted([SAID, *(f"message {number}" for number in range(3))])


async def test_what_was_never_sent_waits_at_most_a_day_and_is_never_delivered(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        await pressed(somewhere.child())
        assert await somewhere.behind.deliver() == 0
        assert await somewhere.home.count(parts) == 1
        somewhere.home.clock.advance(timedelta(hours=25))
        await sweep(somewhere.home.ledger)
        assert await somewhere.home.count(parts) == await somewhere.home.count(drafts) == 0


async def pressed(child: Child) -> str:
    """The page hands its conversation over at the press; the key of what was then committed."""
    await child.look()
    key = child.page.hidden()["key"]
    await child.hand_over(told(key, conversation()))
    assert child.page.all("form", id="dialogue", **{"data-stored": "yes"})
    return key


async def handed_over_again(somewhere: Whole, key: str, now: list[dict[str, Any]]) -> None:
    for late in (False, True):
        await somewhere.child().hand_over(told(key, now, late=late))


def told(key: str, messages: list[dict[str, Any]], *, late: bool = False) -> dict[str, Any]:
    return {"key": key, "origin": CLUB, "late": late, "conversation": {"messages": messages}}
