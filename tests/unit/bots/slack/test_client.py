"""What Slack may tell an app: all of it is acknowledged, if it is Slack, and once its work is done."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from structlog.testing import capture_logs

from bots.slack.inbound import Payload
from bots.slack.presses import Presses
from tests.slack_payloads import words
from tests.slack_server import Delivery
from tests.unit.bots.slack.slack_room import Room, room

WAYS = pytest.mark.parametrize("mode", ["http", "socket"])
SECRET = "SECRETWORD"


@pytest.fixture
async def http() -> AsyncIterator[Room]:
    async with room() as at:
        yield at


async def posted(
    at: Room, body: bytes, *, kind: str = "application/x-www-form-urlencoded", **headers: str
) -> tuple[int, str]:
    """Signed, unless a header says otherwise; the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"Content-Type": kind, **at.slack.sign(body), **named}
    async with (
        aiohttp.ClientSession() as session,
        session.post(str(at.slack._where), data=body, headers=sent) as response,
    ):
        return response.status, await response.text()


def form(payload: Any) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def told_of(at: Room, kind: str, **more: Any) -> dict[str, Any]:
    """What Slack tells when somebody presses on something."""
    alice = at.alice.person
    return {
        "type": kind,
        "team": {"id": at.team.id, "domain": "school"},
        "user": {"id": alice.id, "username": alice.name, "team_id": at.team.id},
        "api_app_id": "A1",
        **more,
    }


def gives_help(view: Mapping[str, Any] | None) -> bool:
    return view is not None and all(word in "\n".join(words(view)) for word in ("999", "0800 1111"))


# Who is Slack.


@pytest.mark.parametrize("late", [0, -600, 600, -(10**9)])
@pytest.mark.parametrize("signature", [None, "v0=" + "0" * 64, "v1=x", ""])
async def test_who_is_not_slack_is_refused_without_a_word_and_nothing_is_done(
    http: Room, signature: str | None, late: int
) -> None:
    """A signature, and how late it was made; None: the one of another moment."""
    body = urlencode(
        {"command": "/report", "team_id": http.team.id, "user_id": http.alice.person.id}
    ).encode()
    headers = {"X_Slack_Request_Timestamp": str(int(time.time()) + late)}
    if signature is not None:
        headers["X_Slack_Signature"] = signature
    elif not late:
        headers["X_Slack_Request_Timestamp"] = str(int(time.time()) - 60)
    status, text = await posted(http, body, **headers)
    assert status == 401
    assert http.team.id not in text
    assert http.asked() == []


@pytest.mark.parametrize("stamp", ["soon", "", "1e9", "9" * 400])
async def test_a_time_that_is_none_is_not_slack(http: Room, stamp: str) -> None:
    named = {"X_Slack_Request_Timestamp": stamp, "X_Slack_Signature": "v0=x"}
    status, _ = await posted(http, b"command=/report", **named)
    assert status >= 400
    assert http.asked() == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'"x"', "application/json"),
        (b"7", "application/json"),
        (b"{", "application/json"),
        (b"payload=[]", "application/x-www-form-urlencoded"),
        (b"payload=null", "application/x-www-form-urlencoded"),
        (b"payload={", "application/x-www-form-urlencoded"),
        (b"payload=%00%ff", "application/x-www-form-urlencoded"),
        (b'{"authorizations": [7]}', "application/json"),
        (b'{"team": 7, "user": 7, "channel": 7, "event": 7}', "application/json"),
        (b'{"response_urls": [7]}', "application/json"),
        (b"\xff\xfe", "text/plain; charset=utf-8"),
        (b"x", "text/plain; charset=nonsense"),
        (b"[" * 100_000, "application/json"),
    ],
)
async def test_a_body_that_is_none_is_refused_and_is_no_error(
    http: Room, body: bytes, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, text = await posted(http, body, kind=kind, X_Slack_Signature="v0=x")
    assert 400 <= status < 500
    assert "Traceback" not in text + caplog.text
    assert http.asked() == []


async def test_only_what_is_posted_is_taken(http: Room) -> None:
    async with aiohttp.ClientSession() as session, session.get(str(http.slack._where)) as response:
        assert response.status == 405


async def test_slack_may_look_whether_the_address_is_ours(http: Room) -> None:
    assert await http.slack.url_verification()
    status, _ = await posted(http, b"ssl_check=1&token=x")
    assert status == 200
    assert http.asked() == []


async def test_what_stands_in_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt goes over to OAuth with these two, takes no notice of the token, and answers with nothing done."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BOT_TOKEN", "SIGNING_SECRET", "APP_TOKEN", "SCOPES"):
        monkeypatch.setenv(f"SLACK_{name}", "somebody-elses")
    monkeypatch.setenv("SLACK_VERIFICATION_TOKEN", "somebody-elses")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for mode in ("http", "socket"):
        async with room(mode=mode) as at:
            assert (await at.alice.report()).screen == "first"
            assert {request.token for request in at.slack.requests} <= {at.team.token, at.slack.app_token}
            assert at.slack.violations == []


