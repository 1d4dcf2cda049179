"""A call gets through once, or it is known that it did not: each error of Slack means one thing."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.web.async_base_client import AsyncBaseClient
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bots.slack import calling
from bots.slack.calling import Answer, Calls, Client, Verdict, verdict_of
from tests.slack_server import SlackFault
from tests.unit.bots.slack.slack_room import room
from tests.unit.core.chat.jumping_loop import jumping, now

SECRET = "SECRETWORD"


class Response:
    """What an error of the library holds of an answer."""

    def __init__(self, status: int, data: object = None, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = status
        self.data = data
        self.headers = headers or {}


class Unparsed:
    """What it holds where the answer was no JSON at all."""

    status = 502
    headers: Mapping[str, str] = {}


def raised(response: object) -> SlackApiError:
    return SlackApiError(SECRET, response)  # type: ignore[no-untyped-call]


def error(said: str | None = None, status: int = 200, **headers: str) -> SlackApiError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = {"ok": False, "error": said} if said else {}
    return raised(Response(status, data, named))


# What an error means.


@pytest.mark.parametrize(
    ("found", "means"),
    [
        (error("exchanged_trigger_id"), Verdict.GONE),
        (error("expired_trigger_id"), Verdict.GONE),
        (error("invalid_trigger_id"), Verdict.GONE),
        (error("not_found"), Verdict.GONE),
        (error("view_not_found"), Verdict.GONE),
        (error("ratelimited", 429), Verdict.AGAIN),
        (error("ratelimited"), Verdict.AGAIN),
        (error(None, 429), Verdict.AGAIN),
        (error(None, 500), Verdict.AGAIN),
        (error(None, 502), Verdict.AGAIN),
        (error("fatal_error", 503), Verdict.AGAIN),
        (error("internal_error"), Verdict.AGAIN),
        (error("service_unavailable"), Verdict.AGAIN),
        (error("request_timeout"), Verdict.AGAIN),
        (error("team_added_to_org"), Verdict.AGAIN),
        (error("invalid_auth"), Verdict.REFUSED),
        (error("token_revoked"), Verdict.REFUSED),
        (error("account_inactive"), Verdict.REFUSED),
        (error("push_limit_reached"), Verdict.REFUSED),
        (error("invalid_arguments"), Verdict.REFUSED),
        (error("hash_conflict"), Verdict.REFUSED),
        (error("duplicate_external_id"), Verdict.REFUSED),
        (error("not_in_channel"), Verdict.REFUSED),
        (error("channel_not_found"), Verdict.REFUSED),
        (error("an_error_of_tomorrow"), Verdict.REFUSED),
        (error(None, 404), Verdict.REFUSED),
        (raised(Unparsed()), Verdict.AGAIN),
        (raised({"ok": False, "error": "not_found"}), Verdict.REFUSED),
        (raised(Response(502, "<html>bad gateway</html>")), Verdict.AGAIN),
        (raised(Response(503, b"")), Verdict.AGAIN),
        (SlackRequestError(SECRET), Verdict.REFUSED),
        (ConnectionResetError(104, "reset"), Verdict.AGAIN),
        (aiohttp.ServerDisconnectedError(), Verdict.AGAIN),
        (aiohttp.ClientOSError(104, "reset"), Verdict.AGAIN),
        (aiohttp.ClientPayloadError(), Verdict.AGAIN),
        (TimeoutError(), Verdict.AGAIN),
        (ValueError(SECRET), Verdict.REFUSED),
    ],
    ids=lambda found: found.value if isinstance(found, Verdict) else f"{type(found).__name__}",
)
def test_each_error_means_one_thing(found: Exception, means: Verdict) -> None:
    assert verdict_of(found, tried=False).verdict is means
    assert SECRET not in repr(verdict_of(found, tried=False))


@pytest.mark.parametrize("said", ["exchanged_trigger_id", "duplicate_external_id"])
def test_what_was_done_and_whose_answer_was_lost_counts_as_given_on_another_try_only(said: str) -> None:
    assert verdict_of(error(said), tried=True).verdict is Verdict.GIVEN
    assert verdict_of(error(said), tried=False).verdict is not Verdict.GIVEN


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"Retry_After": "7"}, 7.0), ({"Retry_After": "-3"}, 0.0), ({"Retry_After": "soon"}, 1.0), ({}, 1.0)],
)
def test_how_long_slack_takes_no_more_is_read(headers: dict[str, str], wait: float) -> None:
    assert verdict_of(error("ratelimited", 429, **headers), tried=False).wait_s == wait


# Tries, and when.

Step = Exception | Mapping[str, Any] | Callable[[], Awaitable[Any]]


class Slack:
    """Answers each call with the next of these, and the last again and again; notes when it was asked."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.asked: list[tuple[str, float]] = []
        self.told: list[dict[str, Any]] = []

    @property
    def times(self) -> list[float]:
        return [round(at, 3) for _, at in self.asked]

    async def api_call(self, method: str, **how: Any) -> Any:
        self.asked.append((method, now()))
        self.told.append(how)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if isinstance(step, Exception):
            raise step
        if callable(step):
            return await step()
        return Response(200, dict(step))


