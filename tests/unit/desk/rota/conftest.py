"""A practice desk with hours, people and shifts, whose turns are taken by hand and whose mails are caught."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from core.dialogue.texts import Texts
from core.errors import DestinationDown
from core.evidence.keys import DeskKeys
from core.reports.categories import Categories
from core.reports.triage import Rules
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport, body_of
from core.testing.ids import counting_ids
from core.testing.ledger import FaultyLedger
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.rota import shifts
from desk.rota.contacts import Contact, put
from desk.rota.deciding import Plan
from desk.rota.duty import Hours, Opening
from desk.rota.model import Place, Reply, Shift
from desk.rota.sending import Ways
from desk.rota.service import Rota
from desk.service import DeskService
from desk.staff import people
from desk.staff.model import Person, Role
from tests.desk_roads import PRACTICE, ROAD, Make

HOURS = Hours(
    zone=ZoneInfo("Europe/London"),
    week={day: (Opening(starts=time(8), until=time(22)),) for day in range(7)},
    blocked=frozenset({date(2026, 3, 8)}),
)
ROLES = {"Ann": Role.SPECIALIST, "Bo": Role.SPECIALIST, "Cy": Role.SUPERVISOR, "Di": Role.ADMIN}


@dataclass
class Caught:
    """In the place of `core.delivery.bells.MailBell`: keeps the mails, or is down."""

    mails: list[tuple[tuple[str, ...], str, str]] = field(default_factory=list)
    down: bool = False
    to_outside: tuple[str, ...] = ("outside@desk.example",)

    async def send(self, line: str, body: str, to: Sequence[str]) -> None:
        if self.down:
            raise DestinationDown("unreachable")
        self.mails.append((tuple(to), line, body))


@dataclass
class Posted:
    """What a webhook was sent."""

    posts: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    down: bool = False

    async def post(self, kind: str, data: dict[str, Any], message_id: str) -> None:
        if self.down:
            raise DestinationDown("unreachable")
        self.posts.append((kind, data, message_id))


@dataclass
class RotaRoom:
    desk: DeskService
    rota: Rota
    clock: FixedClock
    mail: Caught
    hook: Posted
    make: Make
    work: Casework

    async def shift(
        self,
        person: str,
        starts: datetime,
        hours: int,
        place: Place = Place.ON_CALL,
        *,
        accepted: bool = True,
    ) -> Shift:
        """Planned, and accepted by its person."""
        made = Shift(
            id=f"{person}{starts:%d%H%M}{place}",
            person=person,
            place=place,
            starts=starts,
            ends=starts + timedelta(hours=hours),
            planned_by="Di",
        )

        def plan(conn: sa.Connection) -> None:
            shifts.plan(conn, PRACTICE, made, now=self.clock.now())
            if accepted:
                shifts.reply(conn, PRACTICE, made.id, Reply.ACCEPTED, by=person, now=self.clock.now())

        await self.desk.ledger.transact(plan)
        return made

    async def report(self, *, triaged: bool = True, **how: Any) -> MadeReport:
        made = self.make(**{"urgent": True, **how})
        await self.desk.receive(ROAD, made.delivery(), str(hash(body_of(made.delivery()))))
        if triaged:
            await self.desk.triage.run_once()
        return made

    async def pass_time(self, until: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        """Turn by turn, as the runner does, with nobody answering."""
        while self.clock.now() < until:
            await self.turn()
            self.clock.advance(min(step, until - self.clock.now()))
        await self.turn()

    async def turn(self) -> None:
        await self.desk.rota.turn()
        await self.desk.rota.send()

    def mailed_to(self) -> list[str]:
        return [to for addresses, *_ in self.mail.mails for to in addresses]


@pytest.fixture
async def room(
    faulty: FaultyLedger,
    keys: DeskKeys,
    signals: MemorySignals,
    clock: FixedClock,
    rules: Rules,
    categories: Categories,
    texts: Texts,
    make: Make,
    registry: CollectorRegistry,
) -> RotaRoom:
    mail, hook = Caught(), Posted()
    ways = Ways(lambda say: texts.say(say, "en"), "https://desk.example", mail, lambda _session: hook)  # type: ignore[arg-type, return-value]
    desk = DeskService(
        ledger=faulty,
        keys=keys,
        signals=signals,
        clock=clock,
        roads={ROAD: ()},
        desks={PRACTICE.desk: PRACTICE.standing},
        communities={"school", "club"},
        rules=rules,
        categories=categories,
        plan=Plan({PRACTICE.desk: HOURS}),
        ways=ways,
        registry=registry,
    )
    await faulty.transact(_join(desk, clock))
    rota = Rota(faulty, signals, clock, desk.rota, PRACTICE, new_id=counting_ids(0x707A))
    work = Casework(Bench(faulty, signals, clock, keys, PRACTICE, counting_ids(0xCA5E)))
    return RotaRoom(desk, rota, clock, mail, hook, make, work)


def _join(desk: DeskService, clock: FixedClock) -> Callable[[sa.Connection], None]:
    def join(conn: sa.Connection) -> None:
        for name, role in ROLES.items():
            person = Person(
                id=name, name=name, roles=frozenset({role}), created_at=clock.now(), created_by="Di"
            )
            people.add(conn, person, name.casefold(), "none")
            contact = Contact(address=f"{name.lower()}@desk.example")
            put(conn, desk.rota.key, contact, by=name, now=clock.now())

    return join
