"""In each chat: a code is looked up, what the desk wrote is read and answered; nobody else sees any of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from core.delivery.model import Fault
from core.delivery.screens import STANDS
from core.delivery.wire import AnswerTo, MessageTold, StatusTold
from core.errors import DestinationDown, LedgerUnavailable
from core.evidence.drafts import draft_id
from core.ids import CommunityId
from core.ledger.road import answers
from core.reports.conversation import Times
from core.testing.destination import RecordingDestination
from core.testing.ledger import WRITES
from tests.chat_whole import CENTRE, ChatChild, ChatWhole
from tests.chats import Chat, each_chat

WROTE = 'We read it. Are <b>you</b> *safe*?\n> @everyone <@1> [x](https://evil.example) it\'s "ok"'
TEXT = "kanarienvogel: my brother knows now"
DOWN = DestinationDown(Fault.UNREACHABLE)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer to a press stands there at once."""
    monkeypatch.setattr("bots.slack.presses.AFTER_ANSWER_S", 0)
    monkeypatch.setattr("bots.slack.showing.AFTER_ANSWER_S", 0)


async def sent(somewhere: ChatWhole, *texts: str) -> tuple[ChatChild, str, RecordingDestination]:
    """A report that arrived, whose desk wrote these; who sent it, with their code."""
    desk = RecordingDestination(somewhere.clock)
    cast("dict[Any, Any]", somewhere.house.destinations)[CENTRE.desk] = desk
    somewhere.house.road.conversation.times = Times(read=30, status=30, send=30)
    child = await somewhere.child().report()
    await child.press("send")
    code, now = child.code, somewhere.clock.now()
    assert code is not None
    to = AnswerTo(
        report=child.report_id,
        draft=draft_id(child.key),
        community=CommunityId(somewhere.community),
        platform=somewhere.NAMED,
        desk=CENTRE.desk,
        standing=CENTRE.standing,
    )
    messages = tuple(
        MessageTold(id=f"m{number}", at=now + timedelta(minutes=number), text=text)
        for number, text in enumerate(texts)
    )
    desk.known[code] = StatusTold(known=True, received_at=now, messages=messages, answer_to=to)
    await somewhere.behind.deliver()
    return child, code, desk


async def told_after_send(somewhere: ChatWhole) -> list[str]:
    found = [(header, msgspec.json.decode(body)) for header, body in await somewhere.opened()]
    return [told["reply"] for header, told in found if header.kind == "supplement"]


async def answer(child: ChatChild, text: str = TEXT) -> None:
    await child.press("answer")
    await child.fill(own_words=text)


@each_chat
async def test_what_the_desk_wrote_is_read_and_answered_and_nobody_else_sees_anything(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child, code, desk = await sent(somewhere, WROTE, "Only if you want to.")
        boss = somewhere.member("boss")
        seen, traces, begun = somewhere.read_by(boss), somewhere.traces(), somewhere.moment()
        await child.my_reports(code)
        assert child.says("told-wrote")
        assert child.words.index("safe") < child.words.index("Only if you want to")
        for markup in ("@everyone", "[x](https", "*safe*", "<@1>", "<b>you"):
            assert markup in child.words.replace("\\", "")
        await desk.until(lambda: len(desk.shown) == 2)
        assert desk.shown == [(code, "m0"), (code, "m1")]
        await child.press("answer")
        assert child.form is not None
        assert "Pictures and files cannot be sent here" in str(child.form)
        assert not child.prefilled
        await child.fill(own_words=TEXT)
        assert child.says("answer-stored")
        assert await told_after_send(somewhere) == [TEXT]
        await child.press("refresh")
        assert child.says("told-wrote")
        assert TEXT not in str(somewhere.said(begun))
        assert somewhere.read_by(boss) == seen
        assert somewhere.traces() == traces
        assert somewhere.direct_messages() == []
        assert {"help", "hide", "answer"} <= child.buttons
        await child.press("hide")
        await somewhere.idle()
        assert child.gone


@each_chat
async def test_an_answer_is_called_sent_only_once_it_is_stored_and_is_stored_once(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child, code, _ = await sent(somewhere, "We read it.")
        await child.my_reports(code)
        somewhere.ledger.fail_with(LedgerUnavailable("full"), on=WRITES)
        await answer(child)
        assert child.says("answer-refused")
        assert child.gives_help
        assert not child.says("answer-stored")
        somewhere.ledger.fail_with(None)
        await child.press("check")
        assert child.says("answer-stored")
        assert await told_after_send(somewhere) == [TEXT]
        await child.press("refresh")
        await answer(child)
        assert await told_after_send(somewhere) == [TEXT, TEXT], "said again in another form"


@each_chat
async def test_what_takes_long_is_still_being_stored_and_after_a_restart_it_is_found(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child, code, _ = await sent(somewhere, "We read it.")
        await child.my_reports(code)
        somewhere.house.road.conversation.times = Times(read=30, send=0.05)
        somewhere.ledger.hold(on=WRITES)
        await answer(child)
        assert child.says("answer-storing")
        assert child.gives_help
        somewhere.ledger.release()
        somewhere.house.road.conversation.times = Times(read=30, status=30, send=30)
        await somewhere.a_moment()
        await somewhere.restarted()
        await child.press("check")
        assert child.says("answer-stored")
        assert await told_after_send(somewhere) == [TEXT]


@each_chat
async def test_with_the_desk_away_help_is_there_and_an_open_form_can_still_be_sent(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child, code, desk = await sent(somewhere, "We read it.")
        await child.my_reports(code)
        desk.fail_with(DOWN)
        other = await somewhere.child("other").my_reports(code)
        assert other.says("told-not-asked")
        assert "answer" not in other.buttons
        await answer(child, " ")
        assert child.says("conversation-no-answer")
        await answer(child)
        assert child.says("answer-stored")
        assert len(await somewhere.rows(answers)) == 1
        await other.press("help")
        assert other.gives_help


@each_chat
async def test_a_long_conversation_is_read_page_by_page_and_each_screen_empties_itself(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        long = "".join(f"{number:04} " for number in range(600))
        child, code, desk = await sent(somewhere, "first", long, "...?!" * 600, "last")
        await child.my_reports(code)
        assert "last" in child.words
        pages = [child.words]
        while "first" not in child.words:
            await child.press("more_messages")
            pages.append(child.words)
        assert sum("0599" in page for page in pages) == 1
        await child.press("more_messages")
        assert "last" in child.words
        await desk.until(lambda: {name for _, name in desk.shown} == {"m0", "m1", "m2", "m3"})
        await child.press("answer")
        await somewhere.noted(2 if somewhere.NAMED == "slack" else 1)
        await somewhere.restarted()
        somewhere.later(STANDS)
        await somewhere.emptied()
        assert somewhere.private_screens() == 0