# Everything is acknowledged.

INTERACTIVE: list[tuple[str, dict[str, Any]]] = [
    ("shortcut", {"callback_id": "of another version"}),
    ("message_action", {"callback_id": "of another version", "message": {"text": "x"}}),
    ("block_actions", {"actions": [{"action_id": "x", "type": "button"}]}),
    ("block_actions", {"actions": [{"action_id": "u.0", "type": "button"}]}),
    ("block_actions", {"actions": [{"action_id": "open.unheard_of", "type": "button"}]}),
    ("block_actions", {"actions": [{"type": "overflow", "action_id": "x"}], "view": {"type": "home"}}),
    ("view_submission", {"view": {"callback_id": "x", "type": "modal", "id": "V1"}}),
    ("view_submission", {"view": {"type": "modal", "id": "V1"}}),
    ("view_closed", {"view": {"callback_id": "x", "type": "modal", "id": "V1"}, "is_cleared": True}),
    ("view_closed", {"view": {"type": "modal", "id": "V1"}, "is_cleared": False}),
    ("block_suggestion", {"action_id": "x", "block_id": "x", "value": "a"}),
    ("interactive_message", {"actions": [{"name": "x", "type": "button"}], "callback_id": "x"}),
    ("dialog_submission", {"callback_id": "x", "submission": {}}),
    ("dialog_cancellation", {"callback_id": "x"}),
    ("workflow_step_edit", {"callback_id": "x", "workflow_step": {"workflow_id": "1"}}),
    ("an_idea_of_tomorrow", {}),
]
EVENTS: list[dict[str, Any]] = [
    {"type": "app_home_opened", "tab": "messages", "user": "U1"},
    {"type": "app_home_opened", "view": []},
    {"type": "message", "channel_type": "channel", "user": "U1", "text": SECRET},
    {"type": "message", "channel_type": "im", "subtype": "message_changed", "message": {"text": SECRET}},
    {"type": "message", "channel_type": "im", "bot_id": "B1", "user": "U1"},
    {"type": "message", "subtype": "bot_message", "bot_id": "B1"},
    {"type": "app_mention", "user": "U1", "text": SECRET},
    {"type": "function_executed", "function": {"callback_id": "x"}, "inputs": {}, "bot_access_token": "x"},
    {"type": "app_uninstalled"},
    {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}},
    {"type": "assistant_thread_started", "assistant_thread": {"user_id": "U1", "context": {}}},
    {"type": "reaction_added", "user": "U1", "item": {}},
    {"type": "unheard_of"},
    {},
]


async def acked(at: Room, delivery: Delivery) -> bool:
    """Whether Slack was answered, and in the words that it knows."""
    await at.slack._interact(delivery)
    await at.settle()
    return delivery.acked


