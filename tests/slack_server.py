"""Slack as a party of its own: a simulated world behind real HTTP and a real WebSocket, on loopback.

Nothing of Bolt or of Slack's SDK is cut off: signatures, requests, tries again and the line of Socket Mode
are what people's programs have. The world outlives whoever is connected, so that a program may be killed and
come back to it. What Slack refuses is refused here and noted: `violations` is empty after all that is done
well.
"""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from importlib.util import find_spec
from typing import Any, Final
from unittest import mock
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_base_client import AsyncBaseClient
from yarl import URL

from tests.slack_payloads import ANSWERING, ANSWERS, check_home, check_message, check_modal, elements, words

Json = dict[str, Any]

PATIENCE_S: Final = 60.0
ACK_S: Final = 3.0
TRIGGER_S: Final = 3.0
REPLY_USES: Final = 5
REPLY_S: Final = 1800.0
STACK: Final = 3
"""Modals above one another."""
REDELIVERIES: Final = 3
A_PAGE: Final = 999
A_LIMITED_PAGE: Final = 15
A_MINUTE_S: Final = 60.0
APP: Final = "A0000000001"
EVERY: Final = re.compile(r".*")
SCOPES: Final = frozenset(
    {"commands", "chat:write", "im:write", "im:history", "users:read"}
    | {"channels:history", "groups:history", "channels:read", "groups:read"}
)
WHICH: Final = (
    *("trigger_id", "view_id", "external_id", "user_id", "channel"),
    *("users", "user", "ts", "latest", "url"),
)
"""Arguments that say what a request is about."""
KINDS: Final = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
"""Kinds of channels, and what a scope calls them."""


class SlackFault(StrEnum):
    """What Slack does with a request."""

    FINE = "slack fine"
    FAILING = "slack 5xx"  # and does nothing
    BUSY = "slack 429"
    CUT = "line cut"  # before anything was done
    LOST = "answer lost"  # it was done
    REFUSED = "refused"  # in Slack's own words


