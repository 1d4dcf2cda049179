"""What is asked of Slack beside a press: bounded, optional, and never more than is needed."""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any, cast

import pytest
from slack_sdk.errors import SlackApiError

from bots.slack import looking
from bots.slack.calling import Calls
from bots.slack.inbound import Payload
from bots.slack.looking import AROUND, MOST_AUTHORS, OF_A_THREAD, Found, Inside, Looking
from core.reports.model import YesNo
from core.testing.clock import START, FixedClock
from tests.unit.core.chat.jumping_loop import jumping, now

ALICE, BOB, ROOM = "U0000ALICE", "U00000BOB", "C00000ROOM"
STAMP = f"{START.timestamp():.0f}.000100"
MEMBER = {"ok": True, "channel": {"is_member": True}}


class Response:
    def __init__(self, data: Mapping[str, Any], status: int = 200) -> None:
        self.data = dict(data)
        self.status_code = status
        self.headers: Mapping[str, str] = {}


class Slack:
    """Answers each method in one way; notes what was asked, and when."""

    def __init__(self, takes_s: float = 0.0, **answers: Mapping[str, Any] | str | None) -> None:
        """`takes_s`: after so long. An answer is data, the name of an error, or None: never."""
        self._answers = {name.replace("_", "."): answer for name, answer in answers.items()}
        self._takes_s = takes_s
        self.asked: list[tuple[str, dict[str, str], float]] = []

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]

    async def api_call(self, method: str, *, params: Mapping[str, str], http_verb: str) -> Response:
        assert http_verb == "GET"
        self.asked.append((method, dict(params), now()))
        answer = self._answers.get(method, {"ok": True})
        if answer is None:
            await asyncio.Event().wait()
        await asyncio.sleep(self._takes_s)
        if isinstance(answer, str):
            data = {"ok": False, "error": answer}
            raise SlackApiError("", Response(data))  # type: ignore[no-untyped-call]
        return Response(answer or {})


def looks(slack: Slack | None, clock: FixedClock | None = None) -> Looking:
    return Looking(Calls(lambda: cast("Any", slack)), clock or FixedClock())


def told(channel: str = ROOM, name: str = "general", **more: Any) -> Payload:
    return Payload(team="T1", user=ALICE, user_name="alice", channel=channel, channel_name=name, **more)


def user(name: str = "bob", **more: Any) -> dict[str, Any]:
    return {"ok": True, "user": {"name": name, "is_admin": False, **more}}


def timed(work: Coroutine[Any, Any, Any]) -> float:
    """How long it took, on a loop that does not wait."""

    async def main() -> float:
        await work
        return now()

    return jumping(main())


# At the press.


def test_of_a_message_it_is_asked_at_once_who_wrote_it_who_pressed_and_whether_the_app_is_there() -> None:
    slack = Slack(conversations_info=MEMBER, users_info=user(is_owner=True))
    found = jumping(looks(slack).at_press(told(), BOB))
    assert sorted(slack.methods) == ["conversations.info", "users.info", "users.info"]
    assert {at for _, _, at in slack.asked} == {0.0}
    assert found.inside is Inside.YES
    assert found.staff(BOB) is YesNo.YES


def test_where_nothing_was_pressed_on_nobody_is_asked_for_by_name() -> None:
    slack = Slack(conversations_info=MEMBER)
    found = jumping(looks(slack).at_press(told(), ""))
    assert slack.methods == ["conversations.info"]
    assert found.people[ALICE].names == ("alice",)


def test_who_reports_their_own_message_is_asked_for_once() -> None:
    slack = Slack(conversations_info=MEMBER, users_info=user())
    jumping(looks(slack).at_press(told(), ALICE))
    assert slack.methods.count("users.info") == 1