@WAYS
async def test_every_kind_of_press_is_acknowledged_whatever_it_is(mode: str) -> None:
    async with room(mode=mode) as at:
        for kind, more in INTERACTIVE:
            payload = told_of(at, kind, **more)
            delivery = Delivery(kind="interactive", payload=payload, person=at.alice.person)
            try:
                assert await acked(at, delivery), kind
            except KeyError:  # a view that Slack never had
                assert delivery.acked, kind
        wrong = [each for each in at.slack.violations if "no ack" in each or "answered with" in each]
        assert wrong == []


@WAYS
async def test_every_event_is_acknowledged_whatever_it_is(mode: str) -> None:
    async with room(mode=mode) as at:
        for event in EVENTS:
            delivery = await at.slack.event(at.team, dict(event))
            assert delivery.acked, event
        assert at.slack.violations == []


@WAYS
@pytest.mark.parametrize("command", ["/report", "/advice", "/of-another-version", ""])
async def test_every_command_is_acknowledged_and_leads_somewhere(mode: str, command: str) -> None:
    async with room(mode=mode) as at:
        delivery = await at.slack.command(at.alice.person, at.channel, command, SECRET)
        await at.settle()
        assert delivery.acked
        assert at.alice.view is not None
        assert gives_help(at.alice.view) or at.alice.screen in {"first", "advice"}
        assert SECRET not in str([request.args for request in at.slack.requests])
        assert at.slack.violations == []


@WAYS
async def test_what_no_listener_is_for_is_acknowledged_and_said_in_the_log_without_its_words(
    mode: str,
) -> None:
    """Otherwise people see an error over HTTP, and on the line they wait three seconds for nothing."""
    async with room(mode=mode) as at:
        payload = told_of(at, "an_idea_of_tomorrow", value=SECRET)
        with capture_logs() as logged:
            assert await acked(at, Delivery(kind="interactive", payload=payload, person=at.alice.person))
        assert [each["event"] for each in logged] == ["slack_unknown"]
        assert SECRET not in str(logged)


@WAYS
async def test_the_answer_that_an_acknowledgement_may_carry_is_carried_by_it(mode: str) -> None:
    async with room(mode=mode) as at:
        child = await at.alice.report()
        await child.press("send")
        assert child.last is not None
        assert child.last.answer["response_action"] == "update"
        assert child.code is not None
        assert at.slack.violations == []


# After its work, and whatever breaks.


@WAYS
async def test_nothing_is_acknowledged_before_its_work_is_done(mode: str) -> None:
    async with room(mode=mode) as at:
        at.ledger.hold(on=("append",))
        pressed = asyncio.ensure_future(at.reported())
        await at.ledger.arrived.wait()
        assert not at.slack.deliveries[-1].acked
        at.ledger.release()
        await pressed
        assert at.slack.deliveries[-1].acked


