"""A press, in its order: captured, committed, shown, acknowledged; and only then what stands around it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from unittest import mock

import pytest

from bots.slack import inbound, looking
from core.chat.claims import LedgerClaims
from core.chat.memory import Memory
from core.delivery.screens import LAST
from core.errors import LedgerUnavailable
from core.evidence.parts import PartKind
from core.reports.lookups import LookUps
from core.reports.model import YesNo
from tests.slack_child import Child
from tests.slack_payloads import elements
from tests.slack_server import SlackFault
from tests.unit.bots.slack.slack_room import Room, room

GONE = LedgerUnavailable("no disk")
NOBODYS = "LB-0000-0000-0000-0"


@pytest.fixture
async def at() -> AsyncIterator[Room]:
    async with room() as found:
        yield found
        assert found.slack.violations == []


async def evidence(at: Room) -> dict[PartKind, dict[str, Any]]:
    """Every transcript that was stored, by its kind."""
    kinds = {PartKind.REPORTED, PartKind.CONTEXT}
    return {head.kind: json.loads(body) for head, body in await at.opened() if head.kind in kinds}


async def answers(at: Room) -> dict[str, Any]:
    found = next(json.loads(body) for head, body in await at.opened() if head.kind == PartKind.ANSWERS)
    return dict(found["answers"])


# The sequence.


async def test_what_was_pressed_on_is_committed_before_the_view_and_its_surroundings_after(at: Room) -> None:
    at.ledger.hold(on=("append",))
    press = asyncio.ensure_future(at.reported())
    await at.ledger.arrived.wait()
    assert "views.open" not in at.asked()
    at.ledger.release()
    await press
    assert at.asked("views.open", "conversations.history") == ["views.open", "conversations.history"]
    assert await at.kinds() == [PartKind.REPORTED, PartKind.CONTEXT]


async def test_what_was_deleted_or_edited_meanwhile_is_there_as_it_was_pressed_on(at: Room) -> None:
    said = at.slack.post(at.bob, at.channel, "come alone")
    await at.alice.report_message(said)
    at.slack.edit(said, "come with friends")
    at.slack.delete(said)
    await at.alice.press("send")
    assert (await evidence(at))[PartKind.REPORTED]["messages"][0]["text"] == "come alone"


async def test_a_plain_report_stores_what_was_said_last_and_nothing_by_looking(at: Room) -> None:
    at.slack.post(at.bob, at.channel, "show me a picture")
    shown = await at.alice.report()
    assert await at.reports() == []
    await shown.choose("danger", "yes")
    stored = await evidence(at)
    assert list(stored) == [PartKind.CONTEXT]
    assert stored[PartKind.CONTEXT]["messages"][0]["text"] == "show me a picture"


async def test_a_report_from_anywhere_reads_nothing(at: Room) -> None:
    at.slack.post(at.bob, at.channel, "show me a picture")
    shown = await at.alice.get_help()
    await shown.press("send")
    assert at.asked("conversations.history", "conversations.info") == []
    assert len(await at.reports()) == 1


async def test_what_stands_around_is_what_was_said_before_it_by_name(at: Room) -> None:
    for number in range(3):
        at.slack.post(at.bob, at.channel, f"line {number}")
    await at.reported("the worst")
    messages = (await evidence(at))[PartKind.CONTEXT]["messages"]
    assert [each["text"] for each in messages] == ["line 0", "line 1", "line 2", "the worst"]
    assert {each["author"]["shown"] for each in messages} == {"Bob (bob)"}


async def test_of_a_reply_the_thread_is_read(at: Room) -> None:
    root = at.slack.post(at.bob, at.channel, "the root")
    reply = at.slack.post(at.bob, at.channel, "the reply", thread_ts=root.ts)
    await at.alice.report_message(reply)
    assert at.asked("conversations.history", "conversations.replies") == ["conversations.replies"]
    messages = (await evidence(at))[PartKind.CONTEXT]["messages"]
    assert [each["text"] for each in messages] == ["the root", "the reply"]


async def test_every_name_of_whoever_presses_is_reporter_in_what_stands_around(at: Room) -> None:
    at.alice.person.display_name, at.alice.person.real_name = "Ali the Great", "Alice Liddell"
    for name in ("alice", "Ali the Great", "Alice Liddell", f"<@{at.alice.person.id}>"):
        at.slack.post(at.bob, at.channel, f"hey {name}, look")
    await at.alice.report()
    await at.alice.press("send")
    texts = [each["text"] for each in (await evidence(at))[PartKind.CONTEXT]["messages"]]
    assert texts == ["hey reporter, look"] * 4


async def test_a_picture_in_a_message_is_named_and_never_asked_for(at: Room) -> None:
    file = {**at.slack.file("holiday.png"), "thumb_64": str(at.slack.url / "thumb.png")}
    said = at.slack.post(at.bob, at.channel, "look", files=[file])
    await at.alice.report_message(said)
    (kept,) = (await evidence(at))[PartKind.REPORTED]["messages"][0]["attachments"]
    assert kept["name"] == "holiday.png"
    assert "thumb.png" not in str(await evidence(at))
    assert at.slack.elsewhere == []


# Where the app is not, and where Slack gives little.


async def test_in_a_channel_without_the_app_the_message_comes_with_the_press_and_nothing_is_read(
    at: Room,
) -> None:
    other = at.team.channel("elsewhere", members=[at.alice.person, at.bob], with_app=False)
    said = at.slack.post(at.bob, other, "come alone")
    shown = await at.alice.report_message(said)
    assert shown.says("not-let-in")
    await shown.press("send")
    assert at.asked("conversations.history") == []
    assert await at.kinds() == [PartKind.REPORTED]
    assert shown.messages == []


@pytest.mark.parametrize("kind", ["private", "mpim", "im"])
async def test_where_the_app_cannot_see_a_report_is_as_good_as_the_press(at: Room, kind: str) -> None:
    other = at.team.channel("mpdm-a--b-1", kind, [at.alice.person, at.bob], with_app=False)
    said = at.slack.post(at.bob, other, "come alone")
    shown = await at.alice.report_message(said)
    await shown.press("send")
    assert at.asked("conversations.history") == []
    assert (await evidence(at))[PartKind.REPORTED]["messages"][0]["text"] == "come alone"
    assert shown.says("not-let-in") is False
    assert len(await at.reports()) == 1


async def test_an_app_that_slack_gives_fifteen_a_minute_needs_no_second_look(at: Room) -> None:
    at.slack.policy = "limited"
    for number in range(30):
        at.slack.post(at.bob, at.channel, f"line {number}")
    await at.reported("the worst")
    assert at.asked("conversations.history") == ["conversations.history"]
    texts = [each["text"] for each in (await evidence(at))[PartKind.CONTEXT]["messages"]]
    assert texts[-1] == "the worst"
    assert len(texts) == 11


async def test_who_reports_while_slack_gives_no_more_is_shown_sent_and_not_held_up(at: Room) -> None:
    at.slack.policy = "limited"
    await at.reported("the first")
    carol = at.child("carol")
    carol.over = _acked_only
    said = at.slack.post(at.bob, at.channel, "the second")
    await carol.report_message(said)
    await carol.press("send")
    assert carol.code is not None
    assert len(await at.reports()) == 1
    assert len(at.asked("conversations.history")) <= 2


async def _acked_only(_pressed: object) -> None:
    """What is read around waits a minute for its turn."""


@pytest.mark.parametrize("method", ["conversations.history", "conversations.info", "users.info"])
async def test_where_slack_does_not_say_what_it_is_asked_a_report_is_still_a_report(
    at: Room, method: str
) -> None:
    at.slack.refusal = "missing_scope"
    at.slack.fail(SlackFault.REFUSED, always=True, only=re.compile(re.escape(method)))
    shown = await at.reported()
    await shown.press("send")
    at.slack.violations.clear()
    assert shown.code is not None
    assert PartKind.REPORTED in await at.kinds()


async def test_in_a_workspace_that_nobody_named_there_is_help_and_nothing_is_asked_read_or_stored() -> None:
    async with room(named=False) as at:
        shown = await at.reported()
        assert shown.screen == "hand_off"
        await shown.press("help")
        assert shown.screen == "help"
        assert set(at.asked()) == {"views.open", "views.update"}
        assert await evidence(at) == {}
        assert at.slack.violations == []


# Who runs the place: the school's desk is run by the community, the Centre is its second.


async def desks_of(at: Room, author: Any) -> set[str]:
    shown = await at.alice.report_message(at.slack.post(author, at.channel, "you tell nobody"))
    await shown.choose("danger", "yes")
    return {row.desk for row in await at.reports()}


async def test_a_message_of_a_member_goes_to_the_desk_of_the_community() -> None:
    async with room(desk="school") as at:
        assert await desks_of(at, at.bob) == {"school"}


@pytest.mark.parametrize("flag", ["is_admin", "is_owner", "is_primary_owner"])
async def test_a_message_of_who_runs_the_workspace_never_goes_to_a_desk_they_run(flag: str) -> None:
    async with room(desk="school") as at:
        assert await desks_of(at, at.team.person("max", **{flag: True})) == {"centre"}


async def test_where_slack_does_not_say_in_time_the_second_desk_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with room(desk="school") as at:
        monkeypatch.setattr(looking, "PEOPLE_S", 0)
        monkeypatch.setattr("bots.slack.presses.LOOKED_AGAIN_S", 0)
        assert await desks_of(at, at.bob) == {"centre"}


async def test_what_slack_says_only_behind_the_answer_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    async with room(desk="school") as at:
        monkeypatch.setattr(looking, "PEOPLE_S", 0)
        assert await desks_of(at, at.bob) == {"school"}


async def test_a_message_of_an_app_goes_to_the_desk_of_the_community() -> None:
    async with room(desk="school") as at:
        assert await desks_of(at, at.team.bot) == {"school"}


# The ledger is gone.


async def test_with_the_ledger_gone_the_first_screen_is_help_and_nothing_is_called_sent(at: Room) -> None:
    at.ledger.fail_with(GONE)
    shown = await at.reported()
    assert shown.gives_help
    assert "Not sent yet" in shown.words
    assert "try_again" in shown.buttons


async def test_try_again_has_the_evidence_although_the_ledger_was_gone_at_the_press(at: Room) -> None:
    at.ledger.fail_with(GONE)
    shown = await at.reported("meet me behind the rink")
    at.ledger.fail_with(None)
    await shown.press("try_again")
    assert "We saved the message" in shown.words
    await shown.press("send")
    assert len(await at.reports()) == 1
    assert "behind the rink" in str((await evidence(at))[PartKind.REPORTED])


async def test_answers_that_could_not_be_stored_travel_with_the_view_over_a_restart(at: Room) -> None:
    shown = await at.alice.report()
    await shown.choose("category", "sexual_extortion")
    await shown.press("more")
    at.ledger.fail_with(GONE)
    await shown.fill(own_words="he wants more")
    assert "could not save" in shown.words.lower()
    at.ledger.fail_with(None)
    await at.restart()
    await shown.press("try_again")
    await shown.press("send")
    told = await answers(at)
    assert (told["category"], told["own_words"]) == ("sexual_extortion", "he wants more")


async def test_with_the_ledger_gone_the_danger_exit_is_whole(at: Room) -> None:
    shown = await at.alice.report()
    at.ledger.fail_with(GONE)
    await shown.press("help")
    assert shown.gives_help


async def test_with_the_ledger_gone_a_modal_is_still_emptied_in_time(at: Room) -> None:
    at.ledger.fail_with(GONE)
    shown = await at.alice.report()
    await at.later(12 * 60)
    assert await at.emptied() >= 1
    assert shown.says("slack-closed")
    at.ledger.fail_with(None)


# What a view says.


async def test_what_was_chosen_in_the_view_goes_with_the_next_press(at: Room) -> None:
    shown = await at.alice.report()
    await shown.choose("category", "bullying")
    await shown.choose("runs_place", "no")
    await shown.choose("danger", "no")
    await shown.press("send")
    told = await answers(at)
    assert (told["category"], told["runs_place"], told["danger"]) == ("bullying", "no", "no")


async def test_yes_now_sends_at_once_with_all_that_stands_in_the_view(at: Room) -> None:
    shown = await at.alice.report()
    await shown.choose("category", "self_harm")
    await shown.choose("danger", "yes")
    assert shown.gives_help
    told = await answers(at)
    assert (told["category"], told["danger"]) == ("self_harm", "yes")


@pytest.mark.parametrize(
    "change",
    [
        {"callback_id": "lb0.first.send"},
        {"callback_id": "somebody-elses"},
        {"private_metadata": ""},
        {"private_metadata": "lb1.short.0."},
        {"private_metadata": "lb9" + "A" * 200},
    ],
    ids=str,
)
@pytest.mark.parametrize("how", ["press", "submit"])
async def test_a_view_that_says_nothing_to_us_is_answered_with_help_in_its_place(
    at: Room, change: dict[str, str], how: str
) -> None:
    shown = await at.alice.report()
    assert shown.person.view is not None
    shown.person.view.body |= change
    if how == "press":
        await shown.press_named("b.more")
    else:
        await shown._do(at.slack.submit(shown.person))
    assert shown.gives_help
    assert "Not sent" not in shown.words
    assert len(shown.person.views) == 1


async def test_a_button_of_another_version_leaves_the_screen_as_it_is(at: Room) -> None:
    shown = await at.alice.report()
    shown.rename("more", "b.of_tomorrow")
    await shown.press_named("b.of_tomorrow")
    assert shown.answered
    assert shown.screen == "first"


async def test_a_page_that_is_opened_is_no_press(at: Room) -> None:
    shown = await at.alice.report()
    shown.rename("more", "u.1")
    asked = len(at.asked())
    await shown.press_named("u.1")
    assert shown.answered
    assert len(at.asked()) == asked


# Presses that come twice, or at once.


async def test_a_command_told_twice_opens_one_view(at: Room) -> None:
    shown = await at.alice.report()
    assert shown.last is not None
    again = await at.slack.again(shown.last)
    assert again.acked
    assert at.asked("views.open") == ["views.open"]


async def test_what_one_process_answered_another_leaves_alone(at: Room) -> None:
    talk = at.platform._presses._talk
    talk._claims = LedgerClaims(at.ledger, "one")
    shown = await at.alice.report()
    await at.settle()
    assert shown.last is not None
    talk._claims, talk._seen = LedgerClaims(at.ledger, "another"), Memory(at.clock, LAST)
    again = await at.slack.again(shown.last)
    assert again.acked
    assert at.asked("views.open") == ["views.open"]


@pytest.mark.parametrize("way", ["report", "advice", "get_help", "reported", "home_press"])
async def test_whatever_opens_a_view_opens_one_though_it_is_told_twice(at: Room, way: str) -> None:
    ways: dict[str, Callable[[], Coroutine[Any, Any, Child]]] = {
        "report": at.alice.report,
        "advice": at.alice.advice,
        "get_help": at.alice.get_help,
        "reported": at.reported,
        "home_press": lambda: at.alice.home_press("my_reports"),
    }
    shown = await ways[way]()
    assert shown.last is not None
    await at.slack.again(shown.last)
    await at.settle()
    assert at.asked("views.open") == ["views.open"]
    assert (await at.kinds()).count(PartKind.REPORTED) <= 1


async def test_a_button_told_twice_is_answered_once(at: Room) -> None:
    shown = await (await at.alice.report()).press("more")
    assert shown.last is not None
    await at.slack.again(shown.last)
    assert at.asked("views.push") == ["views.push"]
    assert len(shown.person.views) == 2


async def test_try_again_with_what_is_no_draft_begins_anew(at: Room) -> None:
    at.slack.refusal = "expired_trigger_id"
    at.slack.fail(SlackFault.REFUSED, always=True, only=re.compile(r"views\.open"))
    shown = await at.reported()
    at.slack.fail(SlackFault.FINE)
    for _, element in elements(shown.messages[-1].blocks):
        element["value"] = "no draft"  # type: ignore[index]
    await shown.message_press("report")
    assert shown.screen == "first"
    assert "We saved the message" not in shown.words


async def test_send_pressed_twice_stores_one_report(at: Room) -> None:
    shown = await at.alice.report()
    await shown.press("send")
    assert shown.last is not None
    code, reports = shown.code, await at.reports()
    await at.slack.again(shown.last)
    await at.settle()
    assert (shown.code, await at.reports()) == (code, reports)
    assert len(reports) == 1


async def test_after_a_restart_a_press_told_again_stores_no_second_report(at: Room) -> None:
    shown = await at.alice.report()
    await shown.press("send")
    assert shown.last is not None
    await at.restart()
    await at.slack.again(shown.last)
    await at.settle()
    assert len(await at.reports()) == 1


async def test_two_presses_at_once_are_answered_as_they_were_made(at: Room) -> None:
    shown = await at.alice.report()
    first = asyncio.ensure_future(at.slack.press(shown.person, "o.danger.no"))
    second = asyncio.ensure_future(at.slack.submit(shown.person))
    await asyncio.gather(first, second)
    await at.settle()
    assert shown.code is not None
    assert (await answers(at))["danger"] == "no"


async def test_help_waits_for_no_press_that_hangs(at: Room) -> None:
    shown = await at.alice.report()
    at.ledger.hold()
    hangs = asyncio.ensure_future(at.slack.submit(shown.person))
    await at.ledger.arrived.wait()
    async with asyncio.timeout(1.5):
        helped = await at.slack.press(shown.person, "b.help")
    assert helped.acked
    assert shown.gives_help
    at.ledger.release()
    await hangs


async def test_two_people_at_once_are_each_their_own(at: Room) -> None:
    carol = at.child("carol")
    await asyncio.gather(at.alice.report(), carol.report())
    assert at.alice.key != carol.key
    await at.alice.tell(own_words="hers")
    await carol.tell(own_words="mine")
    await asyncio.gather(at.alice.press("send"), carol.press("send"))
    bodies = [body for head, body in await at.opened() if head.kind == PartKind.ANSWERS]
    assert sorted(b"hers" in body for body in bodies) == [False, True]


# The page of the app, and whoever writes to it.


async def test_the_page_of_the_app_is_published_once_and_again_where_it_changed(at: Room) -> None:
    for _ in range(3):
        await at.alice.open_home()
    assert at.asked("views.publish") == ["views.publish"]
    assert at.alice.person.home is not None
    at.alice.person.home.body["private_metadata"] = "lb1.home.of-before"
    await at.alice.open_home()
    assert at.asked("views.publish") == ["views.publish"] * 2


async def test_another_tab_of_the_app_publishes_nothing(at: Room) -> None:
    await at.slack.open_home(at.alice.person, "messages")
    assert at.asked() == []


async def test_the_page_is_published_behind_the_answer_where_slack_is_busy(at: Room) -> None:
    at.slack.retry_after = 0.9
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr("bots.slack.presses.WITHIN_S", 0.3)
        at.slack.fail(SlackFault.BUSY, only=re.compile(r"views\.publish"))
        await at.alice.open_home()
    assert at.alice.person.home is not None


@pytest.mark.parametrize(
    ("way", "screen"),
    [("report", "first"), ("help", "help"), ("advice", "advice"), ("my_reports", "my_reports")],
)
async def test_every_way_in_on_the_page_opens_a_view(at: Room, way: str, screen: str) -> None:
    shown = await at.alice.home_press(way)
    assert shown.screen == screen


async def test_whoever_writes_to_the_app_gets_the_button_and_their_words_go_nowhere(at: Room) -> None:
    shown = await at.alice.write_to_app("SECRETWORD")
    (message,) = shown.messages
    assert "Please do not write here what happened." in message.words
    assert "SECRETWORD" not in str([request.args for request in at.slack.requests])
    assert await at.opened() == []
    (asked,) = [request.args for request in at.slack.requests if request.method == "chat.postMessage"]
    assert (asked["unfurl_links"], asked["unfurl_media"]) == (False, False)


async def test_whoever_writes_a_lot_is_answered_once_a_minute(at: Room) -> None:
    for _ in range(5):
        await at.alice.write_to_app("hello")
    assert len(at.alice.messages) == 1
    carol = at.child("carol")
    await carol.write_to_app("hello")
    assert len(carol.messages) == 1
    await at.later(61)
    await at.alice.write_to_app("hello")
    assert len(at.alice.messages) == 2


async def test_what_was_written_to_the_app_is_in_the_report_if_they_press_its_button(at: Room) -> None:
    await at.alice.write_to_app("he keeps asking")
    shown = await at.alice.message_press("report")
    await shown.press("send")
    assert "he keeps asking" in str((await evidence(at))[PartKind.CONTEXT])


# My reports.


async def looked_up(at: Room, code: str) -> Child:
    return await at.alice.my_reports(code)


async def test_a_code_tells_what_was_done_and_is_kept_in_no_view(at: Room) -> None:
    shown = await (await at.alice.report()).press("send")
    code = shown.code
    assert code is not None
    await shown.close()
    await looked_up(at, code)
    assert "Stored at" in shown.words
    assert code not in str(shown.view)
    assert {"help", "hide"} <= shown.buttons


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("LB-0000-0000-0000-1", "One letter or number is not right"),
        ("x" * 60, "One letter or number is not right"),
        ("   ", "Type your code first"),
        (NOBODYS, "We do not know this code"),
    ],
)
async def test_what_is_no_code_of_ours_is_said_without_blame(at: Room, code: str, said: str) -> None:
    shown = await looked_up(at, code)
    assert said in shown.words
    await shown.press("help")
    assert shown.gives_help


async def test_the_code_can_be_typed_once_more(at: Room) -> None:
    shown = await looked_up(at, "hello")
    await shown.press("try_again")
    assert shown.screen == "my_reports"
    await shown.fill(reference=NOBODYS)
    assert "We do not know this code" in shown.words


async def test_looking_very_often_is_slowed_and_help_is_not(
    at: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(LookUps, "allowed", never)
    shown = await looked_up(at, NOBODYS)
    assert "try_again" not in shown.buttons
    assert "We do not know" not in shown.words
    await shown.press("help")
    assert shown.gives_help


async def test_help_stands_on_the_form_that_asks_for_the_code(at: Room) -> None:
    shown = await at.alice.home_press("my_reports")
    await shown.press("help")
    assert shown.gives_help
    assert "Not sent" not in shown.words


async def test_with_the_ledger_gone_a_code_is_answered_with_help_at_hand(at: Room) -> None:
    at.ledger.fail_with(GONE)
    shown = await looked_up(at, NOBODYS)
    assert "We do not know" not in shown.words
    assert "help" in shown.buttons


async def test_where_the_code_form_did_not_open_help_stands_nowhere_but_the_press_is_acknowledged(
    at: Room,
) -> None:
    at.slack.refusal = "expired_trigger_id"
    await at.alice.open_home()
    at.slack.fail(SlackFault.REFUSED, always=True, only=re.compile(r"views\.open"))
    shown = await at.alice.home_press("my_reports")
    assert shown.answered
    assert shown.person.views == []


# Nobody is called staff by accident.


def test_of_an_author_that_nobody_is_nobody_is_sure() -> None:
    found = looking.Found(people={"U1": inbound.Account(id="U1")})
    assert (found.staff("U1"), found.staff(""), found.staff("U2")) == (YesNo.NOT_SURE,) * 3


async def test_a_message_as_long_as_any_is_taken_over_http_too() -> None:
    """Written out twice in a form, forty thousand signs are more than a server takes by itself."""
    long = "\U0001f641" * 20_000
    async with room() as at:
        await at.reported(long)
        assert at.alice.says("first-lead")
        (transcript,) = [
            json.loads(body) for head, body in await at.opened() if head.kind is PartKind.REPORTED
        ]
        assert transcript["messages"][0]["text"].startswith(long[:1000])


async def test_who_writes_while_slack_is_busy_gets_the_button_as_soon_as_it_is_not() -> None:
    async with room() as at:
        at.slack.fail(SlackFault.FAILING, always=True, only=re.compile(r"chat\.postMessage"))
        with mock.patch("bots.slack.presses.WITHIN_S", 0.1):
            await at.slack.write(at.alice.person, "hello")
        at.slack.fail(SlackFault.FINE)
        await at.slack.until(lambda: bool(at.alice.messages))


async def test_try_again_told_twice_opens_one_view_and_says_nothing_else() -> None:
    async with room() as at:
        at.slack.fail(SlackFault.FAILING, always=True, only=re.compile(r"views\.open"))
        with mock.patch("bots.slack.showing.WITHIN_S", 0.1):
            await at.reported()
        at.slack.fail(SlackFault.FINE)
        await at.alice.message_press("report")
        assert at.alice.last is not None
        await at.slack.again(at.alice.last)
        await at.settle()
        assert at.alice.says("first-lead")
        assert at.alice.says("saves-around")
        assert not [each for each in at.alice.messages if not each.deleted]
        assert at.slack.violations == []


async def test_the_names_of_who_presses_are_waited_for_longer_than_those_of_the_author() -> None:
    assert looking.REPORTER_S > looking.PEOPLE_S


async def test_while_it_is_not_known_to_be_stored_no_screen_calls_the_message_saved() -> None:
    async with room() as at:
        at.ledger.fail_with(GONE)
        await at.reported()
        assert not at.alice.says("first-lead")
        at.ledger.fail_with(None)
        at.ledger.hold()
        with mock.patch("core.chat.talk.AGAIN_S", 0.01):
            await at.slack.submit(at.alice.person)
        assert "We saved the message" not in at.alice.words
        at.ledger.release()
        await at.settle()
        await at.alice.press("help")
        await at.alice.press("back")
        assert "We saved the message" in at.alice.words