@pytest.mark.parametrize(
    ("silent", "moment"), [("users_info", looking.REPORTER_S), ("conversations_info", looking.PEOPLE_S)]
)
def test_the_first_screen_waits_for_slack_no_longer_than_a_moment(silent: str, moment: float) -> None:
    """Three seconds are all there is, and the write and the view come after."""
    answers: dict[str, Any] = {"users_info": user(), "conversations_info": MEMBER, silent: None}
    assert timed(looks(Slack(**answers)).at_press(told(), BOB)) == pytest.approx(moment)
    assert moment <= 1.2


def test_a_press_waits_no_longer_where_somebody_else_waits_patiently_for_the_same() -> None:
    async def main() -> float:
        looks_now = looks(Slack(users_info=None, conversations_info=MEMBER))
        patient = asyncio.ensure_future(looks_now.people([BOB], 20.0))
        await asyncio.sleep(0)
        begun = now()
        found = await looks_now.at_press(told(), BOB)
        assert found.staff(BOB) is YesNo.NOT_SURE
        took = now() - begun
        await patient
        return took

    assert jumping(main()) == pytest.approx(looking.REPORTER_S)


def test_whoever_is_patient_learns_it_though_a_press_that_asked_first_did_not_wait() -> None:
    async def main() -> None:
        looks_now = looks(Slack(takes_s=1.0, users_info=user(is_admin=True), conversations_info=MEMBER))
        pressed = asyncio.ensure_future(looks_now.at_press(told(), BOB))
        await asyncio.sleep(0.1)
        found = Found(people=await looks_now.people([BOB], 20.0))
        assert found.staff(BOB) is YesNo.YES
        assert (await pressed).staff(BOB) is YesNo.NOT_SURE

    jumping(main())


def test_what_many_want_to_know_at_once_is_asked_once() -> None:
    slack = Slack(takes_s=0.2, users_info=user(), conversations_info=MEMBER)

    async def main() -> None:
        every = looks(slack)
        found = await asyncio.gather(*(every.at_press(told(), BOB) for _ in range(20)))
        assert {each.staff(BOB) for each in found} == {YesNo.NO}

    jumping(main())
    assert len(slack.asked) == 3


def test_what_is_known_is_not_asked_again_for_ten_minutes() -> None:
    slack, clock = Slack(conversations_info=MEMBER, users_info=user()), FixedClock()

    async def main() -> None:
        looks_now = looks(slack, clock)
        for _ in range(3):
            await looks_now.at_press(told(), BOB)
        assert len(slack.asked) == 3
        clock.advance(looking.KNOWN + timedelta(seconds=1))
        await looks_now.at_press(told(), BOB)
        assert len(slack.asked) == 6

    jumping(main())


def test_who_lets_the_app_in_is_believed_ten_minutes_later_though_nothing_else_happened() -> None:
    clock = FixedClock()

    async def main() -> None:
        outside = Slack(conversations_info={"ok": True, "channel": {"is_member": False}})
        looks_now = looks(outside, clock)
        assert (await looks_now.at_press(told(), "")).inside is Inside.NO
        outside._answers["conversations.info"] = MEMBER
        clock.advance(looking.KNOWN + timedelta(seconds=1))
        assert (await looks_now.at_press(told(), "")).inside is Inside.YES

    jumping(main())


@pytest.mark.parametrize(
    ("answer", "inside"),
    [
        (MEMBER, Inside.YES),
        ({"ok": True, "channel": {"is_member": False}}, Inside.NO),
        ("channel_not_found", Inside.NO),
        ("not_in_channel", Inside.NO),
        ("missing_scope", Inside.NOT_KNOWN),
        ("internal_error", Inside.NOT_KNOWN),
        (None, Inside.NOT_KNOWN),
        ({"ok": True}, Inside.NOT_KNOWN),
        ({"ok": True, "channel": []}, Inside.NOT_KNOWN),
        ({"ok": True, "channel": {"is_member": "yes"}}, Inside.NOT_KNOWN),
        ({"ok": True, "channel": {"is_mpim": True, "is_member": True}}, Inside.NEVER),
        ({"ok": True, "channel": {"is_im": True, "is_member": True}}, Inside.NEVER),
    ],
)
def test_whether_the_app_was_let_in_is_what_slack_says(answer: Any, inside: Inside) -> None:
    slack = Slack(conversations_info=answer, users_info=user())
    assert jumping(looks(slack).at_press(told(), BOB)).inside is inside


