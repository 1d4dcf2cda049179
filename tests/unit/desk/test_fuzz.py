"""The intake fuzzed from its own description, over a real server: it answers as described."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import requests
import schemathesis
import sqlalchemy as sa
from aiohttp import web
from hypothesis import HealthCheck, Phase, settings
from requests.auth import AuthBase
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import missing_required_header

from core.clock import SystemClock
from core.delivery import wire
from core.delivery.signing import new_secret, sign
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.sealing import new_key
from core.ids import DeskName, RoadName
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.reports.model import Standing
from core.reports.triage import Rules
from core.settings.shipped import config_dir
from core.signals.memory import MemorySignals
from desk.intake import intake_app
from desk.openapi import description
from desk.service import DeskService
from desk.tables import DESK, deliveries
from tests.desk_roads import ROAD, RULES

SECRET: Final = new_secret()
CLOCK: Final = SystemClock()
ACCEPTED: Final = 202
ITEM: Final = "f" * 32
SHORT: Final = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
)
LONG: Final = settings(SHORT, max_examples=1_000, derandomize=False)


def described() -> dict[str, Any]:
    """The description, with what only an operator knows filled in, so that fuzzing gets behind the door.

    The headers are left to the hook that signs.
    """
    whole: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(description()))
    for path in whole["paths"].values():
        for method in path.values():
            method.pop("parameters", None)
    fields = whole["components"]["schemas"]["Delivery"]["properties"]
    fields["desk"] = {"enum": ["practice"]}
    fields["community"] = {"enum": ["school"]}
    fields["standing"] = {"enum": ["practice"]}
    fields["sent_at"] = {"enum": ["2026-03-04T05:06:07Z", "2026-03-04T05:06:07.000008+05:30"]}
    # To JSON Schema 80.0 is an integer as well; the decoder takes digits only.
    whole["components"]["schemas"]["NewsAsked"]["properties"]["limit"] = {"enum": [1, 100, 500]}
    return whole


CONFIG: Final = SchemathesisConfig.from_dict(
    {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "409", "422", "429"]}}}
)
SCHEMA: Final = schemathesis.openapi.from_dict(described(), config=CONFIG)


class Signing(AuthBase):
    """Signs whatever bytes are about to be sent, as the road would."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = _bytes_of(request.body)
        signable = body if _is_utf8(body) else b""  # nobody can sign the others: those are answered 401
        request.headers.update(sign(SECRET, _id_of(body), CLOCK.now(), signable))
        request.headers[wire.ROAD_HEADER] = ROAD
        return request


def _bytes_of(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    assert body is None or isinstance(body, str)
    return (body or "").encode()


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _id_of(body: bytes) -> str:
    """A delivery is signed under its own item, where it has one that can be."""
    try:
        item = json.loads(body)["item"]
        sign(SECRET, item, CLOCK.now(), b"")
    except (ValueError, TypeError, KeyError, IndexError):
        return ITEM
    return str(item)


class Server(threading.Thread):
    """The intake on a loop of its own, since what fuzzes it waits for its answers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.origin = ""
        self.delivered = self.accepted = self.rows = 0
        self._folder = folder
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def wait(self) -> None:
        assert self._up.wait(30)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self.join(30)

    async def _serve(self) -> None:
        ledger = SqliteLedger(self._folder / "desk.sqlite", DESK, CLOCK)
        await ledger.open()
        desk = self._desk(ledger)
        await desk.stop()  # so that nobody who asks for news is kept waiting
        app = web.Application()
        app.add_subapp(wire.API, intake_app(desk))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._up.set()
        await self._done.wait()
        await runner.cleanup()
        count = sa.select(sa.func.count()).select_from(deliveries)
        self.rows = await ledger.read(lambda conn: conn.execute(count).scalar_one())
        await ledger.close()

    def _desk(self, ledger: SqliteLedger) -> DeskService:
        categories = Categories.load(config_dir() / "categories.toml")
        file = self._folder / "triage.toml"
        file.write_text(RULES)
        return DeskService(
            ledger=ledger,
            keys=DeskKeys(current=new_key(), reference=TagKey(b"r" * 32), linking=TagKey(b"l" * 32)),
            signals=MemorySignals(CLOCK),
            clock=CLOCK,
            roads={RoadName(ROAD): [SECRET]},
            desks={DeskName("practice"): Standing.PRACTICE},
            communities={"school"},
            rules=Rules.load(file, categories),
            categories=categories,
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("fuzzed"))
    server.start()
    server.wait()
    yield server
    server.end()
    assert server.rows or not server.accepted, "what was accepted is not there"
    assert server.accepted or not server.delivered, "fuzzing never got behind the door"


def answers_as_described(case: schemathesis.Case[Any], server: Server) -> None:
    answer = case.call_and_validate(
        base_url=server.origin, auth=Signing(), excluded_checks=[missing_required_header], timeout=30
    )
    if case.path == wire.DELIVERIES:
        server.delivered += 1
        server.accepted += answer.status_code == ACCEPTED


@SCHEMA.parametrize()
@SHORT
def test_whatever_is_sent_is_answered_as_described(case: schemathesis.Case[Any], server: Server) -> None:
    answers_as_described(case, server)


@pytest.mark.soak
@SCHEMA.parametrize()
@LONG
def test_whatever_is_sent_long_is_answered_as_described(case: schemathesis.Case[Any], server: Server) -> None:
    answers_as_described(case, server)
