"""The Slack that tests meet is strict where Slack is: a small app of Bolt's goes through it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_base_client import AsyncBaseClient
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_child import Child
from tests.slack_payloads import check_home, check_message, check_modal, words
from tests.slack_server import (
    CannotDo,
    Channel,
    Json,
    Person,
    Server,
    SlackFault,
    Team,
    View,
    addressed,
    direct_messages,
    sees,
    slack_server,
    traces,
)

WAYS = pytest.mark.parametrize("way", ["http", "socket"])
FIELD = {"type": "plain_text_input", "action_id": "q.own_words", "max_length": 20}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str) -> Json:
    return {"type": "section", "text": plain(text)}


def button(action: str) -> Json:
    return {"type": "button", "action_id": action, "text": plain(action)}


def actions(*names: str) -> Json:
    return {"type": "actions", "elements": [button(name) for name in names]}


def modal(*blocks: Json, **more: Any) -> Json:
    shown = list(blocks) or [section("a card"), actions("push", "update", "nothing")]
    return {"type": "modal", "title": plain("Title"), "close": plain("Hide"), "blocks": shown, **more}


def form(**more: Any) -> Json:
    asks = {"type": "input", "block_id": "q.own_words", "label": plain("Words"), "element": FIELD}
    return modal(asks, submit=plain("Next"), callback_id="form", **more)


def select(count: int = 1, **more: Any) -> Json:
    options = [{"text": plain("An option"), "value": str(number)} for number in range(count)]
    return {"type": "static_select", "action_id": "s", "options": options, **more}


@dataclass(kw_only=True)
class Tried:
    """The app, and Slack with one person and one channel."""

    slack: Server
    team: Team
    kid: Person
    park: Channel
    client: AsyncWebClient
    app: AsyncApp
    answer: Json | None = None
    """What the next modal that is sent is acked with."""
    heard: list[Json] = field(default_factory=list)

    @property
    def top(self) -> View:
        assert self.kid.view is not None
        return self.kid.view

    async def opened(self, view: Json | None = None) -> View:
        """A modal stands before the person."""
        trigger = self.slack.trigger(self.kid)
        await self.client.views_open(trigger_id=trigger, view=view or modal())
        return self.top

    async def refused(self, call: Awaitable[Any]) -> str:
        with pytest.raises(SlackApiError) as refused:
            await call
        return str(refused.value.response["error"])


@asynccontextmanager
async def tried(way: str = "http", listen: Callable[["Tried"], None] | None = None) -> AsyncIterator[Tried]:
    async with AsyncExitStack() as ending:
        slack = await ending.enter_async_context(slack_server())
        ending.enter_context(addressed(slack.url))
        team = slack.add_team()
        session = await ending.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient(
            token=team.token, base_url=AsyncBaseClient.BASE_URL, session=session, retry_handlers=[]
        )
        app = AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)
        kid = team.person("alice")
        found = Tried(slack=slack, team=team, kid=kid, park=team.channel("park"), client=client, app=app)
        _listens(found)
        if listen is not None:
            listen(found)
        if way == "http":
            serving = TestServer(app.web_app(), host="127.0.0.1")
            await ending.enter_async_context(serving)
            slack.http(serving.make_url("/slack/events"))
        else:
            handler = AsyncSocketModeHandler(app, slack.app_token, web_client=client)
            await handler.connect_async()  # type: ignore[no-untyped-call]
            ending.push_async_callback(handler.close_async)
            await slack.until(lambda: slack.connected)
        yield found


def _listens(found: Tried) -> None:
    app, client = found.app, found.client

    @app.command("/report")
    async def report(ack: AsyncAck, body: Json) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal(notify_on_close=True))
        await ack()

    @app.action("push")
    async def push(ack: AsyncAck, body: Json) -> None:
        await client.views_push(trigger_id=body["trigger_id"], view=form())
        await ack()

    @app.action("update")
    async def update(ack: AsyncAck, body: Json) -> None:
        await client.views_update(view_id=body["view"]["id"], view=modal(section("another card")))
        await ack()

    @app.action(re.compile("nothing|open.report"))
    async def nothing(ack: AsyncAck, body: Json) -> None:
        found.heard.append(body)
        await ack()

    @app.view("form")
    async def sent(ack: AsyncAck, body: Json) -> None:
        found.heard.append(body)
        await ack(**(found.answer or {}))

    @app.view_closed(re.compile(".*"))
    async def closed(ack: AsyncAck, body: Json) -> None:
        found.heard.append(body)
        await ack()

    @app.event("message")
    async def written(event: Json) -> None:
        found.heard.append(event)


def said(found: Tried) -> str:
    return "\n".join(words(found.kid.view.body)) if found.kid.view is not None else ""


@WAYS
async def test_modals_are_opened_pushed_filled_in_sent_updated_and_closed(way: str) -> None:
    async with tried(way) as found:
        slack, kid = found.slack, found.kid
        assert (await slack.command(kid, found.park, "/report")).acked
        await slack.press(kid, "push")
        assert [view.body.get("callback_id") for view in kid.views] == [None, "form"]
        with pytest.raises(CannotDo):
            await slack.submit(kid)
        found.top.put("q.own_words", "he wrote to me")
        await slack.submit(kid)
        values = found.heard[-1]["view"]["state"]["values"]
        assert values["q.own_words"]["q.own_words"]["value"] == "he wrote to me"
        await slack.press(kid, "update")
        assert "another card" in said(found)
        await slack.close(kid)
        assert kid.views == []
        assert slack.mode == way
        assert slack.violations == []


@WAYS
async def test_what_an_ack_of_a_sent_modal_says_is_done(way: str) -> None:
    async with tried(way) as found:
        for answer, left in (
            ({"response_action": "errors", "errors": {"q.own_words": "Too short."}}, ["form"]),
            ({"response_action": "update", "view": form()}, ["form"]),
            ({"response_action": "push", "view": form()}, ["form", "form"]),
            ({"response_action": "clear"}, []),
        ):
            if not found.kid.views:
                await found.opened(form())
            found.top.put("q.own_words", "words")
            found.answer = answer
            await found.slack.submit(found.kid)
            assert [view.body["callback_id"] for view in found.kid.views] == left
        assert found.slack.violations == []
        found.answer = {"response_action": "errors", "errors": {"no such block": "Too short."}}
        (await found.opened(form())).put("q.own_words", "words")
        await found.slack.submit(found.kid)
        assert len(found.slack.violations) == 1


TOO_MUCH: dict[str, Json] = {
    "title": modal(title=plain("t" * 25)),
    "submit": modal(submit=plain("t" * 25)),
    "close": modal(close=plain("")),
    "metadata": modal(private_metadata="m" * 3001),
    "callback": modal(callback_id="c" * 256),
    "property": modal(colour="red"),
    "blocks": modal(*[{"type": "divider"}] * 101),
    "section": modal(section("s" * 3001)),
    "utf-16": modal(section("\N{GRINNING FACE}" * 1501)),
    "header": modal({"type": "header", "text": plain("h" * 151)}),
    "markup in a header": modal(
        {"type": "header", "text": {"type": "mrkdwn", "text": "h", "verbatim": True}}
    ),
    "not verbatim": modal({"type": "section", "text": {"type": "mrkdwn", "text": "h"}}),
    "broadcast": modal({"type": "section", "text": {"type": "mrkdwn", "text": "<!here>", "verbatim": True}}),
    "context": modal({"type": "context", "elements": [plain("c")] * 11}),
    "actions": modal(actions(*map(str, range(26)))),
    "button": modal(actions("b" * 76)),
    "same action": modal(actions("b", "b")),
    "same block": modal({"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}),
    "address": modal({"type": "actions", "elements": [{**button("b"), "url": "http://example.org"}]}),
    "options": modal({"type": "actions", "elements": [select(101)]}),
    "radios": modal({"type": "actions", "elements": [{**select(11), "type": "radio_buttons"}]}),
    "initial": modal(
        {
            "type": "actions",
            "elements": [select(1, initial_option={"text": plain("An option"), "value": "9"})],
        }
    ),
    "placeholder": modal({"type": "actions", "elements": [select(placeholder=plain("p" * 151))]}),
    "no submit": {name: value for name, value in form().items() if name != "submit"},
    "text field": modal({"type": "actions", "elements": [FIELD]}),
    "length": modal(
        {"type": "input", "label": plain("l"), "element": {**FIELD, "max_length": 3001}}, submit=plain("s")
    ),
    "label": modal({"type": "input", "label": plain("l" * 2001), "element": FIELD}, submit=plain("s")),
    "picture": modal({"type": "image", "image_url": "https://example.org", "alt_text": "a"}),
    "empty rich text": modal(
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}],
        }
    ),
    "size": modal(*[section("s" * 3000)] * 84),
}


async def test_whatever_is_over_a_limit_is_refused_and_noted() -> None:
    async with tried() as found:
        for name, view in TOO_MUCH.items():
            trigger = found.slack.trigger(found.kid)
            with pytest.raises(AssertionError):
                check_modal(view)
            error = await found.refused(found.client.views_open(trigger_id=trigger, view=view))
            assert error == "invalid_arguments", name
        assert len(found.slack.violations) == len(TOO_MUCH)
        assert found.kid.views == []


def test_rich_text_is_read_as_it_stands() -> None:
    elements = [
        {"type": "text", "text": "Call "},
        {"type": "text", "text": "999", "style": {"bold": True}},
        {"type": "link", "url": "https://childline.org.uk", "text": "childline.org.uk"},
        {"type": "date", "timestamp": 0, "format": "{date_short}", "fallback": "1 Jan"},
    ]
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
    check_modal(modal(block))
    check_home({"type": "home", "blocks": [block, actions("open.report")]})
    check_message({"text": "Hello", "blocks": [block]})
    assert "Call 999childline.org.uk1 Jan" in words(modal(block))
    assert "https://childline.org.uk" in words([block])
    for wrong in ({"type": "user", "user_id": "U1"}, {"type": "broadcast", "range": "here"}):
        with pytest.raises(AssertionError):
            check_modal(
                modal({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [wrong]}]})
            )


async def test_a_trigger_opens_once_and_for_three_seconds() -> None:
    async with tried() as found:
        slack, client = found.slack, found.client
        assert (
            await found.refused(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
        )
        trigger = slack.trigger(found.kid)
        await client.views_open(trigger_id=trigger, view=modal())
        again = client.views_open(trigger_id=trigger, view=modal())
        assert await found.refused(again) == "exchanged_trigger_id"
        assert len(slack.violations) == 2
        late = slack.trigger(found.kid)
        slack.advance(timedelta(seconds=3.1))
        assert await found.refused(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"


async def test_modals_are_pushed_from_a_modal_and_three_deep() -> None:
    async with tried() as found:
        slack, client, kid = found.slack, found.client, found.kid
        await found.opened()
        outside = client.views_push(trigger_id=slack.trigger(kid), view=modal())
        assert await found.refused(outside) == "invalid_trigger_id"
        for _ in range(2):
            await client.views_push(trigger_id=slack.trigger(kid, kid.view), view=modal())
        deeper = client.views_push(trigger_id=slack.trigger(kid, kid.view), view=modal())
        assert await found.refused(deeper) == "push_limit_reached"


async def test_a_modal_is_updated_by_either_id_and_only_as_it_was_last_seen() -> None:
    async with tried() as found:
        client, kid = found.client, found.kid
        view = await found.opened(modal(external_id="ours"))
        name, seen = view.id, view.hash
        await client.views_update(external_id="ours", view=modal(section("one"), external_id="ours"))
        conflict = client.views_update(view_id=name, hash=seen, view=modal())
        assert await found.refused(conflict) == "hash_conflict"
        assert said(found).count("one") == 1
        same = client.views_open(trigger_id=found.slack.trigger(kid), view=modal(external_id="ours"))
        assert await found.refused(same) == "duplicate_external_id"
        await found.slack.close(kid)
        assert await found.refused(client.views_update(view_id=name, view=modal())) == "not_found"


async def test_what_was_typed_stays_where_a_field_keeps_its_ids() -> None:
    async with tried() as found:
        view = await found.opened(form())
        view.put("q.own_words", "typed")
        await found.client.views_update(view_id=view.id, view=form())
        assert view.values()["q.own_words"]["q.own_words"]["value"] == "typed"
        other = form()
        other["blocks"][0]["block_id"] = "another"
        await found.client.views_update(view_id=view.id, view=other)
        assert view.values()["another"]["q.own_words"]["value"] is None


@WAYS
async def test_an_ack_that_comes_late_or_never_or_says_too_much_is_a_violation(way: str) -> None:
    def listens(found: Tried) -> None:
        @found.app.command("/slow")
        async def slow(ack: AsyncAck) -> None:
            await asyncio.sleep(0.15)
            await ack()

        @found.app.action("chatty")
        async def chatty(ack: AsyncAck) -> None:
            await ack("words for nobody")

        @found.app.command("/broken")
        async def broken() -> None:
            raise RuntimeError("a fault nobody thought of")

    async with tried(way, listens) as found:
        await found.opened(modal(actions("chatty")))
        await found.slack.press(found.kid, "chatty")
        assert len(found.slack.violations) == 1
        found.slack.ack_within = 0.1
        for command in ("/slow", "/broken", "/unknown"):
            delivery = await found.slack.command(found.kid, found.park, command)
            assert not delivery.acked
        assert len(found.slack.violations) == 4


async def test_nobody_but_slack_is_believed() -> None:
    async with tried() as found:
        found.slack.signing_secret = "another"
        assert not (await found.slack.command(found.kid, found.park, "/report")).acked
        assert (
            await found.refused(
                AsyncWebClient(token="xoxb-x", base_url=str(found.slack.url / "api")).auth_test()
            )
            == "invalid_auth"
        )
        assert await found.refused(found.client.api_call("reactions.add")) == "unknown_method"
        found.team.scopes = frozenset()
        assert await found.refused(found.client.users_info(user=found.kid.id)) == "missing_scope"
        assert len(found.slack.violations) == 4


async def test_the_faults_are_what_they_say() -> None:
    async with tried() as found:
        slack, client = found.slack, found.client
        done = {SlackFault.LOST: True, SlackFault.FINE: True}
        for fault in SlackFault:
            posted = len(direct_messages(slack, found.kid))
            slack.retry_after = 0
            slack.fail(fault, only=re.compile("chat.*"))
            for first in (True, False):
                call = client.chat_postMessage(channel=found.kid.id, text="You have an update")
                if first and fault is not SlackFault.FINE:
                    with pytest.raises((SlackApiError, aiohttp.ClientError)) as refused:
                        await call
                    assert _shape(refused.value) == SHAPES[fault]
                    assert len(direct_messages(slack, found.kid)) == posted + done.get(fault, False)
                else:
                    await call
        assert slack.violations == []


SHAPES = {
    SlackFault.FAILING: (502, None),
    SlackFault.BUSY: (429, "ratelimited"),
    SlackFault.CUT: "the line",
    SlackFault.LOST: "the line",
    SlackFault.REFUSED: (200, "internal_error"),
}


def _shape(error: Exception) -> Any:
    if not isinstance(error, SlackApiError):
        return "the line"
    return (error.response.status_code, error.response.get("error"))


async def test_whoever_was_sent_away_stays_away_that_long() -> None:
    async with tried() as found:
        slack, client = found.slack, found.client
        slack.fail(SlackFault.BUSY)
        for violations in (0, 1):
            assert await found.refused(client.auth_test()) == "ratelimited"
            assert len(slack.violations) == violations
        slack.advance(timedelta(seconds=1))
        await client.auth_test()
        assert len(slack.violations) == 1


async def test_after_a_lost_answer_the_same_trigger_is_excused() -> None:
    async with tried() as found:
        found.slack.fail(SlackFault.LOST, only=re.compile("views.open"))
        trigger = found.slack.trigger(found.kid)
        with pytest.raises(aiohttp.ClientError):
            await found.client.views_open(trigger_id=trigger, view=modal())
        assert found.kid.view is not None
        again = found.client.views_open(trigger_id=trigger, view=modal())
        assert await found.refused(again) == "exchanged_trigger_id"
        assert found.slack.violations == []


async def test_history_comes_newest_first_from_the_nearer_end() -> None:
    async with tried() as found:
        messages = [found.slack.post(found.kid, found.park, str(number)) for number in range(9)]
        found.slack.post(found.kid, found.park, "in a thread", thread_ts=messages[0].ts)

        async def read(**how: Any) -> list[str]:
            page = await found.client.conversations_history(channel=found.park.id, **how)
            return [message["text"] for message in page["messages"]]

        assert await read(limit=2) == ["8", "7"]
        assert await read(latest=messages[4].ts, inclusive=True, limit=3) == ["4", "3", "2"]
        assert await read(latest=messages[4].ts, limit=1) == ["3"]
        assert await read(oldest=messages[4].ts, limit=2) == ["6", "5"]
        thread = await found.client.conversations_replies(channel=found.park.id, ts=messages[0].ts)
        assert [message["text"] for message in thread["messages"]] == ["0", "in a thread"]


async def test_under_the_limited_policy_history_is_read_once_a_minute_and_fifteen_at_most() -> None:
    async with tried() as found:
        found.slack.policy = "limited"
        for number in range(20):
            found.slack.post(found.kid, found.park, str(number))
        page = await found.client.conversations_history(channel=found.park.id, limit=100)
        assert (len(page["messages"]), page["has_more"]) == (15, True)
        more = found.client.conversations_history(channel=found.park.id)
        assert await found.refused(more) == "ratelimited"
        found.slack.advance(timedelta(minutes=1))
        await found.client.conversations_history(channel=found.park.id)
        assert found.slack.violations == []


async def test_a_channel_without_the_app_says_only_what_slack_says() -> None:
    async with tried() as found:
        client, team = found.client, found.team
        public = team.channel("out", with_app=False)
        private = team.channel("in", "private", [found.kid], with_app=False)
        assert await found.refused(client.conversations_history(channel=public.id)) == "not_in_channel"
        assert await found.refused(client.conversations_history(channel=private.id)) == "channel_not_found"
        assert await found.refused(client.conversations_info(channel=private.id)) == "channel_not_found"
        assert (await client.conversations_info(channel=public.id))["channel"]["is_member"] is False


async def test_an_ephemeral_answer_is_seen_by_one_person_and_a_message_by_all() -> None:
    def listens(found: Tried) -> None:
        @found.app.command("/aside")
        async def aside(ack: AsyncAck, respond: AsyncRespond) -> None:
            for kind in ("ephemeral", "in_channel"):
                await respond(text=f"{kind} words", response_type=kind)
            await ack("beside the ack")

    async with tried("http", listens) as found:
        other = found.team.person("bob")
        await found.slack.command(found.kid, found.park, "/aside")
        for text, others in (
            ("ephemeral words", False),
            ("beside the ack", False),
            ("in_channel words", True),
        ):
            assert sees(found.kid, text)
            assert sees(other, text) is others
        assert len(traces(found.slack)) == 2  # asked for, and standing there
        history = await found.client.conversations_history(channel=found.park.id)
        assert [message["text"] for message in history["messages"]] == ["in_channel words"]


async def test_what_others_could_see_is_a_trace_and_ones_own_messages_are_none() -> None:
    async with tried() as found:
        await found.client.chat_postMessage(channel=found.kid.id, text="You have an update")
        await found.opened()
        assert traces(found.slack) == []
        assert [message.text for message in direct_messages(found.slack, found.kid)] == ["You have an update"]
        await found.client.chat_postMessage(channel=found.park.id, text="A child told us")
        assert len(traces(found.slack)) == 2


async def test_a_response_url_is_used_five_times_at_most_and_takes_its_own_message_away() -> None:
    async with tried() as found:
        slack, kid = found.slack, found.kid
        message = slack.say(found.park, {"text": "Help", "blocks": [actions("open.report")]}, kid)
        await slack.press(kid, "open.report", on=message)
        url = found.heard[-1]["response_url"]
        async with aiohttp.ClientSession() as session:
            for _ in range(5):
                async with session.post(url, json={"delete_original": True}) as response:
                    assert response.status == 200
            assert message.deleted
            assert not sees(kid, "Help")
            async with session.post(url, json={"delete_original": True}) as response:
                assert response.status == 404


@WAYS
async def test_an_event_that_is_not_acked_is_told_three_times_more(way: str) -> None:
    tries: list[Any] = []

    def listens(found: Tried) -> None:
        @found.app.middleware
        async def broken(next: Callable[[], Awaitable[Any]], body: Json, req: Any) -> None:  # noqa: A002
            if body.get("event", {}).get("text") == "unlucky":
                tries.append(req.headers.get("x-slack-retry-num"))
                raise RuntimeError("a fault nobody thought of")
            await next()

    async with tried(way, listens) as found:
        assert (await found.slack.write(found.kid, "hello")).acked
        found.slack.ack_within = 0.1
        assert not (await found.slack.write(found.kid, "unlucky")).acked
        assert len(tries) == 4
        assert len({each.payload["event_id"] for each in found.slack.deliveries[-4:]}) == 1
        assert [event["text"] for event in found.heard] == ["hello"]


async def test_the_app_is_told_what_it_wrote_itself_and_hears_nothing_of_it() -> None:
    async with tried() as found:
        await found.client.chat_postMessage(channel=found.kid.id, text="You have an update")
        await found.slack.until(lambda: any(each.acked for each in found.slack.deliveries))
        assert found.heard == []
        assert found.slack.violations == []


async def test_a_line_that_slack_ends_is_opened_again_and_a_press_told_twice_comes_twice() -> None:
    async with tried("socket") as found:
        await found.opened()
        first = await found.slack.press(found.kid, "nothing")
        await found.slack.again(first)
        assert found.heard[0] == found.heard[1]
        await found.slack.hang_up()
        await found.slack.until(lambda: found.slack.connected)
        assert (await found.slack.press(found.kid, "nothing")).acked


async def test_with_nobody_there_a_press_comes_to_nothing_and_is_nobodys_fault() -> None:
    async with slack_server() as slack:
        team = slack.add_team()
        delivery = await slack.command(team.person("alice"), team.channel("park"), "/report")
        assert delivery.gone
        assert not delivery.acked
        assert slack.violations == []


KEY = "A" * 22
CARD = {
    "callback_id": "lb1.first.send",
    "private_metadata": f"lb1.{KEY}.0.",
    "notify_on_close": True,
    "submit": plain("Send"),
    "close": plain("Hide this"),
}


async def test_a_child_sees_and_presses_what_the_product_renders() -> None:
    answers: list[Json] = []
    radios = {**select(2), "type": "radio_buttons", "action_id": "q.danger"}
    asked = {"type": "input", "block_id": "q.danger", "label": plain("Danger?"), "element": radios}
    card = modal(asked, actions("b.help", "b.more", "o.who.adult"), **CARD)
    more = {**form(), "callback_id": "lb1.more.next", "close": plain("Back")}

    def listens(found: Tried) -> None:
        @found.app.action(re.compile(r"[bo]\."))
        async def pressed(ack: AsyncAck, body: Json) -> None:
            answers.append(body["view"]["state"]["values"]["q.danger"]["q.danger"]["selected_option"])
            if body["actions"][0]["action_id"] == "b.more":
                await found.client.views_push(trigger_id=body["trigger_id"], view=more)
            await ack()

        @found.app.view("lb1.more.next")
        async def told(ack: AsyncAck, body: Json) -> None:
            found.heard.append(body)
            await ack()

    async with tried("http", listens) as found:
        child = Child(slack=found.slack, person=found.kid, channel=found.park)
        await found.opened(card)
        assert child.buttons == {"help", "more", "send", "hide"}
        assert (child.key.text, child.form, child.stands) == (KEY, None, True)
        await child.choose("danger", "1")
        await child.choose("who", "adult")
        await child.press("more")
        assert child.form is not None
        assert child.buttons == {"next", "back"}
        await child.fill(own_words="he wrote to me")
        assert [answer["value"] for answer in answers] == ["1", "1"]
        assert "he wrote to me" in str(found.heard)
        child.rename("help", "b.unknown")
        await child.press_named("b.unknown")
        assert child.answered
        await child.press("hide")
        assert not child.stands
        assert found.slack.violations == []


async def test_the_address_is_verified() -> None:
    async with tried() as found:
        assert await found.slack.url_verification()