class Refused(Exception):
    """Slack's answer to what it does not do: the name of an error, and what it says more."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **more}


class CannotDo(Exception):
    """Slack would not let a person do this."""


# The world.


@dataclass(kw_only=True, eq=False)
class Team:
    """A workspace in which the app is installed."""

    id: str
    domain: str
    token: str
    new: Callable[[str], str]
    """A new id with this letter."""
    scopes: frozenset[str] = SCOPES
    people: dict[str, "Person"] = field(default_factory=dict)
    channels: dict[str, "Channel"] = field(default_factory=dict)
    bot: "Person" = field(init=False)
    bot_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.bot_id = self.new("B")
        self.bot = self.person("lifebelt", is_bot=True)

    def person(self, name: str, **how: Any) -> "Person":
        """Somebody joins; how: their flags, names and locale."""
        person = Person(id=self.new("U"), team=self, name=name, **how)
        self.people[person.id] = person
        return person

    def channel(
        self, name: str, kind: str = "public", members: Sequence["Person"] = (), *, with_app: bool = True
    ) -> "Channel":
        """With these people in it, and the app unless it was not invited."""
        letter = {"im": "D", "mpim": "G"}.get(kind, "C")
        inside = {person.id for person in members} | ({self.bot.id} if with_app else set())
        channel = Channel(id=self.new(letter), name=name, kind=kind, team=self, members=inside)
        self.channels[channel.id] = channel
        return channel

    def im(self, person: "Person") -> "Channel":
        """The messages between somebody and the app."""
        pair = {person.id, self.bot.id}
        found = (each for each in self.channels.values() if each.kind == "im" and each.members == pair)
        return next(found, None) or self.channel("", "im", [person])


@dataclass(kw_only=True, eq=False)
class Person:
    """Somebody in a workspace, and what stands open before them."""

    id: str
    team: Team
    name: str
    real_name: str = ""
    display_name: str = ""
    locale: str = "en-GB"
    is_admin: bool = False
    is_owner: bool = False
    is_primary_owner: bool = False
    is_restricted: bool = False
    is_bot: bool = False
    views: list["View"] = field(default_factory=list)
    """Their modals, the top one last."""
    home: "View | None" = None

    @property
    def view(self) -> "View | None":
        return self.views[-1] if self.views else None

    def info(self) -> Json:
        """As users.info tells it."""
        flags = ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_bot")
        real = self.real_name or self.name.title()
        return {
            "id": self.id,
            "team_id": self.team.id,
            "name": self.name,
            "real_name": real,
            "deleted": False,
            "locale": self.locale,
            "profile": {"real_name": real, "display_name": self.display_name},
            **{flag: getattr(self, flag) for flag in flags},
        }


@dataclass(kw_only=True, eq=False)
class Channel:
    id: str
    name: str
    kind: str
    team: Team
    members: set[str]
    messages: list["Message"] = field(default_factory=list)

    @property
    def told(self) -> Json:
        """As a press tells it."""
        names = {"im": "directmessage", "private": "privategroup"}
        return {"id": self.id, "name": names.get(self.kind, self.name)}

    def info(self) -> Json:
        """As conversations.info tells it."""
        is_im = self.kind == "im"
        who = {"user": next(iter(self.members - {self.team.bot.id}), None)} if is_im else {"name": self.name}
        return {
            "id": self.id,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": is_im,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_archived": False,
            **({} if is_im else {"is_member": self.team.bot.id in self.members}),
            **who,
        }


@dataclass(kw_only=True, eq=False)
class Message:
    ts: str
    channel: Channel
    author: Person
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    files: list[Json] = field(default_factory=list)
    edited: Json | None = None
    deleted: bool = False
    only_for: Person | None = None
    """An ephemeral one: nobody else sees it, and no history has it."""
    more: Json = field(default_factory=dict)
    """Whatever else Slack says of it."""

    @property
    def is_reply(self) -> bool:
        return self.thread_ts not in {None, self.ts}

    @property
    def words(self) -> str:
        return "\n".join([self.text, *words(self.blocks)])

    def payload(self) -> Json:
        found = {
            "type": "message",
            "user": self.author.id,
            "team": self.channel.team.id,
            "ts": self.ts,
            "text": self.text,
            "blocks": self.blocks,
            "thread_ts": self.thread_ts,
            "files": self.files,
            "edited": self.edited,
            **self.more,
        }
        if self.author.is_bot:
            found |= {"bot_id": self.channel.team.bot_id, "app_id": APP}
        return _copy({name: value for name, value in found.items() if value})


@dataclass(kw_only=True, eq=False)
class View:
    """A modal or an App Home, with what somebody has typed and chosen in it."""

    id: str
    person: Person
    body: Json
    hash: str
    typed: dict[tuple[str, str], Json] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks

    def find(self, action: str) -> tuple[Any, Any]:
        """The block and the element with this id. LookupError where it is not there."""
        return _find(self.blocks, action)

    def put(self, action: str, value: str | None) -> None:
        """Somebody types or chooses; nothing is told yet."""
        block, element = self.find(action)
        self.typed[block["block_id"], action] = _answer(element, value)

    def values(self) -> Json:
        """What is in every field, as each press tells it."""
        found: Json = {}
        for block, element in elements(self.blocks):
            if element["type"] in ANSWERS:
                place = (block["block_id"], element["action_id"])
                found.setdefault(place[0], {})[place[1]] = self.typed.get(place) or _untouched(element)
        return found

    def missing(self) -> list[str]:
        """Fields that have to be filled in before this can be sent."""
        needed = [
            each["block_id"] for each in self.blocks if each["type"] == "input" and not each.get("optional")
        ]
        values = self.values()
        return [block for block in needed if not any(map(_content, values[block].values()))]

    def becomes(self, body: Json, version: str) -> None:
        """Shows something else; what was typed stays where a field keeps both its ids."""
        self.body, self.hash = body, version
        kept = {(block["block_id"], element["action_id"]) for block, element in elements(self.blocks)}
        self.typed = {place: value for place, value in self.typed.items() if place in kept}

    def payload(self) -> Json:
        stack, team = self.person.views, self.person.team
        at = stack.index(self) if self in stack else 0
        blank = {"title": None, "submit": None, "close": None, "private_metadata": "", "callback_id": ""}
        found = {
            **blank,
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **self.body,
            "id": self.id,
            "hash": self.hash,
            "team_id": team.id,
            "app_id": APP,
            "bot_id": team.bot_id,
            "app_installed_team_id": team.id,
            "previous_view_id": stack[at - 1].id if at else None,
            "root_view_id": stack[0].id if at else self.id,
            "state": {"values": self.values()},
        }
        return _copy(found)


def _copy(json_: Json) -> Json:
    copied: Json = json.loads(json.dumps(json_))
    return copied


def _find(blocks: Sequence[Json], action: str) -> tuple[Any, Any]:
    for block, element in elements(blocks):
        if element["action_id"] == action:
            return block, element
    raise LookupError(action)


def _answer(element: Mapping[str, Any], value: str | None) -> Json:
    kind = element["type"]
    if kind == "plain_text_input":
        if value is not None and len(value) > element.get("max_length", 3000):
            raise CannotDo("longer than the field")
        return {"type": kind, "value": value or None}
    options = [option for option in element["options"] if option["value"] == value]
    if value is not None and not options:
        raise CannotDo(f"no such option: {value}")
    return {"type": kind, "selected_option": options[0] if options else None}


def _untouched(element: Mapping[str, Any]) -> Json:
    if element["type"] == "plain_text_input":
        return {"type": element["type"], "value": element.get("initial_value")}
    return {"type": element["type"], "selected_option": element.get("initial_option")}


def _content(answer: Json) -> Any:
    return answer.get("value") or answer.get("selected_option")


# What goes to and fro.


@dataclass(kw_only=True, eq=False)
class Delivery:
    """Something that somebody did, as the app is told it, and what came of that."""

    kind: str
    payload: Json
    person: Person | None = None
    acked: bool = False
    gone: bool = False
    """Nobody listened, or the line broke before an answer."""
    answer: Any = None
    """What came with the ack."""

    @property
    def name(self) -> str:
        told = self.payload
        event = told.get("event", {}).get("type")
        return f"{self.kind} {told.get('command') or event or told.get('type')}"


@dataclass(kw_only=True, eq=False)
class Request:
    """Something that the app asked for."""

    method: str
    args: Json
    token: str = ""
    answer: Json | None = None
    """None where nothing was done."""

    @property
    def which(self) -> tuple[str, ...]:
        """What it is about: the same again for the same thing tried again."""
        return (self.method, *(str(self.args[name]) for name in WHICH if name in self.args))


@dataclass(kw_only=True, eq=False)
class _Trigger:
    person: Person
    until: float
    view: View | None
    submitted: bool = False
    used: bool = False
    lost: bool = False
    """Nobody was told that it was used."""


@dataclass(kw_only=True, eq=False)
class _Reply:
    """A response_url."""

    person: Person
    channel: Channel
    original: Message | None
    until: float
    left: int = REPLY_USES


@dataclass(kw_only=True)
class Server:
    """Slack, and the people in it. `add_team` makes a workspace; a team makes people and channels."""

    url: URL = field(default_factory=URL)
    app_token: str = "xapp-1-nobody-has-it"
    signing_secret: str = "a secret that nobody has"
    fault: SlackFault = SlackFault.FINE
    always: bool = False
    """Whether each try fails; otherwise the first of each request."""
    only: re.Pattern[str] = EVERY
    """The methods that fail; all others are fine. What goes to a response_url is called that."""
    refusal: str = "internal_error"
    retry_after: float = 1.0
    """Seconds that somebody is sent away for by `BUSY`."""
    policy: str = "full"
    """`limited`: history as an app gets it that is sold outside the Marketplace."""
    ack_within: float = ACK_S
    lost_acks: int = 0
    """So many of the next acks are lost on their way."""
    bad_lines: int = 0
    """So many of the next addresses of a line are no good when they are used."""
    moved_to: str = ""
    """Where a response_url sends whoever posts there."""
    waiting: int = 0
    """So many requests are held just now."""
    clock: Callable[[], float] = time.monotonic
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    """What Slack's calendar shows. Stands still until it is advanced."""
    teams: list[Team] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """What was done that an app must not do."""
    elsewhere: list[str] = field(default_factory=list)
    """What was asked for that is no part of the API: pictures, for instance."""
    views: dict[str, View] = field(default_factory=dict)
    _where: str | None = None
    _ahead: float = 0.0
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _triggers: dict[str, _Trigger] = field(default_factory=dict)
    _replies: dict[str, _Reply] = field(default_factory=dict)
    _tickets: set[str] = field(default_factory=set)
    _failed: set[tuple[str, ...]] = field(default_factory=set)
    _blocked: dict[tuple[str, str], float] = field(default_factory=dict)
    _read: dict[tuple[str, str], float] = field(default_factory=dict)
    _lines: list[web.WebSocketResponse] = field(default_factory=list)
    _wires: dict[web.WebSocketResponse, asyncio.Transport] = field(default_factory=dict)
    _waiting: dict[str, tuple[web.WebSocketResponse, "asyncio.Future[Any]"]] = field(default_factory=dict)
    _echoes: set["asyncio.Task[Any]"] = field(default_factory=set)
    _held: dict[re.Pattern[str], asyncio.Event] = field(default_factory=dict)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def add_team(self, domain: str = "school", *, scopes: frozenset[str] = SCOPES) -> Team:
        token = f"xoxb-{domain}-{next(self._count)}"
        team = Team(id=self.new_id("T"), domain=domain, token=token, new=self.new_id, scopes=scopes)
        self.teams.append(team)
        return team

    def new_id(self, letter: str) -> str:
        return f"{letter}{next(self._count):010d}"

    @property
    def mode(self) -> str:
        """How the app is told: at its address, or on the line that it opened."""
        return "socket" if self._where is None else "http"

    @property
    def connected(self) -> bool:
        """Whether a line of Socket Mode stands."""
        return bool(self._lines)

    def http(self, url: str | URL | None) -> None:
        """From now on the app is told at this address; None: on its line."""
        self._where = None if url is None else str(url)

    def fail(self, fault: SlackFault, *, always: bool = False, only: re.Pattern[str] = EVERY) -> None:
        """From now on; `always`: each try, and not only the first of each request."""
        self.fault, self.always, self.only = fault, always, only
        self._failed.clear()

    @contextlib.contextmanager
    def holding(self, only: re.Pattern[str]) -> Iterator[None]:
        """In this block Slack takes its time with these methods: they are answered at its end."""
        self._held[only] = asyncio.Event()
        try:
            yield
        finally:
            self._held.pop(only).set()

    def now(self) -> float:
        """Seconds on Slack's stopwatch."""
        return self.clock() + self._ahead

    def now_is(self, moment: datetime) -> None:
        """Slack's calendar shows this from now on."""
        self.moment = moment

    def advance(self, time: timedelta) -> None:
        """So much time passes: for triggers, replies, limits and the calendar."""
        self._ahead += time.total_seconds()
        self.moment += time

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something is so here; looked at again whenever anything was asked or told."""
        async with asyncio.timeout(PATIENCE_S):
            while not what():
                await self._moved.wait()

    def moves(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def note(self, violation: str) -> None:
        self.violations.append(violation)

    def ts(self) -> str:
        return f"{int(self.moment.timestamp())}.{next(self._count):06d}"

    # What people do without a press.

    def post(self, person: Person, channel: Channel, text: str, **how: Any) -> Message:
        """Somebody writes, and joins if need be; how: `thread_ts`, `files`. Nobody is told."""
        if channel.kind == "public":
            channel.members.add(person.id)
        if person.id not in channel.members:
            raise CannotDo("not in that channel")
        message = Message(ts=self.ts(), channel=channel, author=person, text=text, **how)
        channel.messages.append(message)
        return message

    def edit(self, message: Message, text: str) -> None:
        message.text = text
        message.edited = {"user": message.author.id, "ts": self.ts()}

    def delete(self, message: Message) -> None:
        message.deleted = True

    def file(self, name: str, mimetype: str = "image/png") -> Json:
        """What a message says of a file. Whoever asks for its content is found in `elsewhere`."""
        id_ = self.new_id("F")
        address = str(self.url / "files" / id_ / name)
        return {
            "id": id_,
            "name": name,
            "title": name,
            "mimetype": mimetype,
            "size": 7,
            "url_private": address,
        }

    # What people do that the app is told.

    async def write(self, person: Person, text: str, **how: Any) -> Delivery:
        """Somebody writes to the app; how: as `post`."""
        message = self.post(person, person.team.im(person), text, **how)
        return await self.event(person.team, _as_event(message), person=person)

    async def open_home(self, person: Person, tab: str = "home") -> Delivery:
        event = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": person.team.im(person).id,
            "tab": tab,
            "event_ts": self.ts(),
            **({"view": person.home.payload()} if person.home else {}),
        }
        return await self.event(person.team, event, person=person)

    async def command(self, person: Person, channel: Channel, command: str, text: str = "") -> Delivery:
        team = person.team
        told = channel.told
        payload = {
            "token": "retired",
            "team_id": team.id,
            "team_domain": team.domain,
            "channel_id": told["id"],
            "channel_name": told["name"],
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._reply_url("commands", person, channel),
            "trigger_id": self.trigger(person),
        }
        return await self._interact(Delivery(kind="slash_commands", payload=payload, person=person))

    async def shortcut(self, person: Person, callback: str) -> Delivery:
        more = {"callback_id": callback, "action_ts": self.ts(), "trigger_id": self.trigger(person)}
        return await self._told(person, "shortcut", more)

    async def message_shortcut(self, person: Person, callback: str, message: Message) -> Delivery:
        channel = message.channel
        if message.only_for or (channel.kind != "public" and person.id not in channel.members):
            raise CannotDo("no shortcuts on that message")
        more = {
            "callback_id": callback,
            "action_ts": self.ts(),
            "trigger_id": self.trigger(person),
            "message_ts": message.ts,
            "message": message.payload(),
            "channel": channel.told,
            "response_url": self._reply_url("app", person, channel),
        }
        return await self._told(person, "message_action", more)

    async def press(
        self, person: Person, action: str, *, on: View | Message | None = None, value: str | None = None
    ) -> Delivery:
        """A button, or a choice that is told at once; on the modal on top, if nothing else is said."""
        place = on or person.view
        if place is None:
            raise CannotDo("nothing stands open")
        block, element = _find(place.blocks, action)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise CannotDo("that is told with the next press only")
        pressed = {
            **{name: element[name] for name in ("type", "action_id", "text", "value") if name in element},
            "block_id": block["block_id"],
            "action_ts": self.ts(),
        }
        if element["type"] != "button":
            pressed |= _answer(element, value)
        if isinstance(place, View) and element["type"] != "button":
            place.put(action, value)
        more = {"actions": [pressed], **self._place(person, place)}
        return await self._told(person, "block_actions", more)

    async def submit(self, person: Person) -> Delivery:
        """The submit button of the modal on top."""
        view = person.view
        if view is None or "submit" not in view.body:
            raise CannotDo("there is nothing to send")
        if missing := view.missing():
            raise CannotDo(f"still to be filled in: {missing}")
        more = {
            "view": view.payload(),
            "trigger_id": self.trigger(person, view, submitted=True),
            "response_urls": [],
        }
        return await self._told(person, "view_submission", more)

    async def close(self, person: Person, *, clear: bool = False) -> Delivery | None:
        """The close button of the modal on top, or with `clear` all of them at once."""
        view = person.view
        if view is None:
            raise CannotDo("nothing stands open")
        cleared = clear or bool(view.body.get("clear_on_close"))
        more = {"view": view.payload(), "is_cleared": cleared}
        for gone in list(person.views) if cleared else [view]:
            self.forget(gone)
        self.moves()
        if not view.body.get("notify_on_close"):
            return None
        return await self._told(person, "view_closed", more)

    async def again(self, delivery: Delivery) -> Delivery:
        """The same is told once more, as after a broken line."""
        told = Delivery(kind=delivery.kind, payload=delivery.payload, person=delivery.person)
        return await self._interact(told)

    def _place(self, person: Person, place: View | Message) -> Json:
        if isinstance(place, View):
            trigger = self.trigger(person, place if place in person.views else None)
            container: Json = {"type": "view", "view_id": place.id}
            return {"container": container, "view": place.payload(), "trigger_id": trigger}
        channel = place.channel
        container = {"type": "message", "message_ts": place.ts, "channel_id": channel.id}
        return {
            "container": {**container, "is_ephemeral": place.only_for is not None},
            "channel": channel.told,
            "trigger_id": self.trigger(person),
            "response_url": self._reply_url("actions", person, channel, place),
            "state": {"values": {}},
            **({} if place.only_for else {"message": place.payload()}),
        }

    def trigger(self, person: Person, view: View | None = None, *, submitted: bool = False) -> str:
        name = f"{next(self._count)}.{person.team.id}.{uuid.uuid4().hex}"
        until = self.now() + TRIGGER_S
        self._triggers[name] = _Trigger(person=person, until=until, view=view, submitted=submitted)
        return name

    def _reply_url(self, kind: str, person: Person, channel: Channel, original: Message | None = None) -> str:
        url = str(self.url / "response" / kind / person.team.id / uuid.uuid4().hex)
        until = self.now() + REPLY_S
        self._replies[url] = _Reply(person=person, channel=channel, original=original, until=until)
        return url

    # How it is told.

    async def event(
        self, team: Team, event: Json, *, person: Person | None = None, event_id: str | None = None
    ) -> Delivery:
        """Something happened; told again, without the pauses between, until it is acked."""
        payload = {
            "token": "retired",
            "team_id": team.id,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": event_id or self.new_id("Ev"),
            "event_time": int(self.moment.timestamp()),
            "event": event,
            "authorizations": [{"team_id": team.id, "user_id": team.bot.id, "is_bot": True}],
        }
        for attempt in range(1 + REDELIVERIES):
            delivery = Delivery(kind="events_api", payload=payload, person=person)
            await self._deliver(delivery, attempt)
            if delivery.acked:
                break
        return delivery

    async def url_verification(self) -> bool:
        """Whether the address is the app's: it says back what it is asked."""
        challenge = uuid.uuid4().hex
        payload = {"type": "url_verification", "challenge": challenge, "token": "retired"}
        delivery = Delivery(kind="events_api", payload=payload)
        await self._deliver(delivery)
        return challenge in json.dumps(delivery.answer)

    def sign(self, body: bytes) -> dict[str, str]:
        """The headers by which Slack shows that it is Slack."""
        stamp = str(int(time.time()))
        signed = hmac.new(self.signing_secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed.hexdigest()}"}

    async def _told(self, person: Person, kind: str, more: Json) -> Delivery:
        team = person.team
        payload = {
            "type": kind,
            "team": {"id": team.id, "domain": team.domain},
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": team.id},
            "api_app_id": APP,
            "token": "retired",
            "enterprise": None,
            "is_enterprise_install": False,
            **more,
        }
        return await self._interact(Delivery(kind="interactive", payload=payload, person=person))

    async def _interact(self, delivery: Delivery) -> Delivery:
        await self._deliver(delivery)
        if delivery.acked:
            self._settle(delivery)
            self.moves()
        return delivery

    async def _deliver(self, delivery: Delivery, attempt: int = 0) -> None:
        self.deliveries.append(delivery)
        self._begins_anew(delivery.person)
        self.moves()
        way = self._say if self._where is None else self._ask
        try:
            async with asyncio.timeout(self.ack_within):
                await way(delivery, attempt)
            self._lose(delivery)
        except TimeoutError:
            self.note(f"{delivery.name}: no ack within {self.ack_within} s")
        except (aiohttp.ClientError, ConnectionError):
            delivery.gone = True
        self.moves()

    def _lose(self, delivery: Delivery) -> None:
        if delivery.acked and self.lost_acks:
            self.lost_acks -= 1
            delivery.acked, delivery.gone, delivery.answer = False, True, None

    def _begins_anew(self, person: Person | None) -> None:
        """With the next press the first of each request fails again."""
        if person is None:
            return
        theirs = {person.id, person.team.im(person).id, *(view.id for view in person.views)}
        self._failed = {tried for tried in self._failed if not theirs & set(tried)}

    async def _ask(self, delivery: Delivery, attempt: int) -> None:
        body, kind = _posted(delivery)
        headers = {"Content-Type": kind, **self.sign(body)}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(str(self._where), data=body, headers=headers, allow_redirects=False) as response,
        ):
            text = await response.text()
        if not 200 <= response.status < 300:
            self.note(f"{delivery.name}: answered with {response.status}")
            return
        delivery.acked = True
        try:
            delivery.answer = _ack_of(delivery, text, response.content_type)
        except ValueError:
            self.note(f"{delivery.name}: no JSON in the ack")

    async def _say(self, delivery: Delivery, attempt: int) -> None:
        if not self._lines:
            raise ConnectionError("no line stands")
        line, name = self._lines[-1], str(uuid.uuid4())
        envelope = {
            "envelope_id": name,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": _may_answer(delivery),
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        said = asyncio.get_running_loop().create_future()
        self._waiting[name] = (line, said)
        try:
            await line.send_json(envelope)
            delivery.answer = await said
            delivery.acked = True
        finally:
            del self._waiting[name]

    # What an ack says.

    def _settle(self, delivery: Delivery) -> None:
        answer = delivery.answer or None
        if answer is None and delivery.payload.get("type") == "view_submission":
            self._end_of(delivery.payload["view"]["id"])
        elif answer is None:
            return
        elif not _may_answer(delivery) or not isinstance(answer, dict):
            self.note(f"{delivery.name}: an ack that nobody reads")
        else:
            try:
                self._take(delivery, answer)
            except Refused as refused:
                self.note(f"{delivery.name}: {refused.body}")

    def _take(self, delivery: Delivery, answer: Json) -> None:
        payload, person = delivery.payload, delivery.person
        assert person is not None
        if delivery.kind == "slash_commands":
            reply = self._replies[payload["response_url"]]
            _checked(check_message, answer)
            self._answer_in(reply, answer)
            return
        view = self.views.get(payload["view"]["id"])
        match answer.get("response_action"):
            case "errors":
                self._errors(answer.get("errors"), payload["view"]["blocks"])
            case "clear":
                for each in list(person.views):
                    self.forget(each)
            case "update" if view is not None:
                view.becomes(self.body_of(answer.get("view"), check_modal), self._version())
            case "push" if view is not None:
                self.stack(person, answer.get("view"))
            case "update" | "push":
                return
            case other:
                raise Refused("invalid_response_action", was=other)

    def _errors(self, errors: Any, blocks: list[Json]) -> None:
        inputs = {block["block_id"] for block in blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            raise Refused("invalid_errors")
        if not all(isinstance(text, str) and text.strip() for text in errors.values()):
            raise Refused("an error that says nothing")

    def _end_of(self, view: str) -> None:
        if view in self.views:
            self.forget(self.views[view])

    # Views.

    def body_of(self, body: Any, check: Callable[[Mapping[str, Any]], None], *, own: str = "") -> Json:
        """A view as it stands here once it is checked; `own`: an external id that it may have."""
        given = _checked(check, body)
        taken = {view.body.get("external_id") for view in self.views.values()} - {"", None, own}
        if given.get("external_id") in taken:
            raise Refused("duplicate_external_id")
        return self._named(given)

    def _named(self, body: Json) -> Json:
        """Slack names whatever its app has not named."""
        copied = _copy(body)
        for block in copied.get("blocks", []):
            block.setdefault("block_id", uuid.uuid4().hex[:5])
        return copied

    def stack(self, person: Person, body: Any, *, push: bool = True) -> View:
        """A modal stands above those of this person, or instead of them."""
        checked = self.body_of(body, check_modal)
        if push and len(person.views) >= STACK:
            raise Refused("push_limit_reached")
        for gone in [] if push else list(person.views):
            self.forget(gone)
        view = View(id=self.new_id("V"), person=person, body=checked, hash=self._version())
        person.views.append(view)
        self.views[view.id] = view
        return view

    def forget(self, view: View) -> None:
        self.views.pop(view.id, None)
        if view in view.person.views:
            view.person.views.remove(view)

    def _version(self) -> str:
        return f"{next(self._count)}.{uuid.uuid4().hex[:8]}"

    def exchange(self, team: Team, name: Any, *, pushing: bool = False) -> Person:
        """Whose press this was; once, and for three seconds."""
        trigger = self._triggers.get(str(name))
        if trigger is None or trigger.person.team is not team:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.now() > trigger.until:
            raise Refused("expired_trigger_id")
        if pushing and trigger.view not in trigger.person.views:
            raise Refused("invalid_trigger_id")
        trigger.used = True
        return trigger.person

    def was_submitted(self, trigger: str) -> bool:
        return self._triggers[trigger].submitted

    # Messages of the app.

    def say(self, channel: Channel, body: Json, only_for: Person | None = None) -> Message:
        """The app posts. In a person's own messages with it, it is told of that itself."""
        message = Message(
            ts=self.ts(),
            channel=channel,
            author=channel.team.bot,
            text=body.get("text") or "",
            blocks=self._named(body).get("blocks", []),
            thread_ts=body.get("thread_ts"),
            only_for=only_for,
        )
        channel.messages.append(message)
        if channel.kind == "im" and only_for is None:
            echo = asyncio.ensure_future(self.event(channel.team, _as_event(message)))
            self._echoes.add(echo)
            echo.add_done_callback(self._echoes.discard)
        return message

    def _answer_in(self, reply: _Reply, body: Json) -> None:
        original = reply.original
        if original is not None and body.get("delete_original"):
            original.deleted = True
        elif original is not None and body.get("replace_original"):
            original.text, original.blocks = body["text"], self._named(body).get("blocks", [])
        elif not body.get("delete_original"):
            everybody = body.get("response_type") == "in_channel"
            self.say(reply.channel, body, None if everybody else reply.person)

    # HTTP.

    async def api(self, http: web.Request) -> web.StreamResponse:
        token = http.headers.get("Authorization", "").removeprefix("Bearer ")
        args = await _args(http)
        asked = Request(method=http.match_info["method"], args=args, token=token or args.pop("token", ""))
        return await self._answered(http, asked, self._do)

    async def reply(self, http: web.Request) -> web.StreamResponse:
        url = str(self.url.join(http.rel_url))
        asked = Request(method="response_url", args={**(await http.json()), "url": url}, token=url)
        if self.moved_to:
            self.requests.append(asked)
            raise web.HTTPTemporaryRedirect(self.moved_to)
        return await self._answered(http, asked, self._reply)

    async def other(self, http: web.Request) -> web.StreamResponse:
        self.elsewhere.append(http.path)
        raise web.HTTPNotFound

    async def _answered(
        self, http: web.Request, asked: Request, do: Callable[[Request], Json]
    ) -> web.StreamResponse:
        """One request, with what is the matter with Slack just now. Whoever hangs up undoes nothing."""
        self.requests.append(asked)
        let_go = next((each for only, each in self._held.items() if only.fullmatch(asked.method)), None)
        if let_go is None:
            return self._answer(http, asked, do)
        later = asyncio.ensure_future(self._later(http, asked, do, let_go))
        self._echoes.add(later)
        later.add_done_callback(self._echoes.discard)
        return await asyncio.shield(later)

    async def _later(
        self, http: web.Request, asked: Request, do: Callable[[Request], Json], let_go: asyncio.Event
    ) -> web.StreamResponse:
        self.waiting += 1
        self.moves()
        await let_go.wait()
        self.waiting -= 1
        return self._answer(http, asked, do)

    def _answer(self, http: web.Request, asked: Request, do: Callable[[Request], Json]) -> web.StreamResponse:
        fault = SlackFault.FINE if (left := self._left(asked)) else self._fault_of(asked)
        if left:
            self.note(f"{asked.method}: asked again {left:.2f} s before that was allowed")
            response = self._sent_away(asked, left)
        elif fault is SlackFault.FINE or fault is SlackFault.LOST:
            response = self._done(asked, do)
        else:
            response = self._fails(asked, fault)
        if fault is SlackFault.LOST and asked.args.get("trigger_id") in self._triggers:
            self._triggers[asked.args["trigger_id"]].lost = True
        self.moves()
        if fault in {SlackFault.CUT, SlackFault.LOST} and http.transport is not None:
            http.transport.abort()
        return response

    def _left(self, asked: Request) -> float:
        """Seconds for which nobody may ask for that again."""
        return max(0.0, self._blocked.get((asked.method, asked.token), 0.0) - self.now())

    def _fault_of(self, asked: Request) -> SlackFault:
        spared = asked.which in self._failed and not self.always
        if self.fault is SlackFault.FINE or spared or not self.only.fullmatch(asked.method):
            return SlackFault.FINE
        self._failed.add(asked.which)
        return self.fault

    def _fails(self, asked: Request, fault: SlackFault) -> web.Response:
        match fault:
            case SlackFault.BUSY:
                return self._sent_away(asked, self.retry_after)
            case SlackFault.REFUSED:
                return _refusal(asked, {"ok": False, "error": self.refusal})
            case _:
                return web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html")

    def _sent_away(self, asked: Request, seconds: float) -> web.Response:
        self._blocked[asked.method, asked.token] = self.now() + seconds
        headers = {"Retry-After": str(-int(-seconds // 1))}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    def _done(self, asked: Request, do: Callable[[Request], Json]) -> web.Response:
        try:
            asked.answer = {"ok": True, **do(asked)}
        except _TooMany as too_many:
            return self._sent_away(asked, too_many.seconds)
        except Refused as refused:
            self._note_refusal(asked, refused.body)
            return _refusal(asked, refused.body)
        except Exception as error:
            self.note(f"{asked.method}: the simulation itself broke: {error!r}")
            raise
        return web.json_response(asked.answer)

    def _note_refusal(self, asked: Request, body: Json) -> None:
        trigger = self._triggers.get(str(asked.args.get("trigger_id")))
        done_before = body["error"] in {"exchanged_trigger_id", "duplicate_external_id"}
        excused = done_before and trigger is not None and trigger.lost
        if body["error"] in FAULTS_OF_AN_APP and not excused:
            self.note(f"{asked.method}: {body['error']} {body.get('response_metadata', '')}".strip())

    def _do(self, asked: Request) -> Json:
        if asked.method == "apps.connections.open":
            return self._new_line(asked)
        if asked.method not in METHODS:
            raise Refused("unknown_method", req_method=asked.method)
        if not asked.token:
            raise Refused("not_authed")
        team = next((each for each in self.teams if each.token == asked.token), None)
        if team is None:
            raise Refused("invalid_auth")
        scope, method = METHODS[asked.method]
        needs(team, scope)
        return method(self, team, asked.args)

    def _reply(self, asked: Request) -> Json:
        reply = self._replies.get(asked.token)
        if reply is None or self.now() > reply.until:
            raise Refused("expired_url")
        if not reply.left:
            raise Refused("used_url")
        reply.left -= 1
        body = {name: value for name, value in asked.args.items() if name != "url"}
        self._answer_in(reply, _checked(check_message, body))
        return {}

    def is_limited(self, team: Team, method: str) -> None:
        """Raises for the second time in a minute."""
        if self.policy != "limited":
            return
        next_at = self._read.get((team.id, method), 0.0) + A_MINUTE_S
        if (team.id, method) in self._read and self.now() < next_at:
            raise _TooMany(next_at - self.now())
        self._read[team.id, method] = self.now()

    # Socket Mode.

    def _new_line(self, asked: Request) -> Json:
        if asked.token != self.app_token:
            raise Refused("not_allowed_token_type" if asked.token.startswith("xoxb") else "invalid_auth")
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return {"url": str((self.url.with_scheme("ws") / "link/").with_query(ticket=ticket, app_id=APP))}

    async def line(self, http: web.Request) -> web.StreamResponse:
        """One connection, until either side ends it."""
        if http.query.get("ticket") not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(http.query["ticket"])
        if self.bad_lines:
            self.bad_lines -= 1
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(http)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        assert http.transport is not None
        self._lines.append(socket)
        self._wires[socket] = http.transport
        self.moves()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(json.loads(message.data))
        finally:
            self._ended(socket)
        return socket

    def _heard(self, message: Json) -> None:
        _, said = self._waiting.get(message.get("envelope_id", ""), (None, None))
        if said is not None and not said.done():
            said.set_result(message.get("payload"))

    def _ended(self, socket: web.WebSocketResponse) -> None:
        self._lines.remove(socket)
        del self._wires[socket]
        for line, said in self._waiting.values():
            if line is socket and not said.done():
                said.set_exception(ConnectionResetError("the line is gone"))
        self.moves()

    def cut(self) -> None:
        """The lines that stand break, and nobody says why."""
        for wire in self._wires.values():
            wire.abort()

    async def hang_up(self, reason: str = "refresh_requested") -> None:
        """Slack ends the lines that stand, as it does every few hours."""
        for line in list(self._lines):
            await line.send_json({"type": "disconnect", "reason": reason})
            await line.close()


def _refusal(asked: Request, body: Json) -> web.Response:
    """The API says no with 200, a response_url with 404."""
    return web.json_response(body, status=404 if asked.method == "response_url" else 200)


class _TooMany(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _posted(delivery: Delivery) -> tuple[bytes, str]:
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = (
        delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    )
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _ack_of(delivery: Delivery, text: str, kind: str) -> Any:
    if text and delivery.kind == "slash_commands" and kind != "application/json":
        return {"text": text}
    return json.loads(text) if text else None


def _may_answer(delivery: Delivery) -> bool:
    return delivery.kind == "slash_commands" or delivery.payload.get("type") == "view_submission"


def _as_event(message: Message) -> Json:
    return {**message.payload(), "channel": message.channel.id, "channel_type": "im", "event_ts": message.ts}


async def _args(http: web.Request) -> Json:
    args: Json = dict(http.query)
    if http.content_type == "application/json":
        args |= await http.json()
    elif http.method == "POST":
        args |= dict(await http.post())
    for name in ("view", "blocks"):
        if isinstance(args.get(name), str):
            args[name] = json.loads(args[name])
    return args


def _checked(check: Callable[[Mapping[str, Any]], None], body: Any) -> Json:
    """Raises Refused, as Slack would, for whatever `check` finds."""
    try:
        check(body)
    except (AssertionError, AttributeError, KeyError, TypeError) as error:
        said = {"messages": [f"[ERROR] {str(error).splitlines()[0] if str(error) else error!r}"]}
        raise Refused("invalid_arguments", response_metadata=said) from error
    checked: Json = body
    return checked


# The Web API.

FAULTS_OF_AN_APP: Final = frozenset(
    {"not_authed", "invalid_auth", "not_allowed_token_type", "missing_scope", "unknown_method"}
    | {"invalid_arguments", "exchanged_trigger_id", "invalid_trigger_id", "push_limit_reached"}
    | {"duplicate_external_id", "no_text", "used_url", "invalid_limit", "invalid_cursor"}
)
"""What nobody answers to an app that does as it should. A press may be too late, and a screen closed: those
are none."""


def needs(team: Team, scope: str | None) -> None:
    if scope is not None and scope not in team.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(team.scopes)))


def _auth_test(_server: Server, team: Team, _args: Json) -> Json:
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.domain,
        "team_id": team.id,
        "user": team.bot.name,
        "user_id": team.bot.id,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def _views_open(server: Server, team: Team, args: Json) -> Json:
    server.body_of(args.get("view"), check_modal)
    person = server.exchange(team, args.get("trigger_id"))
    if server.was_submitted(args["trigger_id"]):
        server.note("views.open: after a modal was sent, where telephones show nothing new")
    return {"view": server.stack(person, args["view"], push=False).payload()}


def _views_push(server: Server, team: Team, args: Json) -> Json:
    server.body_of(args.get("view"), check_modal)
    person = server.exchange(team, args.get("trigger_id"), pushing=True)
    return {"view": server.stack(person, args["view"]).payload()}


def _views_update(server: Server, team: Team, args: Json) -> Json:
    named = [
        view
        for view in server.views.values()
        if view.person.team is team
        and (view.id == args.get("view_id") or args.get("external_id") == view.body.get("external_id", ""))
    ]
    if not named:
        raise Refused("not_found")
    (view,) = named
    if args.get("hash", view.hash) != view.hash:
        raise Refused("hash_conflict")
    body = server.body_of(args.get("view"), check_modal, own=view.body.get("external_id", ""))
    view.becomes(body, server._version())
    return {"view": view.payload()}


def _views_publish(server: Server, team: Team, args: Json) -> Json:
    person = team.people.get(str(args.get("user_id")))
    if person is None:
        raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] no such user_id"]})
    if person.home is not None and args.get("hash", person.home.hash) != person.home.hash:
        raise Refused("hash_conflict")
    body = server.body_of(args.get("view"), check_home)
    if person.home is None:
        person.home = View(id=server.new_id("V"), person=person, body=body, hash="")
    person.home.becomes(body, server._version())
    return {"view": person.home.payload()}


def _channel(team: Team, args: Json) -> Channel:
    channel = team.channels.get(str(args.get("channel")))
    if channel is None or (channel.kind != "public" and team.bot.id not in channel.members):
        raise Refused("channel_not_found")
    return channel


def _own_channel(team: Team, args: Json) -> Channel:
    channel = _channel(team, args)
    if team.bot.id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _post_message(server: Server, team: Team, args: Json) -> Json:
    person = team.people.get(str(args.get("channel")))
    channel = _own_channel(team, args) if person is None else team.im(person)
    if not args.get("text") and not args.get("blocks"):
        raise Refused("no_text")
    if any(name in args for name in ANSWERING):
        raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] of a response_url only"]})
    message = server.say(channel, _checked(check_message, args))
    return {"channel": channel.id, "ts": message.ts, "message": message.payload()}


def _history(server: Server, team: Team, args: Json) -> Json:
    channel = _own_channel(team, args)
    needs(team, f"{KINDS[channel.kind]}:history")
    server.is_limited(team, "conversations.history")
    return _page(server, [each for each in _lasting(channel) if not each.is_reply], args, newest_first=True)


def _replies(server: Server, team: Team, args: Json) -> Json:
    channel = _own_channel(team, args)
    needs(team, f"{KINDS[channel.kind]}:history")
    server.is_limited(team, "conversations.replies")
    ts = args.get("ts")
    root = next((each for each in _lasting(channel) if each.ts == ts), None)
    if root is None:
        raise Refused("thread_not_found")
    thread = [each for each in _lasting(channel) if each.thread_ts == ts and each is not root]
    return _page(server, [root, *thread], args, newest_first=False)


def _lasting(channel: Channel) -> list[Message]:
    return [each for each in channel.messages if not each.deleted and each.only_for is None]


def _page(server: Server, messages: list[Message], args: Json, *, newest_first: bool) -> Json:
    """Those nearest to `latest`; with `oldest` alone those nearest to that. Either way in the same order."""
    most = A_LIMITED_PAGE if server.policy == "limited" else A_PAGE
    limit = int(args.get("limit") or min(100, most))
    if not 1 <= limit <= A_PAGE or "cursor" in args:
        raise Refused("invalid_limit" if "cursor" not in args else "invalid_cursor")
    limit = min(limit, most)
    inside = [each for each in messages if _is_within(each.ts, args)]
    from_below = not newest_first or ("oldest" in args and "latest" not in args)
    chosen = inside[:limit] if from_below else inside[-limit:]
    ordered = reversed(chosen) if newest_first else chosen
    return {"messages": [each.payload() for each in ordered], "has_more": len(inside) > limit}


def _is_within(ts: str, args: Json) -> bool:
    bounds = {}
    for name in ("oldest", "latest"):
        try:
            bounds[name] = Decimal(str(args.get(name, ts if name == "latest" else 0)))
        except InvalidOperation as error:
            raise Refused(f"invalid_ts_{name}") from error
    at = Decimal(ts)
    on_the_edge = ("latest" in args and at == bounds["latest"]) or at == bounds["oldest"]
    if on_the_edge:
        return str(args.get("inclusive", "")).lower() in {"1", "true"}
    return bounds["oldest"] < at <= bounds["latest"]


def _conversations_info(_server: Server, team: Team, args: Json) -> Json:
    channel = _channel(team, args)
    needs(team, f"{KINDS[channel.kind]}:read")
    return {"channel": channel.info()}


def _conversations_open(_server: Server, team: Team, args: Json) -> Json:
    users = args.get("users") or ""
    named = users if isinstance(users, list) else users.split(",")
    if len(named) != 1 or named[0] not in team.people:
        raise Refused("user_not_found")
    return {"channel": {"id": team.im(team.people[named[0]]).id}, "already_open": True}


def _users_info(_server: Server, team: Team, args: Json) -> Json:
    person = team.people.get(str(args.get("user")))
    if person is None:
        raise Refused("user_not_found")
    info = person.info()
    if str(args.get("include_locale", "")).lower() not in {"1", "true"}:
        del info["locale"]
    return {"user": info}


METHODS: Final[Mapping[str, tuple[str | None, Callable[[Server, Team, Json], Json]]]] = {
    "auth.test": (None, _auth_test),
    "views.open": (None, _views_open),
    "views.push": (None, _views_push),
    "views.update": (None, _views_update),
    "views.publish": (None, _views_publish),
    "chat.postMessage": ("chat:write", _post_message),
    "conversations.history": (None, _history),
    "conversations.replies": (None, _replies),
    "conversations.info": (None, _conversations_info),
    "conversations.open": ("im:write", _conversations_open),
    "users.info": ("users:read", _users_info),
}
"""What is simulated, with the scope that it needs."""


@asynccontextmanager
async def slack_server() -> AsyncIterator[Server]:
    """Slack, with nobody in it yet and nobody connected."""
    server = Server()
    app = web.Application()
    app.router.add_get("/link/", server.line)
    app.router.add_route("*", "/api/{method}", server.api)
    app.router.add_post("/response/{path:.*}", server.reply)
    app.router.add_route("*", "/{path:.*}", server.other)
    async with TestServer(app, host="127.0.0.1") as listening:
        server.url = listening.make_url("/")
        try:
            yield server
        finally:
            for echo in list(server._echoes):
                echo.cancel()
            for line in list(server._lines):
                await line.close()


@contextlib.contextmanager
def addressed(url: URL) -> Iterator[None]:
    """In this block Slack's SDK takes `url` for Slack."""
    with contextlib.ExitStack() as patched:
        patched.enter_context(mock.patch.object(AsyncBaseClient, "BASE_URL", str(url / "api/")))
        if _is_there("bots.slack.calling"):
            replies = (str(url / "response/"),)
            patched.enter_context(mock.patch("bots.slack.calling.RESPONSE_URLS", replies))
        yield


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# What others see.


def traces(server: Server) -> list[str]:
    """All that was done in Slack which anybody but the one person addressed could see, or be told of."""
    asked = [" ".join(one.which) for one in server.requests if not _is_unseen(server, one)]
    said = [
        f"a message in {channel.name}"
        for team in server.teams
        for channel in team.channels.values()
        for message in channel.messages
        if message.author is team.bot and message.only_for is None and not _is_own(channel)
    ]
    return asked + said


def _is_unseen(server: Server, one: Request) -> bool:
    if one.method == "chat.postMessage":
        places = {name for team in server.teams for name in (*team.people, *team.channels)}
        channels = [
            team.channels[one.args["channel"]]
            for team in server.teams
            if one.args["channel"] in team.channels
        ]
        return one.args["channel"] in places and all(map(_is_own, channels))
    if one.method == "response_url":
        return one.args.get("response_type") != "in_channel"
    return one.method in METHODS or one.method == "apps.connections.open"


def _is_own(channel: Channel) -> bool:
    """Between one person and the app."""
    return channel.kind == "im" and channel.team.bot.id in channel.members


def direct_messages(server: Server, person: Person) -> list[Message]:
    """What the app wrote to somebody in their own messages with it; whether only they see it or not."""
    assert person.team in server.teams
    messages = person.team.im(person).messages
    return [each for each in messages if each.author is person.team.bot and not each.deleted]


def sees(person: Person, text: str) -> bool:
    """Whether somebody can read this anywhere: in a message, a modal or their App Home."""
    views = [*person.views, *([person.home] if person.home else [])]
    read = ["\n".join(words(view.body)) for view in views]
    for channel in person.team.channels.values():
        if channel.kind == "public" or person.id in channel.members:
            read += [
                each.words
                for each in channel.messages
                if not each.deleted and each.only_for in {None, person}
            ]
    return any(text in each for each in read)
