"""The desk with its console, for tests: real service, ledger, sealing, staff and pages on a real port."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import argon2
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.clock import Clock
from core.delivery.wire import Delivery, ItemKind
from core.dialogue.texts import Texts
from core.evidence.envelope import seal_transcript
from core.evidence.keys import DeskKeys, KeyFolder
from core.evidence.model import Transcript
from core.evidence.parts import PartKind
from core.ids import DeskName, ReportId, RoadName
from core.reports.categories import Categories
from core.reports.model import Answers, Standing
from core.reports.triage import Rules
from core.settings.shipped import config_dir
from core.signals.memory import MemorySignals
from core.signals.port import Signals
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport, body_of
from core.testing.ids import counting_ids
from core.testing.ledger import FaultyLedger
from desk.casework.outcomes import load_outcomes
from desk.console.app import console_app
from desk.duties.catalogue import load_duties
from desk.model import Scope
from desk.service import DeskService
from desk.staff.accounts import Staff
from desk.staff.model import Role
from desk.staff.passwords import Passwords
from desk.staff.provider import Provider
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import Throttle
from desk.tables import DESK
from desk.talk.questions import load_questions
from tests.ledgers import opened

ROAD = RoadName("road")
PASSWORD = "four unrelated words stand here"
FAST = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TEXTS = Texts.load(config_dir() / "locales")
CATEGORIES = Categories.load(config_dir() / "categories.toml")
OUTCOMES = load_outcomes(config_dir() / "outcomes.toml")
QUESTIONS = load_questions(config_dir() / "questions.toml")
LAWS = load_duties(config_dir() / "duties.toml")
RULES = Rules.load(config_dir() / "triage.toml", CATEGORIES)


@dataclass
class DeskRoom:
    service: DeskService
    staff: Staff
    app: web.Application
    ledger: FaultyLedger
    signals: Signals
    keys: DeskKeys
    clock: Clock
    scope: Scope
    new_id: Callable[[], str] = field(default_factory=lambda: counting_ids(0xC0FFEE))
    origin: str = ""

    async def report(self, *, triaged: bool = True, **how: object) -> MadeReport:
        """Deliver one report, as a road would; how: as `MadeReport`."""
        made = MadeReport(self.new_id, [self.keys.current.public], now=self.clock.now(), **how)  # type: ignore[arg-type]
        await self.receive(made.delivery())
        if triaged:
            await self.service.triage.run_once()
        return made

    async def receive(self, delivery: Delivery) -> None:
        digest = str(hash(body_of(delivery)))
        await self.service.receive(ROAD, delivery, digest)

    async def surroundings(self, made: MadeReport, said: Transcript) -> None:
        """The late part of a report."""
        part = seal_transcript(said, kind=PartKind.CONTEXT, **made._bound())
        await self.receive(made.item(ItemKind.PART, [part], urgent=False, item=part.id))
        await self.service.triage.run_once()

    async def add(self, made: MadeReport, answers: Answers) -> None:
        await self.receive(made.supplement(answers))
        await self.service.triage.run_once()

    async def person(self, name: str = "Ann Lee", *roles: Role) -> None:
        """An account, without going through the page; one of every role unless said otherwise."""
        first = None if roles else await self.staff.first_link()
        token = first or await self.staff.invite(roles=frozenset(roles) or None)
        await self.staff.join(token, name, PASSWORD)


class Browser:
    """Somebody's browser, as far as forms and cookies go."""

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self._session = session
        self.origin = origin
        self.text = ""
        self.body = b""
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.path = ""

    async def get(self, path: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> str:
        async with self._session.get(
            f"{self.origin}{path}", allow_redirects=follow, headers=headers
        ) as answer:
            return await self._took(answer)

    async def post(
        self, path: str, fields: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> str:
        """Send a form as it stands on the page that was opened last, with its hidden fields."""
        form = {"form_token": self.form_token} | dict(fields or {})
        async with self._session.post(f"{self.origin}{path}", data=form, headers=headers) as answer:
            return await self._took(answer)

    async def send(self, method: str, path: str, **how: object) -> str:
        """Anything at all, as an attacker would."""
        async with self._session.request(method, f"{self.origin}{path}", **how) as answer:  # type: ignore[arg-type]
            return await self._took(answer)

    async def sign_in(
        self, name: str = "Ann Lee", password: str = PASSWORD, headers: Mapping[str, str] | None = None
    ) -> str:
        await self.get("/sign-in")
        return await self.post("/sign-in", {"name": name, "password": password, "to": ""}, headers=headers)

    async def look(self, report: ReportId) -> str:
        await self.get(f"/case/{report}")
        return await self.post(f"/case/{report}")

    @property
    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]*)"', self.text)
        return found[1] if found else ""

    def cookie(self, name: str) -> str:
        return next((cookie.value for cookie in self._session.cookie_jar if cookie.key == name), "")

    async def _took(self, answer: aiohttp.ClientResponse) -> str:
        self.body = await answer.read()
        self.text = await answer.text(errors="replace")
        self.status, self.headers, self.path = answer.status, answer.headers, answer.url.path
        return self.text


@asynccontextmanager
async def desk_room(
    folder: Path,
    clock: Clock | None = None,
    *,
    standing: Standing = Standing.PRACTICE,
    public_url: str = "",
    open_paths: frozenset[str] = frozenset(),
    prepare: Callable[[web.Application], None] = lambda _app: None,
    passwords: Passwords | None = None,
    signals: Signals | None = None,
    needs_second: bool = False,
    provider: Provider | None = None,
) -> AsyncIterator[DeskRoom]:
    """A desk with its console on a loopback port, and nobody with an account yet."""
    clock = clock or FixedClock()
    inner = await opened(folder / "desk.db", DESK, clock)
    ledger = FaultyLedger(inner)
    signals = signals or MemorySignals(clock)
    keys = KeyFolder(folder / "keys", clock).desk(create=True)
    scope = Scope(desk=DeskName("practice"), standing=standing)
    service = DeskService(
        ledger=ledger,
        keys=keys,
        signals=signals,
        clock=clock,
        roads={ROAD: ()},
        desks={scope.desk: scope.standing},
        communities={"school"},
        rules=RULES,
        categories=CATEGORIES,
    )
    staff = Staff(
        ledger,
        Throttle(signals, b"k" * 32),
        clock,
        key=StaffKey(keys.reference),
        needs_second=needs_second,
        passwords=passwords or Passwords(FAST),
    )
    app = console_app(
        service,
        staff,
        TEXTS,
        scope=scope,
        categories=CATEGORIES,
        outcomes=OUTCOMES,
        questions=QUESTIONS,
        provider=provider,
        laws=LAWS,
        community_name=lambda community: f"The {community}",
        public_url=public_url,
        open_paths=open_paths,
    )
    prepare(app)
    room = DeskRoom(service, staff, app, ledger, signals, keys, clock, scope)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    room.origin = str(server.make_url("")).rstrip("/")
    try:
        yield room
    finally:
        await server.close()
        await inner.close()


@asynccontextmanager
async def browser(room: DeskRoom) -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield Browser(session, room.origin)