@pytest.mark.parametrize(
    ("where", "inside"),
    [
        (told(channel=""), Inside.NEVER),
        (told("D1", "directmessage"), Inside.NEVER),
        (told("C1", "directmessage"), Inside.NEVER),
        (told("C1", "mpdm-alice--bob--carol-1"), Inside.NEVER),
        (told("G1", "mpdm-alice--bob-2"), Inside.NEVER),
        (told("D1", "directmessage", action="open.report"), Inside.YES),
        (told("D1", "directmessage", action="open.report", beside=True), Inside.NEVER),
    ],
)
def test_nobody_can_let_the_app_into_what_people_say_by_themselves(where: Payload, inside: Inside) -> None:
    slack = Slack(users_info=user())
    assert jumping(looks(slack).at_press(where, "")).inside is inside
    assert slack.asked == []


def test_an_app_that_wrote_a_message_runs_nothing_and_is_not_asked_for() -> None:
    slack = Slack(conversations_info=MEMBER, users_info=user())
    found = jumping(looks(slack).at_press(told(), "B0000001"))
    assert found.staff("B0000001") is YesNo.NO
    assert [params.get("user") for method, params, _ in slack.asked if method == "users.info"] == [ALICE]


@pytest.mark.parametrize("answer", ["user_not_found", "missing_scope", {"ok": True}, {"ok": True, "user": 7}])
def test_of_whom_slack_says_nothing_nobody_is_sure(answer: Any) -> None:
    found = jumping(looks(Slack(users_info=answer, conversations_info=MEMBER)).at_press(told(), BOB))
    assert found.staff(BOB) is YesNo.NOT_SURE
    assert found.people[ALICE].names == ("alice",)


def test_without_a_connection_nothing_is_known_and_nothing_fails() -> None:
    async def main() -> None:
        nobody = looks(None)
        assert (await nobody.at_press(told(), BOB)).inside is Inside.NOT_KNOWN
        assert await nobody.people([BOB], 0.1) == {}
        assert nobody.known(BOB) is None

    jumping(main())


# Names behind the answer.


def test_behind_the_answer_so_many_people_are_asked_for_and_no_more() -> None:
    slack = Slack(users_info=user())
    wanted = [f"U{number:09}" for number in range(30)]
    assert len(jumping(looks(slack).people(["", *wanted, *wanted]))) == MOST_AUTHORS
    assert len(slack.asked) == MOST_AUTHORS


def test_names_that_do_not_come_are_not_waited_for_long() -> None:
    assert timed(looks(Slack(users_info=None)).people([BOB])) == pytest.approx(looking.NAMES_S)


# What was said around.


def messages(*stamps: str) -> dict[str, Any]:
    return {"ok": True, "messages": [{"ts": stamp, "text": "x"} for stamp in stamps]}


def test_around_a_message_there_is_one_look_at_its_channel_and_no_second_page() -> None:
    slack = Slack(conversations_history={**messages(STAMP), "has_more": True})
    assert len(jumping(looks(slack).around(ROOM, {"ts": STAMP}))) == 1
    ((method, params, _),) = slack.asked
    assert method == "conversations.history"
    assert params == {"channel": ROOM, "latest": STAMP, "inclusive": "true", "limit": str(AROUND)}
    assert AROUND <= 15


def test_of_a_reply_the_thread_is_read_from_its_beginning_and_the_channel_is_not() -> None:
    slack = Slack(conversations_replies=messages(STAMP))
    jumping(looks(slack).around(ROOM, {"ts": STAMP, "thread_ts": "100.000001"}))
    ((method, params, _),) = slack.asked
    assert method == "conversations.replies"
    assert params == {"channel": ROOM, "ts": "100.000001", "limit": str(OF_A_THREAD)}


