"""What the room asks Slack for beside a press: who somebody is, and what was said around.

Each is bounded in time and optional: nothing that a child waits for depends on an answer. No address in a
message is ever opened. One look at a channel is enough: Slack may allow an app no more in a minute. Only a
thread too long for one look is looked at again, closer to the message.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

import msgspec

from bots.slack import inbound
from bots.slack.calling import EXPECTED, Answer, Calls, Verdict
from bots.slack.inbound import Account, Json, Payload
from core.chat.memory import Memory
from core.clock import Clock
from core.evidence.model import CONTEXT_AFTER, CONTEXT_BEFORE
from core.reports.model import YesNo

PEOPLE_S: Final = 0.6
"""The first screen waits for this, and three seconds are all there is."""
REPORTER_S: Final = 1.2
"""Longer for the names of whoever pressed: they have to be taken out of what is sealed."""
HISTORY_S: Final = 600.0
"""Nobody waits for this; an app that Slack allows one look a minute gets its turn within it."""
BEHIND_S: Final = 20.0
"""Nobody waits for it behind the answer."""
NAMES_S: Final = 3.0
"""What was said around is stored without names rather than later."""
AROUND: Final = 15
"""What Slack gives any app in one look; enough, since the message itself came with the press."""
OF_A_THREAD: Final = 200
NEAR: Final = CONTEXT_BEFORE + 1 + CONTEXT_AFTER
"""So many of them are kept at most."""
CLOSER_S: Final = (3600.0, 60.0)
"""Slack reads threads forwards: where a look from the first message does not reach, so far before it."""
RECENT: Final = timedelta(days=1)
"""Where no message was pressed on, what is older than this has most likely nothing to do with it."""
KNOWN: Final = timedelta(minutes=10)
MOST_AUTHORS: Final = 12
"""So many people are asked for by name behind an answer."""


class Inside(Enum):
    """Whether the app was let into a channel."""

    YES = "yes"
    NO = "no"
    NEVER = "never"
    """Nobody can let it in: people talk there by themselves."""
    NOT_KNOWN = "not_known"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What could be found out in the moment before the answer."""

    people: Mapping[str, Account]
    inside: Inside = Inside.NOT_KNOWN

    def staff(self, author: str) -> YesNo:
        """Whether whoever wrote it runs the workspace; an app does not, and of nobody nobody is sure."""
        if author.startswith("B"):
            return YesNo.NO
        return self.people[author].is_staff if author in self.people else YesNo.NOT_SURE


