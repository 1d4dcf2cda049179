"""The product as the front door builds it with one chat on one side and a desk on the other: what every chat
has in common.

Real road, room, sealing, screens and notifier. The chat, the ledger and the desk can each fail. People and
messages are whatever the simulated chat takes them for.
"""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import sqlalchemy as sa

from core.delivery.screens import STANDS, Emptier
from core.evidence.drafts import DraftKey
from core.evidence.parts import PartHeader
from core.evidence.sealing import SecretKey, new_key, open_part
from core.ids import DeskName, ReportId
from core.ledger.road import open_screens, outbox, parts, reports
from core.reports.model import Standing
from core.settings.model import Community, Desk, Settings, Storage
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from desk.model import Scope
from lifebelt import House, Part
from tests.behind import Behind
from tests.everything_down import A_WHILE, PATIENCE, PATIENCE_S, SENTENCES, Claim
from tests.faults import UNHURRIED, DeskFault, LedgerFault, mend, put_upon
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

NAME = "Skate park"
CENTRE = Scope(desk=DeskName("centre"), standing=Standing.SPECIALIST)
RANDOM = r"lbr?1[A-Za-z0-9_.~=-]+|LB(?:-[0-9A-Z]{4}){3}-[0-9A-Z]"
"""Keys of drafts and codes."""

T = TypeVar("T")


class ChatChild(Protocol):
    """Somebody who uses the app: what they press, and the private screen that stands before them."""

    async def report(self) -> "ChatChild": ...
    async def report_message(self, message: Any) -> "ChatChild": ...
    async def my_reports(self, code: str) -> "ChatChild":
        """Look a code up."""

    async def press(self, button: str) -> "ChatChild":
        """A button, by its id in the dialogue. LookupError where it is not there."""

    async def choose(self, question: str, value: str) -> "ChatChild":
        """An answer; where this chat tells it with the next press, it is told with that."""

    async def decide(self, question: str, value: str) -> "ChatChild":
        """An answer to the one question of a screen that is about nothing else, told at once."""

    async def fill(self, **values: str) -> "ChatChild":
        """Fill in the form that was opened, and send it."""

    async def tell(self, **values: str) -> "ChatChild":
        """Through "Tell more first" to the choices, with this said."""

    async def press_unknown(self, name: str) -> "ChatChild":
        """The danger exit of a screen that says another name of itself, as one of another version does."""

    @property
    def answered(self) -> bool:
        """Whether something came of the last press in time, as the chat sees it."""

    @property
    def stands(self) -> bool:
        """Whether a screen of ours stands there that says anything."""

    @property
    def gone(self) -> bool:
        """Whether nothing is left of the screen, but perhaps that it is closed."""

    @property
    def form(self) -> Any:
        """The form that was opened, if one was."""

    @property
    def prefilled(self) -> bool:
        """Whether anything stands in that form already."""

    @property
    def words(self) -> str:
        """All that can be read on the screen."""

    @property
    def buttons(self) -> set[str]: ...
    @property
    def chosen(self) -> set[str]:
        """What stands chosen in the lists of the screen."""

    @property
    def key(self) -> DraftKey: ...
    @property
    def report_id(self) -> ReportId: ...
    @property
    def code(self) -> str | None: ...
    @property
    def gives_help(self) -> bool:
        """The number, the child line and the silent way of the country, all on this screen."""

    def says(self, key: str) -> bool: ...


class Home(House):
    """The front door's own house; here it may make keys for desks that are real."""

    @property
    def makes_keys(self) -> bool:
        return True


def home(settings: Settings, environ: Mapping[str, str], clock: FixedClock) -> Home:
    """A house of the bots alone. What stands in the shipped files is read once: it took most of the time."""
    house = Home(settings=settings, parts=frozenset({Part.BOTS}), environ=environ, clock=clock)
    vars(house).update(texts=TEXTS, helplines=HELPLINES, categories=CATEGORIES)
    return house