def calls(slack: Slack | None) -> Calls:
    return Calls(lambda: cast("AsyncWebClient | None", slack))


def made(slack: Slack | None, method: str = "views.open", *, ends: float = calling.WITHIN_S) -> Answer:
    """One call on a loop that does not wait."""
    return jumping(calls(slack).make(method, {"a": "b"}, ends=ends))


async def forever() -> Any:
    await asyncio.Event().wait()


BROKEN = [
    aiohttp.ServerDisconnectedError(),
    ConnectionResetError(104, "reset"),
    TimeoutError(),
    error("internal_error"),
    error(None, 502),
    raised(Unparsed()),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: type(broken).__name__)
def test_what_breaks_is_tried_again_until_it_is_given(broken: Exception) -> None:
    slack = Slack(broken, broken, {"ok": True, "view": {"id": "V1"}})
    answer = made(slack)
    assert (answer.verdict, answer.data["view"]) == (Verdict.GIVEN, {"id": "V1"})
    assert slack.times == [0.0, 0.05, 0.25]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: type(broken).__name__)
def test_what_stays_broken_is_left_in_time_and_nothing_is_called_given(broken: Exception) -> None:
    slack = Slack(broken)
    assert made(slack).verdict is Verdict.AGAIN
    assert slack.times == [0.0, 0.05, 0.25, 0.75, 1.75]


def test_every_try_begins_before_slack_stops_waiting() -> None:
    assert calling.WITHIN_S < 3.0
    assert calling.TRY_S < calling.WITHIN_S


def test_a_line_that_stays_silent_is_left_for_another_in_time() -> None:
    slack = Slack(forever, {"ok": True})
    assert made(slack).verdict is Verdict.GIVEN
    assert slack.times == [0.0, calling.TRY_S + 0.05]


def test_a_line_that_is_silent_for_good_is_left_when_the_time_is_over() -> None:
    async def main() -> float:
        assert (await calls(Slack(forever)).make("views.open", {}, ends=2.6)).verdict is Verdict.AGAIN
        return now()

    assert jumping(main()) == pytest.approx(2.6)


def test_behind_the_answer_it_is_tried_for_a_minute_ever_more_seldom() -> None:
    slack = Slack(ConnectionResetError())
    assert made(slack, ends=calling.BEHIND_S).verdict is Verdict.AGAIN
    assert slack.times[-1] < calling.BEHIND_S
    pauses = [after - before for before, after in zip(slack.times, slack.times[1:], strict=False)]
    assert pauses == pytest.approx([0.05, 0.2, 0.5, 1.0, 2.0] + [5.0] * (len(pauses) - 5))


@pytest.mark.parametrize("said", ["not_found", "invalid_auth", "push_limit_reached", "expired_trigger_id"])
def test_what_slack_refuses_is_not_tried_again(said: str) -> None:
    slack = Slack(error(said))
    assert made(slack).error == said
    assert len(slack.asked) == 1


def test_a_lost_answer_is_asked_for_once_more_and_then_counts_as_given() -> None:
    for said in ("exchanged_trigger_id", "duplicate_external_id"):
        slack = Slack(aiohttp.ServerDisconnectedError(), error(said))
        answer = made(slack)
        assert (answer.verdict, answer.data) == (Verdict.GIVEN, {})
        assert len(slack.asked) == 2


def test_nothing_is_asked_where_it_is_too_late_already() -> None:
    slack = Slack({"ok": True})
    assert made(slack, ends=-1.0).verdict is Verdict.AGAIN
    assert slack.asked == []


def test_without_a_client_nothing_is_given_and_nothing_fails() -> None:
    assert made(None).verdict is Verdict.AGAIN