class Looking:
    """Asks through whatever client there is now; what it learns it knows for ten minutes."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._people: Memory[Account] = Memory(clock, KNOWN)
        self._inside: Memory[Inside] = Memory(clock, KNOWN)
        self._asking: dict[tuple[str, ...], asyncio.Future[Answer]] = {}

    async def at_press(self, payload: Payload, author: str) -> Found:
        """Whether the app is in that channel; of a message, who wrote it and who pressed, if Slack says so.

        Where nothing was pressed on, nothing is sealed yet that names would have to be taken out of.
        """
        self._people.forget_old()
        self._inside.forget_old()
        now = asyncio.get_running_loop().time()
        ends = now + PEOPLE_S
        reporter, people, inside = await asyncio.gather(
            self._all([payload.user] if author else [], now + REPORTER_S),
            self._all([author] if author not in {"", payload.user} else [], ends),
            self._is_inside(payload, ends),
        )
        return Found(people={payload.user: by_the_press(payload), **reporter, **people}, inside=inside)

    def inside(self, channel: str) -> Inside:
        """What Slack said of a channel not long ago."""
        return self._inside.get(channel) or Inside.NEVER

    def known(self, user: str) -> Account | None:
        """Somebody of whom Slack told not long ago."""
        return self._people.get(user)

    async def people(self, wanted: Iterable[str], at_most: float = NAMES_S) -> dict[str, Account]:
        """Behind the answer: who these are, as far as Slack tells."""
        ends = asyncio.get_running_loop().time() + at_most
        return await self._all(list(dict.fromkeys(each for each in wanted if each))[:MOST_AUTHORS], ends)

    async def around(self, channel: str, message: Json) -> Sequence[Json]:
        """The message with what was said before it; in a thread, what was said there around it."""
        stamp, thread = inbound.stamp_of(message), inbound.thread_of(message)
        if not stamp:
            return ()
        if thread and thread != stamp:
            return await self._in_thread(channel, thread, float(stamp))
        asked = {"latest": stamp, "inclusive": "true", "limit": str(AROUND)}
        before = await self._read("conversations.history", channel, asked)
        if not thread:
            return before
        replies = {"ts": stamp, "limit": str(AROUND)}
        return [*before, *await self._read("conversations.replies", channel, replies)]

    async def _in_thread(self, channel: str, thread: str, at: float) -> Sequence[Json]:
        """The first message, and those nearest to the time `at`, the nearest first."""
        root: Sequence[Json] = ()
        found: Sequence[Json] = ()
        for before in (None, *CLOSER_S):
            begin = {} if before is None else {"oldest": f"{at - before:.6f}", "inclusive": "true"}
            asked = {"ts": thread, **begin, "limit": str(OF_A_THREAD)}
            found = await self._read("conversations.replies", channel, asked)
            root = root or found[:1]
            if len(found) < AROUND or any(_second(each) >= at for each in found):
                break
        return [*root, *sorted(found, key=lambda each: abs(_second(each) - at))[:NEAR]]

    async def latest(self, channel: str, now: datetime) -> Sequence[Json]:
        """What was said here last, within a day."""
        found = await self._read("conversations.history", channel, {"limit": str(AROUND)})
        return [each for each in found if _is_recent(each, now)]

    async def _read(self, method: str, channel: str, asked: Mapping[str, str]) -> Sequence[Json]:
        ends = asyncio.get_running_loop().time() + HISTORY_S
        answer = await self._asked(method, {"channel": channel, **asked}, ends)
        if answer.error in EXPECTED:
            self._inside.keep(channel, Inside.NO)
        messages = answer.data.get("messages")
        return [each for each in messages if isinstance(each, dict)] if isinstance(messages, list) else ()

    async def _is_inside(self, payload: Payload, ends: float) -> Inside:
        if not payload.channel:
            return Inside.NEVER
        known = self._inside.get(payload.channel)
        if known is not None:
            return known
        if payload.is_ours:
            return Inside.YES
        if payload.is_among_people:
            return Inside.NEVER
        asked = {"channel": payload.channel}
        found = _inside(await self._asked("conversations.info", asked, ends))
        if found is not Inside.NOT_KNOWN:
            self._inside.keep(payload.channel, found)
        return found

    async def _all(self, wanted: Sequence[str], ends: float) -> dict[str, Account]:
        found = await asyncio.gather(*(self._one(each, ends) for each in wanted))
        return {account.id: account for account in found if account is not None}

    async def _one(self, user: str, ends: float) -> Account | None:
        """None for an app, and for whom Slack tells nothing in time."""
        known = self._people.get(user)
        if known is not None or not user.startswith(("U", "W")):
            return known
        answer = await self._asked("users.info", {"user": user, "include_locale": "true"}, ends)
        told: Any = answer.data.get("user")
        if not isinstance(told, dict):
            return None
        account = inbound.account_of(user, told)
        self._people.keep(user, account)
        return account

    async def _asked(self, method: str, args: Mapping[str, str], ends: float) -> Answer:
        """What is being asked already is asked once for all who want to know it; each waits its own time."""
        name = (method, *(f"{key}={args[key]}" for key in sorted(args)))
        answer = Answer(verdict=Verdict.AGAIN)
        while (begun := self._asking.get(name)) is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(ends):
                    answer = await asyncio.shield(begun)
            if answer.verdict is not Verdict.AGAIN or asyncio.get_running_loop().time() >= ends:
                return answer
        ours = self._asking[name] = asyncio.get_running_loop().create_future()
        try:
            answer = await self._calls.make(method, args, ends=ends, reads=True)
        finally:
            del self._asking[name]
            ours.set_result(answer)
        return answer


def by_the_press(payload: Payload) -> Account:
    """Who pressed, by nothing but what the press told."""
    return Account(id=payload.user, names=(payload.user_name,) if payload.user_name else ())


def _inside(answer: Answer) -> Inside:
    if answer.error in EXPECTED:
        return Inside.NO
    channel: Any = answer.data.get("channel")
    if not isinstance(channel, dict) or not isinstance(channel.get("is_member"), bool):
        return Inside.NOT_KNOWN
    if channel.get("is_im") or channel.get("is_mpim"):
        return Inside.NEVER
    return Inside.YES if channel["is_member"] else Inside.NO


def _second(message: Json) -> float:
    return float(inbound.stamp_of(message) or 0)


def _is_recent(message: Json, now: datetime) -> bool:
    at = inbound.said_at(message)
    return at is not None and now - at <= RECENT
