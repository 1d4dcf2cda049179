"""A young person's whole way through Slack, and what everybody else sees of it: nothing."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.evidence.parts import PartKind
from core.ledger.road import drafts, parts
from tests.slack_child import Child
from tests.slack_server import sees
from tests.slack_whole import HTTP, SOCKET, Whole, whole

each_way = pytest.mark.parametrize("way", [HTTP, SOCKET])


async def stored(at: Whole) -> dict[PartKind, dict[str, Any]]:
    """What the desk can open, by its kind."""
    await at.idle()
    return {head.kind: json.loads(body) for head, body in await at.opened()}


async def sent(at: Whole, child: Child) -> dict[PartKind, dict[str, Any]]:
    """Pressed Send: the code is there, and it reaches the desk once. What the desk can open of it."""
    await child.press("send")
    assert child.code is not None, child.words
    assert await at.stored() == 1
    told = await stored(at)
    await at.behind.deliver()
    assert await at.behind.reports() == [str(child.report_id)]
    return told


def nobody_else_saw(at: Whole, child: Child) -> None:
    assert at.traces() == []
    for other in at.team.people.values():
        if other is not child.person:
            assert not sees(other, "safety team")
            assert not sees(other, "999")


@each_way
async def test_a_message_reported_at_two_in_the_morning_to_sent_and_the_code(
    tmp_path: Path, way: str
) -> None:
    async with whole(tmp_path, way=way) as at:
        bob, child = at.member("bob"), at.child()
        await at.says(bob, "hello alice")
        said = await at.says(bob, "send me another one, alice, or everybody sees it")
        await child.report_message(said)
        await at.idle()
        await at.deletes(bob, said)
        assert child.says("first-lead")
        assert "Nobody is there right now" in child.words
        assert "We saved the message" in child.words
        await child.choose("category", "sexual_extortion")
        told = await stored(at)
        assert (
            told[PartKind.REPORTED]["messages"][0]["text"]
            == "send me another one, reporter, or everybody sees it"
        )
        around = [each["text"] for each in told[PartKind.CONTEXT]["messages"]]
        assert around == ["hello reporter", "send me another one, reporter, or everybody sees it"]
        await child.press("send")
        for words in ("999", "0800 1111", "Don't pay", "not your fault"):
            assert words in child.words
        told = await stored(at)
        assert told[PartKind.ANSWERS]["answers"]["category"] == "sexual_extortion"
        await at.behind.deliver()
        assert await at.behind.reports() == [str(child.report_id)]
        nobody_else_saw(at, child)


@each_way
async def test_a_guest_without_commands_does_everything_from_the_page_of_the_app(
    tmp_path: Path, way: str
) -> None:
    async with whole(tmp_path, way=way) as at:
        child = at.child_of(at.member("guest", is_restricted=True))
        await child.home_press("report")
        await child.choose("danger", "yes")
        assert child.gives_help
        assert child.says("has-it-urgent")
        code = child.code
        assert code is not None
        await child.close()
        await at.behind.deliver()
        await at.behind.fetch()
        await child.my_reports(code)
        assert child.says("told-received")
        await child.press("help")
        assert child.gives_help
        await child.close()
        await child.home_press("advice")
        assert child.says("advice-lead")
        nobody_else_saw(at, child)


async def test_who_writes_to_the_app_gets_the_button_and_what_they_wrote_goes_with_the_report(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as at:
        child = at.child()
        await child.write_to_app("he says he will come to my school")
        (answer,) = at.direct_messages()
        assert "school" not in answer
        assert "report" not in answer.lower()
        await child.message_press("report")
        assert child.says("saves-last")
        told = await sent(at, child)
        assert "he says he will come to my school" in {
            each["text"] for each in told[PartKind.CONTEXT]["messages"]
        }
        nobody_else_saw(at, child)


async def test_from_advice_to_a_report(tmp_path: Path) -> None:
    async with whole(tmp_path) as at:
        child = await at.child().advice()
        assert child.says("advice-lead")
        await child.press("back")
        assert child.says("first-lead")
        await sent(at, child)
        nobody_else_saw(at, child)


async def test_everything_told_first_and_more_told_afterwards(tmp_path: Path) -> None:
    async with whole(tmp_path) as at:
        child = await at.child().report()
        await child.tell(own_words="he wants to meet", about="robin_77", who="me", age="13_15")
        assert child.form is None
        await child.choose("team_may_know_name", "yes")
        await child.choose("others_use_phone", "no")
        told = await sent(at, child)
        assert told[PartKind.ANSWERS]["answers"]["own_words"] == "he wants to meet"
        await child.tell(own_words="he knows where I live")
        await child.press("send")
        assert child.says("sent-added")
        assert "he knows where I live" in str(await stored(at))
        assert "robin_77" not in child.words
        nobody_else_saw(at, child)


async def test_a_form_opened_before_a_restart_is_answered_after_it(tmp_path: Path) -> None:
    async with whole(tmp_path) as at:
        child = await at.child().report()
        await child.press("more")
        await at.restarted()
        await child.fill(own_words="he wants to meet")
        assert child.form is None
        told = await sent(at, child)
        assert told[PartKind.ANSWERS]["answers"]["own_words"] == "he wants to meet"


async def test_what_is_said_in_a_thread_is_kept_as_the_thread(tmp_path: Path) -> None:
    async with whole(tmp_path) as at:
        bob, child = at.member("bob"), at.child()
        await at.says(bob, "something else")
        root = await at.says(bob, "who comes to the park")
        replies = [
            at.slack.post(bob, at.channel, words, thread_ts=root.ts)
            for words in ("me", "come alone alice", "you hear me")
        ]
        await child.report_message(replies[1])
        told = await sent(at, child)
        (reported,) = told[PartKind.REPORTED]["messages"]
        assert (reported["text"], reported["reply_to"]) == ("come alone reporter", root.ts)
        said = [each["text"] for each in told[PartKind.CONTEXT]["messages"]]
        assert "me" in said
        assert "you hear me" in said
        assert "something else" not in said


async def test_where_the_app_was_not_let_in_the_message_is_whole_and_the_screen_says_so(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as at:
        bob, child = at.member("bob"), at.child()
        secret = at.team.channel("secret", kind="private", members=[bob, child.person], with_app=False)
        said = at.slack.post(bob, secret, "tell nobody")
        await child.report_message(said)
        assert child.says("not-let-in")
        assert not child.says("saves-around")
        await child.choose("danger", "no")
        assert child.says("not-let-in")
        told = await sent(at, child)
        assert told[PartKind.REPORTED]["messages"][0]["text"] == "tell nobody"
        assert PartKind.CONTEXT not in told


async def test_between_two_people_nobody_is_asked_to_let_the_app_in(tmp_path: Path) -> None:
    async with whole(tmp_path) as at:
        bob, child = at.member("bob"), at.child()
        private = at.team.channel("dm", kind="im", members=[bob, child.person], with_app=False)
        said = at.slack.post(bob, private, "send me a picture")
        await child.report_message(said)
        assert not child.says("not-let-in")
        told = await sent(at, child)
        assert told[PartKind.REPORTED]["messages"][0]["text"] == "send me a picture"


async def test_in_a_workspace_that_nobody_named_there_is_help_and_nothing_is_read_or_stored(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path, communities={}) as at:
        said = await at.says(at.member("bob"), "come here")
        child = await at.child().report_message(said)
        assert "Where to report" in child.words
        await child.press("help")
        assert "local emergency number" in child.words
        await at.idle()
        assert await at.rows(parts) == await at.rows(drafts) == []
        asked = {one.method for one in at.slack.requests}
        assert asked <= {"auth.test", "views.open", "views.update"}


async def test_the_first_screen_says_who_controls_the_app_whatever_is_set(tmp_path: Path) -> None:
    async with whole(tmp_path) as at:
        child = await at.child().report()
        assert (
            f"Whoever runs {at.house.settings.communities[at.team.id].name} runs this app here" in child.words
        )


async def test_the_open_modal_tells_that_it_was_read_and_after_five_minutes_unread_whom_to_call(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as at:
        child = await at.child().report()
        await child.choose("danger", "yes")
        at.later(timedelta(minutes=6))
        await at.house.signals.wake("news")
        await at.until(lambda: child.says("told-unread"))
        await at.behind.deliver()
        await at.behind.fetch()
        await at.behind.look(str(child.report_id))
        await at.behind.fetch()
        await at.house.signals.wake("news")
        await at.until(lambda: child.says("told-read"))