@WAYS
@pytest.mark.parametrize("pause", [None, 0, 0.005, 0.02])
async def test_whatever_breaks_in_a_press_whenever_it_is_acknowledged_with_help(
    mode: str, pause: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt forgets an acknowledgement where its listener fails within the next ten milliseconds."""

    async def broken(*_: object) -> Any:
        if pause is not None:
            await asyncio.sleep(pause)
        raise RuntimeError(SECRET)

    async with room(mode=mode) as at:
        monkeypatch.setattr(at.platform._presses, "report", broken)
        with capture_logs() as logged:
            child = await at.alice.report()
        assert child.answered
        assert gives_help(child.view)
        assert [(each["event"], each["error"]) for each in logged] == [("press_failed", "RuntimeError")]
        assert SECRET not in str(logged)
        assert at.slack.violations == []


@WAYS
async def test_a_submit_that_breaks_shows_help_in_the_view(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> Any:
        raise RuntimeError(SECRET)

    async with room(mode=mode) as at:
        child = await at.alice.report()
        monkeypatch.setattr(at.given.road, "answer", broken)
        await child.press("send")
        assert child.gives_help
        assert "Not sent" not in child.words
        assert at.slack.violations == []


@WAYS
async def test_where_help_breaks_too_the_press_is_acknowledged_all_the_same(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> Any:
        raise RuntimeError(SECRET)

    async with room(mode=mode) as at:
        for name in ("report", "helped"):
            monkeypatch.setattr(Presses, name, broken)
        child = await at.alice.report()
        assert child.answered
        assert at.slack.violations == []


async def test_no_task_of_ours_goes_on_behind_an_acknowledgement_without_an_owner(http: Room) -> None:
    before = asyncio.all_tasks()
    await http.reported()
    ours = {task for task in asyncio.all_tasks() - before if "bots" in repr(task.get_coro())}
    assert ours <= http.platform._work._begun


async def test_an_acknowledgement_waits_for_no_clock_of_bolts(
    http: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt looks every ten milliseconds whether an answer is there, where it does not run the work itself."""
    slept = list[float]()
    sleep = asyncio.sleep

    async def noted(seconds: float, *rest: Any) -> Any:
        slept.append(seconds)
        return await sleep(seconds, *rest)

    monkeypatch.setattr("slack_bolt.listener.asyncio_runner.asyncio.sleep", noted)
    await http.alice.report()
    assert 0.01 not in slept


# Events.


@WAYS
async def test_an_event_is_acknowledged_only_once_it_was_seen_to(mode: str) -> None:
    async with room(mode=mode) as at:
        seen, go = asyncio.Event(), asyncio.Event()

        async def slow(*_: object) -> None:
            seen.set()
            await go.wait()

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(at.platform._presses, "written", slow)
            writing = asyncio.ensure_future(at.alice.write_to_app("hello"))
            await seen.wait()
            assert not at.slack.deliveries[-1].acked
            go.set()
            await writing
        assert at.slack.deliveries[-1].acked


@WAYS
async def test_an_event_that_says_nothing_is_acknowledged(mode: str) -> None:
    async with room(mode=mode) as at:
        payload = {"type": "event_callback", "team_id": at.team.id, "event_id": "Ev1", "event": {"type": "x"}}
        delivery = Delivery(kind="events_api", payload=payload)
        await at.slack._deliver(delivery)
        assert delivery.acked
        assert at.asked() == ["apps.connections.open"] * (mode == "socket")


@WAYS
async def test_an_event_told_again_is_acknowledged_and_done_once(mode: str) -> None:
    async with room(mode=mode) as at:
        im = at.team.im(at.alice.person)
        event = {"type": "message", "channel_type": "im", "user": at.alice.person.id, "channel": im.id}
        for _ in range(4):
            delivery = await at.slack.event(at.team, event, event_id="Ev1")
            assert delivery.acked
        assert at.asked("chat.postMessage") == ["chat.postMessage"]


async def test_what_the_app_wrote_itself_is_answered_by_nothing(http: Room) -> None:
    await http.alice.write_to_app("hello")
    await http.settle()
    assert http.asked("chat.postMessage") == ["chat.postMessage"]
    assert len(http.alice.messages) == 1


# Bolt itself.


async def test_a_press_is_read_with_the_moment_at_which_it_came(http: Room) -> None:
    seen = list[Payload]()

    async def noted(told: Payload) -> dict[str, Any]:
        seen.append(told)
        return {}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(http.platform._presses, "report", noted)
        before = asyncio.get_running_loop().time()
        await http.alice.report()
    assert before <= seen[0].came <= asyncio.get_running_loop().time()


async def test_nobody_but_slack_is_asked_who_may_be_answered(http: Room) -> None:
    body = {"command": "/advice", "team_id": "T0ELSEWHERE", "user_id": "U0SOMEBODY", "trigger_id": "1"}
    request = AsyncBoltRequest(body=body, mode="socket_mode")
    response = await http.platform.bolt.async_dispatch(request)
    assert response.status == 200
    assert "auth.test" not in http.asked()
    http.slack.violations.clear()