def test_of_a_long_thread_that_look_is_made_again_ever_closer_before_the_message() -> None:
    slack = Slack(conversations_replies=messages("100.000001", *(f"101.{at:06d}" for at in range(AROUND))))
    found = jumping(looks(slack).around(ROOM, {"ts": STAMP, "thread_ts": "100.000001"}))
    begun = [float(params.get("oldest", 0)) for _, params, _ in slack.asked]
    assert begun == pytest.approx([0, *(float(STAMP) - before for before in looking.CLOSER_S)])
    assert found[0]["ts"] == "100.000001"
    assert found[1]["ts"] == f"101.{AROUND - 1:06d}"


def test_of_a_thread_the_nearest_are_told_first_and_no_more_than_are_kept() -> None:
    stamps = [f"{float(STAMP) + at:.6f}" for at in range(-50, 50)]
    slack = Slack(conversations_replies=messages(*stamps))
    found = jumping(looks(slack).around(ROOM, {"ts": STAMP, "thread_ts": stamps[0]}))
    assert [found[0]["ts"], float(found[1]["ts"])] == [stamps[0], float(STAMP)]
    assert len(found) == 1 + looking.NEAR


def test_of_the_first_of_a_thread_both_are_read() -> None:
    slack = Slack(conversations_history=messages("1.1"), conversations_replies=messages("2.2"))
    found = jumping(looks(slack).around(ROOM, {"ts": STAMP, "thread_ts": STAMP}))
    assert [each["ts"] for each in found] == ["1.1", "2.2"]
    assert slack.methods == ["conversations.history", "conversations.replies"]


def test_around_what_has_no_time_nothing_is_read() -> None:
    slack = Slack()
    assert jumping(looks(slack).around(ROOM, {"ts": "now"})) == ()
    assert slack.asked == []


def test_the_latest_are_not_older_than_a_day() -> None:
    stamps = [f"{(START - timedelta(hours=hours)).timestamp():.6f}" for hours in (0, 23, 25)]
    slack = Slack(conversations_history=messages(*stamps, "never"))
    found = jumping(looks(slack).latest(ROOM, START))
    assert [each["ts"] for each in found] == stamps[:2]


@pytest.mark.parametrize("said", ["not_in_channel", "channel_not_found"])
def test_a_channel_that_could_not_be_read_is_known_to_be_one_without_the_app(said: str) -> None:
    async def main() -> None:
        slack = Slack(conversations_history=said, conversations_info=MEMBER)
        looks_now = looks(slack)
        assert await looks_now.latest(ROOM, START) == []
        assert (await looks_now.at_press(told(), "")).inside is Inside.NO
        assert slack.methods == ["conversations.history"]

    jumping(main())


@pytest.mark.parametrize("answer", ["missing_scope", {"ok": True}, {"ok": True, "messages": [1, None, "x"]}])
def test_what_cannot_be_read_is_nothing_and_no_error(answer: Any) -> None:
    assert list(jumping(looks(Slack(conversations_history=answer)).latest(ROOM, START))) == []


def test_history_that_does_not_come_is_waited_for_no_longer_than_its_time() -> None:
    took = timed(looks(Slack(conversations_history=None)).latest(ROOM, START))
    assert took <= looking.HISTORY_S


def test_an_app_that_may_look_once_a_minute_gets_its_turn() -> None:
    """Who asks while Slack takes no more waits for it; nobody waits for them."""
    assert looking.HISTORY_S > 2 * 60


def test_many_who_report_in_one_place_read_it_once() -> None:
    slack = Slack(takes_s=0.5, conversations_history=messages(STAMP))

    async def main() -> None:
        every = looks(slack)
        found = await asyncio.gather(*(every.around(ROOM, {"ts": STAMP}) for _ in range(5)))
        assert [len(each) for each in found] == [1] * 5

    jumping(main())
    assert len(slack.asked) == 1
