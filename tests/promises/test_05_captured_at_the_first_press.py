"""Promise 5. The reported message is committed before the first question is answered.

What is deleted or changed afterwards is still there as it was.
"""

from typing import Any

from core.ledger.road import parts
from core.ledger.schema import ROAD
from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.program import ANSWERS, Browser, Program, until_there

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
