"""The web room with everything behind it at work, any of it down or slow; and what its pages claim."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession, DummyCookieJar

from core.dialogue.model import Say
from core.ids import DeskName
from core.ledger.road import outbox, parts, reports
from core.reports.model import Standing
from core.reports.road import Limits
from desk.model import Scope
from tests.behind import Behind, at_work, behind
from tests.faults import UNHURRIED, DeskFault, LedgerFault, NewsFault, mend, put_upon
from tests.replay import Telling
from tests.web_pages import CODE, Child, Page
from tests.web_room import AT_ONCE, CLUB, TEXTS, House, house

CENTRE = Scope(desk=DeskName("centre"), standing=Standing.SPECIALIST)
A_WHILE = timedelta(hours=7)
"""Longer than anything waits that did not arrive."""
PATIENCE_S = 60.0
PATIENCE = {
    LedgerFault.SLOW: Limits(press=AT_ONCE, send=AT_ONCE),
    LedgerFault.STUCK: Limits(press=AT_ONCE, send=AT_ONCE, read=AT_ONCE, help=AT_ONCE),
}
"""Short only for what never comes."""

EACH = tuple(itertools.product(LedgerFault, DeskFault, NewsFault))
each_combination = pytest.mark.parametrize(
    ("ledger", "desk", "news"), EACH, ids=[", ".join(cell) for cell in EACH]
)
each_ledger = pytest.mark.parametrize("ledger", LedgerFault)


class Claim(StrEnum):
    """What a page may claim of a report, or of what was added to it."""

    SENT = "sent"
    NOT_YET = "not sent yet"
    NOT_SENT = "not sent"
    NOT_KNOWN = "not known"
    SENT_TOO = "the addition is sent too"
    ADDED_NOT_YET = "the addition is not sent yet"
    ADDED_NOT_SENT = "the addition is not sent"
    ADDED_NOT_KNOWN = "the addition is not known"


CLAIMED = {
    LedgerFault.FINE: Claim.SENT,
    LedgerFault.SLOW: Claim.NOT_YET,
    LedgerFault.STUCK: Claim.NOT_SENT,
    LedgerFault.GONE: Claim.NOT_SENT,
    LedgerFault.FULL: Claim.NOT_SENT,
    LedgerFault.BROKEN_OFF: Claim.NOT_KNOWN,
    LedgerFault.ANSWER_LOST: Claim.NOT_KNOWN,
}
STORED = {LedgerFault.FINE: 1, LedgerFault.ANSWER_LOST: 1}
"""How much then lies in the ledger, where anything does."""

SENTENCES = {
    Claim.SENT: (
        "sent-on-duty",
        "sent-nobody",
        "sent-practice",
        "has-it",
        "has-it-urgent",
        "has-it-practice",
    ),
    Claim.NOT_YET: ("not-yet", "not-yet-storing", "storing-lead"),
    Claim.NOT_SENT: ("not-sent", "not-yet-refused", "not-sent-lead"),
    Claim.NOT_KNOWN: ("not-yet-unknown", "not-known-lead"),
    Claim.SENT_TOO: ("sent-added",),
    Claim.ADDED_NOT_YET: ("addition-open", "storing-added-lead"),
    Claim.ADDED_NOT_SENT: ("not-sent-added-lead",),
    Claim.ADDED_NOT_KNOWN: ("not-known-added-lead",),
}


def claims(page: Page) -> set[Claim]:
    """Everything that a page claims, by the sentences on it."""
    return {claim for claim, keys in SENTENCES.items() if any(says(page, key) for key in keys)}


def says(page: Page, key: str) -> bool:
    return TEXTS.say(Say(key), "en") in page.text


def has_code(page: Page) -> bool:
    return CODE.search(page.html) is not None


def gives_help(page: Page) -> bool:
    """The number, the child line and a silent way of the country, as links that can be pressed."""
    reached = {link["href"] for link in page.all("a") if "href" in link}
    chat = any(re.match(r"https://www\.childline\.org\.uk", link) for link in reached)
    return {"tel:999", "tel:08001111"} <= reached and chat and "55" in page.text


@dataclass(frozen=True, kw_only=True)
class Down:
    """One combination, before it is put upon the house."""

    home: House
    behind: Behind
    session: ClientSession
    ledger: LedgerFault
    desk: DeskFault
    news: NewsFault

    def child(self) -> Child:
        return Child(self.session, self.home.url)

    def fail(self) -> None:
        """From now on this combination stands."""
        put_upon(self.home.ledger, self.ledger)
        self.behind.door.fault, self.behind.door.news = self.desk, self.news
        self.home.road._limits = PATIENCE.get(self.ledger, UNHURRIED)

    def mend(self) -> None:
        mend(self.home.ledger)
        self.behind.door.mend()
        self.home.road._limits = UNHURRIED

    async def stored(self) -> int:
        """Reports in the ledger, looked at past all faults."""
        return await self._count(reports)

    async def items(self) -> int:
        return await self._count(outbox)

    async def parts(self) -> int:
        return await self._count(parts)

    async def all_delivered(self, count: int) -> None:
        """Wait until the worker has brought so many reports to the desk; what was held falls due."""
        self.home.clock.advance(A_WHILE)
        async with asyncio.timeout(PATIENCE_S):
            while len(await self.behind.reports()) < count:
                await self.behind.wake()
                await asyncio.sleep(0)

    async def _count(self, table: sa.Table) -> int:
        query = sa.select(sa.func.count()).select_from(table)
        return int(await self.home.ledger._inner.read(lambda conn: conn.execute(query).scalar_one()))


class Whole(NamedTuple):
    """The house, what stands behind it, and somebody's browser."""

    home: House
    behind: Behind
    session: ClientSession

    def child(self) -> Child:
        return Child(self.session, self.home.url)

    def telling(self) -> Telling:
        return Telling(origin=self.home.url, community="park", page=CLUB)


@asynccontextmanager
async def whole(folder: Path, *, origins: tuple[str, ...] = (CLUB,), **how: Any) -> AsyncIterator[Whole]:
    """All of it, where nothing is delivered or fetched until the test says so; how: as `behind`."""
    async with (
        house(folder, origins=origins) as home,
        behind(
            folder,
            home.ledger,
            home.clock,
            home.desk_key,
            scope=CENTRE,
            communities=["park"],
            **how,
        ) as back,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        yield Whole(home, back, session)


@asynccontextmanager
async def down(
    folder: Path, ledger: LedgerFault, desk: DeskFault = DeskFault.FINE, news: NewsFault = NewsFault.FINE
) -> AsyncIterator[Down]:
    """The house at work with its desk, about to fail in this way."""
    async with whole(folder) as (home, back, session), at_work(back):
        found = Down(home=home, behind=back, session=session, ledger=ledger, desk=desk, news=news)
        try:
            yield found
        finally:
            found.mend()


async def all_written(home: House) -> None:
    """Wait for every write that was begun, also those that nobody waits for."""
    await asyncio.gather(*home.road._writes._tasks)


def handed_over(key: str, *, text: str = "come to a private chat", late: bool = False) -> dict[str, object]:
    """A conversation of two, as the frame's script passes it on."""
    said = {"id": "m1", "author": {"id": "u7", "name": "Robin"}, "text": text, "reported": True}
    before = {"id": "m0", "author": {"id": "u8", "name": "Alex"}, "text": "hello there"}
    return {"key": key, "origin": CLUB, "late": late, "conversation": {"messages": [before, said]}}