def test_being_stopped_is_no_error_of_the_line() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(calls(Slack(forever)).make("x", {}, ends=60))
        await asyncio.sleep(0.1)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        jumping(main())


def test_what_only_reads_stands_in_the_address_and_all_else_in_the_body() -> None:
    slack = Slack({"ok": True})
    made(slack)
    jumping(calls(slack).make("users.info", {"user": "U1"}, ends=1, reads=True))
    assert slack.told == [{"json": {"a": "b"}}, {"http_verb": "GET", "params": {"user": "U1"}}]


# So many seconds no more.


def test_a_method_is_not_asked_again_before_slack_takes_it_again() -> None:
    slack = Slack(error("ratelimited", 429, Retry_After="2"), {"ok": True})
    assert made(slack).verdict is Verdict.GIVEN
    assert slack.times == [0.0, 2.0]


def test_where_slack_takes_it_too_late_it_is_left_at_once() -> None:
    async def main() -> tuple[Answer, float]:
        slack = Slack(error("ratelimited", 429, Retry_After="30"))
        answer = await calls(slack).make("views.update", {}, ends=2.6)
        assert len(slack.asked) == 1
        return answer, now()

    answer, at = jumping(main())
    assert (answer.verdict, answer.error) == (Verdict.AGAIN, "ratelimited")
    assert at < 0.1


def test_all_who_call_that_method_wait_and_another_method_is_not_held_up() -> None:
    slack = Slack(error("ratelimited", 429, Retry_After="5"), {"ok": True})

    async def main() -> None:
        every = calls(slack)
        await every.make("views.update", {}, ends=1.0)
        early = await every.make("views.update", {}, ends=2.0)
        assert early.verdict is Verdict.AGAIN
        other = await every.make("views.open", {}, ends=2.0)
        assert other.verdict is Verdict.GIVEN
        late = await asyncio.gather(*(every.make("views.update", {}, ends=20.0) for _ in range(3)))
        assert {each.verdict for each in late} == {Verdict.GIVEN}

    jumping(main())
    assert [(method, round(at)) for method, at in slack.asked] == [
        ("views.update", 0),
        ("views.open", 0),
        *[("views.update", 5)] * 3,
    ]


def test_whoever_waits_while_slack_asks_for_more_waits_for_that_too() -> None:
    busy = error("ratelimited", 429, Retry_After="3")
    slack = Slack(busy, busy, {"ok": True})
    assert made(slack, ends=20).verdict is Verdict.GIVEN
    assert slack.times == [0.0, 3.0, 6.0]


# What a real library makes of real answers.


@pytest.mark.parametrize(
    ("status", "kind", "text", "means"),
    [
        (200, "application/json", '{"ok": true}', Verdict.GIVEN),
        (502, "text/html", "<html>bad gateway</html>", Verdict.AGAIN),
        (503, "text/plain", "no upstream", Verdict.AGAIN),
        (500, "application/json", "not json", Verdict.AGAIN),
        (503, "application/json", "", Verdict.AGAIN),
        (200, "text/html", "<html>sign in to this network</html>", Verdict.REFUSED),
        (200, "text/plain", "captive", Verdict.REFUSED),
        (200, "application/json", "[1]", Verdict.REFUSED),
        (200, "application/json", "null", Verdict.REFUSED),
        (200, "application/json", '"ok"', Verdict.REFUSED),
    ],
)
async def test_whatever_answers_instead_of_slack_is_no_error_here(
    status: int, kind: str, text: str, means: Verdict
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=text.encode(), headers={"Content-Type": kind})

    async with serving(answer) as (url, session):
        client = AsyncWebClient(token="x", base_url=f"{url}/", session=session, retry_handlers=[])
        found = await Calls(lambda: client).make("auth.test", {}, ends=_loop_time() + 0.2)
    assert found.verdict is means