@dataclass(kw_only=True)
class ChatWhole(ABC):
    """All of it, and one community with a channel. Nothing is delivered until somebody says so."""

    NAMED: ClassVar[str]
    """The chat."""
    WITHOUT: ClassVar[re.Pattern[str]]
    """What is random in what is said to it."""
    house: House
    platform: Any
    behind: Behind
    ledger: FaultyLedger
    clock: FixedClock
    desk_key: SecretKey

    def __post_init__(self) -> None:
        self.house.road._limits = UNHURRIED

    # The chat, and the people in it.

    @property
    @abstractmethod
    def community(self) -> str:
        """Its id."""

    @abstractmethod
    def member(self, name: str) -> Any:
        """Somebody who goes by this one name."""

    @abstractmethod
    def named(self, username: str, shown: str, nick: str) -> Any:
        """Somebody who goes by these."""

    @abstractmethod
    def id_of(self, person: Any) -> str:
        """Their account."""

    @abstractmethod
    def child_of(self, member: Any) -> ChatChild: ...

    @abstractmethod
    async def says(self, person: Any, text: str, *, file: str | None = None) -> Any:
        """They write in the channel; `file`: with one of this name. The message."""

    @abstractmethod
    async def edits(self, person: Any, message: Any, text: str) -> None: ...

    @abstractmethod
    async def deletes(self, person: Any, message: Any) -> None: ...

    @abstractmethod
    def read_by(self, person: Any) -> list[str]:
        """All messages that they can read in the channel."""

    @abstractmethod
    def traces(self) -> list[str]:
        """All that was done which anybody but who pressed could see, or be told of."""

    @abstractmethod
    def direct_messages(self) -> list[str]:
        """What anybody was written by the app, word for word."""

    @abstractmethod
    def take_no_direct_messages(self) -> None:
        """From now on nobody does."""

    @abstractmethod
    def private_screens(self) -> int:
        """How many stand open that say anything."""

    @abstractmethod
    def moment(self) -> Any:
        """Now, for `said`."""

    @abstractmethod
    def said(self, since: Any = None) -> list[tuple[str, Any]]:
        """What the app said to the chat since then: what it is, and all of it."""

    @abstractmethod
    def replies(self, since: Any = None) -> list[tuple[str, Any]]:
        """Of these what answers presses."""

    @abstractmethod
    def asked_elsewhere(self) -> list[str]:
        """What was asked of the chat that is no part of its API: pictures, for instance."""

    @abstractmethod
    def addresses(self) -> list[str]:
        """Where its API is, and then where it and the room meet besides."""

    @abstractmethod
    async def until(self, what: Any) -> None:
        """Wait until something is so in the chat."""

    @abstractmethod
    def later(self, time: timedelta) -> None:
        """So much time passes, here and in the chat."""

    @abstractmethod
    async def restarted(self, *, stopped: bool = False) -> None:
        """This process ends and another begins: what was in memory is gone, the ledger is there."""

    @abstractmethod
    def chat_fails(self, fault: Any, *, always: bool = False) -> None:
        """From now on; `always`: each try, and not only the first of each request."""

    @abstractmethod
    def unhurried(self, *, always: bool = False) -> AbstractContextManager[None]:
        """In this block nobody waits longer than needed between tries."""

    def child(self, name: str = "alice") -> ChatChild:
        return self.child_of(self.member(name))

    def replies_alike(self, since: Any) -> list[str]:
        """What answered presses since then, without what is random in it."""
        return [self.WITHOUT.sub("…", f"{what} {json.dumps(told)}") for what, told in self.replies(since)]

    # What stands behind.

    async def noted(self, count: int) -> None:
        """Until so many screens are noted as pressed on just now."""
        due = self.clock.now() + STANDS
        async with asyncio.timeout(PATIENCE_S):
            while sum(row.closes_at == due for row in await self.rows(open_screens)) < count:  # noqa: ASYNC110
                await asyncio.sleep(0)

    @staticmethod
    def pressing(press: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Somebody presses, and something else happens before that is answered."""
        return asyncio.ensure_future(press)

    async def idle(self) -> None:
        """Until every press that came is done with, what follows an answer too."""
        await self.platform._work.idle()

    def follow_nothing(self) -> None:
        """From now on a screen stands as it was answered, until somebody presses."""
        self.platform._follower.end()

    async def a_moment(self) -> None:
        """As long as people take between two presses: what was written meanwhile is there, if it can be."""
        writing = self.house.road._writes._tasks
        if writing and self.ledger._free.is_set():
            await asyncio.wait(writing)

    async def rows(self, table: sa.Table) -> list[Any]:
        """A table of the road's, looked at past all faults."""
        return await self.ledger._inner.read(lambda conn: list(conn.execute(sa.select(table))))

    async def stored(self) -> int:
        return len(await self.rows(reports))

    async def items(self) -> int:
        return len(await self.rows(outbox))

    async def opened(self, key: SecretKey | None = None) -> list[tuple[PartHeader, bytes]]:
        """Every part on the road that this key opens; the desk's, if no other is given."""
        of_road = key is not None and key is not self.desk_key
        chosen = [row.sealed for row in await self.rows(parts) if (row.kind == "identity") == of_road]
        return [open_part(sealed, [key or self.desk_key]) for sealed in chosen]

    async def emptied(self) -> int:
        """Empty whatever private screen is due."""
        return await Emptier(self.house.screens, {self.NAMED: self.platform}, self.clock).run_once()

    async def notified(self) -> int:
        """Tell whoever has to be told that there is news."""
        return await self.house.notifier({self.NAMED: self.platform}).run_once()


def settings_of(
    folder: Path,
    key: SecretKey,
    *,
    platform: str,
    community: str,
    desk: str,
    communities: dict[str, Community] | None,
) -> Settings:
    """Desks of each kind, and this one community unless others are given."""
    pinned, recovery = (str(key.public),), str(new_key().public)

    def one(name: str, standing: Standing, **more: Any) -> Desk:
        return Desk(name=name, standing=standing, recipients=pinned, recovery=recovery, **more)

    desks = {
        "centre": one("The Centre", Standing.SPECIALIST),
        "practice": one("Practice desk", Standing.PRACTICE),
        "school": one("The school", Standing.LEAD, run_by_community=True, second_desk="centre"),
        "nobody": Desk(name="Nobody", standing=Standing.NONE),
    }
    here = Community(name=NAME, platform=platform, desk=desk, country="GB")
    return Settings(
        desks=desks,
        communities={community: here} if communities is None else communities,
        storage=Storage(data=str(folder / "data")),
    )


async def stopped(found: ChatWhole) -> None:
    """Everything is mended, and the room ends."""
    mend(found.ledger)
    await found.platform.stop()


# Everything down or slow, in each combination.


@contextmanager
def failing(
    somewhere: ChatWhole, ledger: LedgerFault, desk: DeskFault, fault: StrEnum, *, always: bool = False
) -> Iterator[None]:
    """In this block this combination stands, and nobody waits longer than needed for what never comes."""
    road, door = somewhere.house.road, somewhere.behind.door
    put_upon(somewhere.ledger, ledger)
    somewhere.chat_fails(fault, always=always)
    door.fault = desk
    road._limits = PATIENCE.get(ledger, UNHURRIED)
    try:
        with somewhere.unhurried(always=always):
            yield
    finally:
        mend(somewhere.ledger)
        somewhere.chat_fails(type(fault)["FINE"])
        door.mend()
        road._limits = UNHURRIED


def claims(child: ChatChild) -> set[Claim]:
    """Everything that the screen claims, by the sentences on it."""
    return {claim for claim, keys in SENTENCES.items() if any(map(child.says, keys))}


async def all_delivered(somewhere: ChatWhole, count: int) -> None:
    """Wait until the worker has brought so many reports to the desk; what was held falls due."""
    somewhere.clock.advance(A_WHILE)
    async with asyncio.timeout(PATIENCE_S):
        while len(await somewhere.behind.reports()) < count:
            await somewhere.behind.wake()
            await asyncio.sleep(0)
