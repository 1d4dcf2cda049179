"""How a screen gets before somebody's eyes: opened, pushed, put in place, behind the answer, or beside it."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from bots.slack import calling, showing
from bots.slack.doors import Door
from core.evidence.parts import PartKind
from core.reports.road import Limits
from tests.slack_server import SlackFault
from tests.unit.bots.slack.slack_room import Room, room

IMPATIENT = Limits(press=0, send=0)
"""Nothing is waited for, so that each write is still under way when the screen is shown."""
OPEN = re.compile(r"views\.open")
PUSH = re.compile(r"views\.push")
UPDATE = re.compile(r"views\.update")
REPLY = re.compile(r"response_url")


@pytest.fixture
async def at() -> AsyncIterator[Room]:
    async with room() as found:
        yield found
        assert found.slack.violations == []


def refused(at: Room, only: re.Pattern[str], why: str = "expired_trigger_id") -> None:
    at.slack.refusal = why
    at.slack.fail(SlackFault.REFUSED, always=True, only=only)


def busy(at: Room, only: re.Pattern[str], seconds: float = 1.0) -> None:
    """The next call of these, and then none for so long."""
    at.slack.retry_after = seconds
    at.slack.fail(SlackFault.BUSY, only=only)


def fine(at: Room) -> None:
    at.slack.fail(SlackFault.FINE)


# A form above a card.


async def test_a_form_opens_above_its_card_and_closes_into_the_next_card(at: Room) -> None:
    shown = await at.alice.report()
    card = shown.person.views[0]
    await shown.press("more")
    assert [view.body["callback_id"] for view in shown.person.views] == ["lb1.first.send", "lb1.more.next"]
    await shown.fill(own_words="he keeps asking")
    assert shown.person.views == [card]
    assert shown.screen == "choices"
    assert shown.last is not None
    assert not shown.last.answer
    assert at.asked("views.open", "views.push", "views.update") == [
        "views.open",
        "views.push",
        "views.update",
    ]


async def test_a_form_that_is_closed_leaves_the_card_under_it_as_it_was(at: Room) -> None:
    shown = await at.alice.report()
    await shown.press("more")
    await shown.close()
    assert (shown.screen, len(shown.person.views)) == ("first", 1)
    await shown.press("send")
    assert shown.code is not None


async def test_where_no_form_fits_above_it_opens_in_the_place_of_the_card(at: Room) -> None:
    shown = await at.alice.report()
    refused(at, PUSH, "push_limit_reached")
    await shown.press("more")
    at.slack.violations.clear()
    assert [shown.screen, len(shown.person.views)] == ["more", 1]
    fine(at)
    await shown.fill(own_words="he keeps asking")
    assert shown.screen == "choices"
    await shown.press("send")
    assert shown.code is not None


async def test_a_form_whose_trigger_came_too_late_opens_in_the_place_of_the_card(at: Room) -> None:
    shown = await at.alice.report()
    refused(at, PUSH)
    await shown.press("more")
    assert shown.screen == "more"


async def test_where_the_card_under_a_form_cannot_be_changed_the_next_one_takes_the_forms_place(
    at: Room,
) -> None:
    shown = await at.alice.report()
    await shown.press("more")
    busy(at, UPDATE, 30)
    await shown.fill(own_words="he keeps asking")
    assert (shown.screen, len(shown.person.views)) == ("choices", 2)
    await shown.press("send")
    assert shown.code is not None
    assert len(await at.reports()) == 1


async def test_a_button_on_a_card_that_stands_above_another_changes_the_one_that_is_seen(at: Room) -> None:
    shown = await at.alice.report()
    await shown.press("more")
    refused(at, UPDATE, "internal_error")
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(showing, "WITHIN_S", 0.3)
        await shown.fill(own_words="he keeps asking")
    fine(at)
    assert (shown.screen, len(shown.person.views)) == ("choices", 2)
    await shown.press("help")
    assert shown.gives_help


async def test_hide_this_hides_all_that_stands_there(at: Room) -> None:
    shown = await at.alice.report()
    await shown.press("more")
    refused(at, UPDATE, "internal_error")
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(showing, "WITHIN_S", 0.3)
        await shown.fill(own_words="he keeps asking")
    fine(at)
    await shown.press("hide")
    assert shown.person.views == []
    await at.settle()
    assert await at.open_screens() == []


# Changed behind the answer.


async def test_where_slack_is_busy_the_card_changes_behind_the_answer(at: Room) -> None:
    shown = await at.alice.report()
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(showing, "WITHIN_S", 0.3)
        busy(at, UPDATE, 0.9)
        await shown.press("help")
    assert shown.answered
    assert shown.screen == "first"
    await at.slack.until(lambda: shown.screen == "help")


async def test_what_would_have_been_shown_does_not_overwrite_what_a_later_press_led_to(at: Room) -> None:
    shown = await at.alice.report()
    busy(at, UPDATE, 3)
    await shown.press("help")
    behind = dict(at.platform._presses._showing._catching_up)
    assert len(behind) == 1
    await shown.press("more")
    await asyncio.wait(behind.values())
    assert all(task.cancelled() for task in behind.values())
    assert at.platform._presses._showing._catching_up == {}
    assert shown.screen == "more"


async def test_what_would_have_been_shown_is_let_go_when_the_view_is_closed(at: Room) -> None:
    shown = await at.alice.report()
    busy(at, UPDATE, 3)
    await shown.press("help")
    await shown.close()
    assert at.platform._presses._showing._catching_up == {}


async def test_a_view_that_is_gone_is_not_followed_and_the_press_is_acknowledged(at: Room) -> None:
    shown = await at.alice.report()
    refused(at, UPDATE, "not_found")
    await shown.press("help")
    assert shown.answered
    assert at.platform._follower._tasks == {}


async def test_a_press_that_changed_nothing_leaves_the_screen_followed_as_before(at: Room) -> None:
    sent = await (await at.alice.report()).press("send")
    await _followed(at)
    await sent.press("add")
    assert sent.screen == "more"
    assert len(at.platform._follower._tasks) == 1


async def _followed(at: Room) -> None:
    """Once what a submit put there is followed."""
    if soon := set(at.platform._presses._showing._catching_up.values()):
        await asyncio.wait(soon)


async def test_a_screen_that_slack_refuses_becomes_help(at: Room) -> None:
    shown = await at.alice.report()
    at.slack.refusal = "fatal_flaw"
    at.slack.fail(SlackFault.REFUSED, only=UPDATE)
    await shown.choose("danger", "no")
    assert shown.gives_help
    assert "Not sent" not in shown.words


async def test_where_slack_refuses_all_a_press_ends_all_the_same(at: Room) -> None:
    shown = await at.alice.report()
    refused(at, UPDATE, "token_revoked")
    await shown.choose("danger", "no")
    assert shown.answered
    assert at.asked("views.update") == ["views.update"] * 2


async def test_what_could_not_be_hidden_now_is_emptied_in_its_time(at: Room) -> None:
    shown = await at.alice.report()
    refused(at, UPDATE, "internal_error")
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(showing, "WITHIN_S", 0.2)
        shown.rename("more", "b.hide")
        await shown.press_named("b.hide")
    fine(at)
    await at.settle()
    assert len(await at.open_screens()) == 1
    await at.later(12 * 60)
    assert await at.emptied() == 1
    assert shown.says("slack-closed")


# Nothing is opened twice.


async def test_a_view_whose_receipt_was_lost_is_opened_once(at: Room) -> None:
    at.slack.fail(SlackFault.LOST, only=OPEN)
    shown = await at.alice.report()
    assert at.asked("views.open") == ["views.open"] * 2
    assert (shown.screen, len(shown.person.views)) == ("first", 1)
    assert shown.messages == []


async def test_a_view_whose_receipt_was_lost_is_emptied_by_our_own_name_of_it(at: Room) -> None:
    at.slack.fail(SlackFault.LOST, only=OPEN)
    shown = await at.alice.report()
    fine(at)
    assert shown.person.view is not None
    (row,) = await at.open_screens()
    assert row.id == Door(external=shown.person.view.body["external_id"]).name
    await at.later(12 * 60)
    assert await at.emptied() == 1
    assert shown.words == "Closed\nThis is closed.\nClose"


async def test_a_form_whose_receipt_was_lost_is_pushed_once(at: Room) -> None:
    shown = await at.alice.report()
    at.slack.fail(SlackFault.LOST, only=PUSH)
    await shown.press("more")
    assert len(shown.person.views) == 2
    assert shown.screen == "more"


async def test_a_view_is_known_by_slacks_name_of_it_once_the_receipt_is_there(at: Room) -> None:
    shown = await at.alice.report()
    assert shown.person.view is not None
    assert [row.id for row in await at.open_screens()] == [Door(view=shown.person.view.id).name]


# Help beside a press.


async def test_a_command_whose_view_did_not_open_is_answered_with_help(at: Room) -> None:
    refused(at, OPEN)
    shown = await at.alice.report()
    assert shown.last is not None
    assert shown.last.answer["response_type"] == "ephemeral"
    (message,) = shown.messages
    assert message.only_for is shown.person
    for words in ("This did not open. Nothing is sent.", "999", "0800 1111", "childline.org.uk", "55"):
        assert words in message.words
    assert at.asked("response_url") == []


async def test_a_shortcut_whose_view_did_not_open_is_answered_at_its_response_url(at: Room) -> None:
    refused(at, OPEN)
    shown = await at.reported()
    assert at.asked("response_url") == ["response_url"]
    (message,) = shown.messages
    assert message.only_for is shown.person
    assert "999" in message.words


async def test_a_shortcut_from_anywhere_has_nowhere_to_be_answered_and_is_acknowledged(at: Room) -> None:
    refused(at, OPEN)
    shown = await at.alice.get_help()
    assert shown.answered
    assert shown.messages == []
    assert at.asked("response_url") == []


async def test_try_again_goes_on_with_the_message_that_was_captured(at: Room) -> None:
    refused(at, OPEN)
    shown = await at.reported("meet me behind the rink")
    fine(at)
    await shown.message_press("report")
    assert shown.screen == "first"
    assert "We saved the message" in shown.words
    await shown.press("send")
    assert len(await at.reports()) == 1
    stored = {head.kind: body for head, body in await at.opened()}
    assert b"meet me behind the rink" in stored[PartKind.REPORTED]


async def test_help_beside_a_press_goes_once_it_led_somewhere(at: Room) -> None:
    refused(at, OPEN)
    shown = await at.reported()
    fine(at)
    await shown.message_press("help")
    assert shown.gives_help
    assert shown.messages == []


async def test_hide_this_takes_away_what_stands_beside_a_press(at: Room) -> None:
    refused(at, OPEN)
    shown = await at.alice.report()
    await shown.message_press("hide")
    assert shown.messages == []
    assert shown.person.views == []


async def test_no_response_url_is_used_more_often_than_slack_allows(at: Room) -> None:
    """Five times; each press on a message has one of its own."""
    refused(at, OPEN)
    shown = await at.reported()
    for _ in range(6):
        await shown.message_press("report")
    assert at.slack.violations == []
    urls = [request.args["url"] for request in at.slack.requests if request.method == "response_url"]
    assert max(map(urls.count, urls)) <= 2


async def test_help_that_could_not_be_put_beside_a_press_at_once_follows_it(at: Room) -> None:
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(showing, "ASIDE_S", 30.0)
        hurried.setattr(calling, "_AGAIN_AFTER_S", (60.0,))  # too late for beside it
        at.slack.refusal = "expired_trigger_id"
        at.slack.fail(SlackFault.REFUSED, always=True, only=OPEN)
        pressed = asyncio.ensure_future(at.reported())
        await at.slack.until(lambda: "views.open" in at.asked())
        at.slack.fail(SlackFault.FAILING, only=REPLY)
        shown = await pressed
    assert shown.answered
    assert len(at.asked("response_url")) == 2
    (message,) = shown.messages
    assert "999" in message.words


# What a press acknowledges.


async def test_a_submit_is_answered_by_the_next_card_in_its_place(at: Room) -> None:
    shown = await at.alice.report()
    await shown.press("send")
    assert shown.last is not None
    assert shown.last.answer["response_action"] == "update"
    assert at.asked("views.update") == []


async def test_hidden_by_a_submit_is_closed_in_its_place() -> None:
    reply = showing.replaced({"type": "modal"})
    assert reply == {"response_action": "update", "view": {"type": "modal"}}


# Kept true.


async def test_what_was_being_stored_becomes_sent_by_itself() -> None:
    async with room(limits=IMPATIENT) as at:
        shown = await at.alice.report()
        at.ledger.hold(on=("append",))
        await at.slack.submit(shown.person)
        assert shown.code is None
        at.ledger.release()
        await at.slack.until(lambda: shown.screen == "sent")
        assert len(await at.reports()) == 1


async def test_what_was_opened_is_told_and_after_five_minutes_unopened_the_numbers_stand_above(
    at: Room,
) -> None:
    shown = await (await at.alice.report()).choose("danger", "yes")
    await at.slack.until(lambda: "Not opened yet" in shown.words)
    await at.later(301)
    await at.slack.until(lambda: "Nobody has opened this yet. Please call now." in shown.words)
    await at.mark(read_at=at.clock.now())
    await at.later(16)
    await at.slack.until(lambda: "Read at" in shown.words)
    assert "Nobody has opened this yet" not in shown.words


async def test_after_it_was_closed_nothing_comes_back(at: Room) -> None:
    shown = await (await at.alice.report()).choose("danger", "yes")
    await shown.press("hide")
    asked = len(at.asked())
    await at.mark(read_at=at.clock.now())
    await at.later(16)
    assert at.platform._follower._tasks == {}
    assert len(at.asked()) == asked
    assert await at.open_screens() == []


async def test_a_change_that_slack_carries_out_long_after_it_was_given_up_overwrites_nothing(
    at: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "TRY_S", 0.05)
    monkeypatch.setattr(showing, "WITHIN_S", 0.1)
    shown = await at.alice.report()
    begun = len([one for one in at.slack.requests if one.method == "views.update"])
    with at.slack.holding(UPDATE):
        await at.slack.press(shown.person, "o.danger.no")
        await at.slack.submit(shown.person)
        assert shown.code is not None
    await at.slack.until(
        lambda: len([one for one in at.slack.requests if one.method == "views.update"]) > begun
    )
    await asyncio.sleep(0)
    assert shown.code is not None


async def test_what_only_we_changed_since_it_was_pressed_on_is_changed_all_the_same(at: Room) -> None:
    shown = await at.alice.report()
    view = shown.person.view
    assert view is not None
    view.hash = "another"
    told = asyncio.ensure_future(shown.press("help"))
    await asyncio.sleep(0)
    view.hash = "a third"
    await told
    assert shown.gives_help