def serving(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> "Serving":
    return Serving(answer)


class Serving:
    """Answers every request in one way; gives its address, and a session."""

    def __init__(self, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        self._server = TestServer(app, host="127.0.0.1")

    async def __aenter__(self) -> tuple[str, aiohttp.ClientSession]:
        await self._server.start_server()
        self._session = aiohttp.ClientSession()
        return str(self._server.make_url("")).rstrip("/"), self._session

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._server.close()


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


# A response_url.


@pytest.mark.parametrize(
    "url",
    [
        *("https://evil.example/x", "http://hooks.slack.com/x", "https://hooks.slack.com.evil.example/"),
        *("https://hooks.slack.com@evil.example/", "//hooks.slack.com/", "", "file:///etc/passwd"),
        *(" https://hooks.slack.com/", "HTTPS://HOOKS.SLACK.COM/"),
    ],
)
async def test_an_answer_is_posted_to_slacks_own_host_and_nowhere_else(url: str) -> None:
    async with room() as at:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(calling, "RESPONSE_URLS", ("https://hooks.slack.com/",))
            posted = await at.platform._calls.post(url, {"text": "x"}, ends=_loop_time() + 1)
        assert posted is Verdict.REFUSED
        assert at.asked() == []


async def posted(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], monkeypatch: pytest.MonkeyPatch
) -> tuple[Verdict, list[str]]:
    asked = list[str]()

    async def noted(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await answer(request)

    async with serving(noted) as (url, session):
        monkeypatch.setattr(calling, "RESPONSE_URLS", (url,))
        client = AsyncWebClient(session=session)
        found = await Calls(lambda: client).post(f"{url}/r", {"text": SECRET}, ends=_loop_time() + 0.4)
    return found, asked


async def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    assert await posted(elsewhere, monkeypatch) == (Verdict.GONE, ["/r"])


@pytest.mark.parametrize(
    ("status", "means"),
    [(200, Verdict.GIVEN), (204, Verdict.GIVEN), (404, Verdict.GONE), (410, Verdict.GONE)],
)
async def test_an_answer_that_slack_took_or_refused_is_posted_once(
    status: int, means: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    assert await posted(answer, monkeypatch) == (means, ["/r"])


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_an_answer_that_slack_takes_not_now_is_posted_again(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = iter([status, status, 200])

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=next(statuses), text="<html>", content_type="text/html")

    assert await posted(answer, monkeypatch) == (Verdict.GIVEN, ["/r"] * 3)


async def test_an_answer_that_does_not_get_through_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    for way in (silent, cut):
        with capture_logs() as logged:
            found, asked = await posted(way, monkeypatch)
        assert found is Verdict.AGAIN
        assert 1 <= len(asked) < 4
        assert SECRET not in str(logged)


async def test_without_a_session_nothing_is_posted() -> None:
    unconnected = AsyncWebClient()
    for every in (Calls(lambda: None), Calls(lambda: unconnected)):
        url = "https://hooks.slack.com/x"
        assert await every.post(url, {}, ends=_loop_time() + 1) is Verdict.REFUSED


# Logs.


def test_of_an_error_only_the_method_and_slacks_own_word_are_logged() -> None:
    with capture_logs() as logged:
        made(Slack(error("invalid_arguments")))
        made(Slack(SlackClientError(SECRET)))
        made(Slack(ValueError(SECRET)))
    assert [(each["event"], each["method"], each["verdict"], each["said"]) for each in logged] == [
        ("slack_call", "views.open", "refused", said)
        for said in ("invalid_arguments", "SlackClientError", "ValueError")
    ]


@pytest.mark.parametrize("said", sorted(calling.EXPECTED))
def test_a_channel_that_nobody_let_the_app_into_is_no_fault(said: str) -> None:
    with capture_logs() as logged:
        assert made(Slack(error(said)), "conversations.info").error == said
    assert logged == []


async def test_nothing_of_what_is_sent_or_answered_is_in_a_log_however_much_is_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The libraries log whole bodies where the level is DEBUG."""
    caplog.set_level(logging.DEBUG)
    async with room() as at:
        at.slack.fail(SlackFault.FAILING, only=re.compile(r"views\.update"))
        shown = await at.reported(f"{SECRET} in a message")
        await shown.press("help")
        await shown.press("back")
        await shown.tell(own_words=f"{SECRET} in a form")
        await shown.press("send")
        token = at.team.token
    out, err = capfd.readouterr()
    logged = "\n".join(record.getMessage() for record in caplog.records) + out + err
    for word in (SECRET, token, "Get help now", "0800 1111", shown.key.text if shown.stands else SECRET):
        assert word not in logged


async def test_a_call_that_is_sent_elsewhere_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what a view carries would be posted again, to whoever was named."""
    asked = list[str]()

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with serving(elsewhere) as (url, session):
        monkeypatch.setattr(AsyncBaseClient, "BASE_URL", f"{url}/api/")
        client = Client(proxy="", session=session)
        found = await Calls(lambda: client).make("views.open", {"view": {}}, ends=_loop_time() + 5)
    assert (found.verdict, asked) == (Verdict.REFUSED, ["/api/views.open"])
