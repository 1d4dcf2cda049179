"""The servers that take reports in: ours, the same rows by hand, and a bare table of 8 KB blobs.

    python -m tests.bench.intake_server ours|hand|checked|plain FOLDER URL

Ours is the desk's whole application as the front door builds it. The triage, which works behind the answer,
does not run here, and neither does anything else beside the intake.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from core.clock import SystemClock
from core.delivery import wire
from core.delivery.signing import verify
from core.evidence.keys import KeyFolder
from core.settings.loader import Overrides, load
from core.settings.model import Settings
from desk.tables import DESK
from lifebelt import House, Part, _bound, _listening
from tests.bench.by_hand import ByHand
from tests.bench.deliveries import WRITES, arrived
from tests.bench.served import said_and_heard_the_end, serve
from tests.bench.tick import TickWriter

MOST_BODY = 1_000_000
BLOB = 8_000
KEY = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}
BYTES = {"sqlite": "BLOB", "postgresql": "bytea"}


def settings_in(folder: Path, url: str) -> Settings:
    """Settings of a practice installation in `folder`, whose desk has its ledger at `url`."""
    return load(None, {"DESK_DATABASE_URL": url}, Overrides(data=str(folder)))


async def ours(folder: Path, url: str) -> None:
    house = House(settings=settings_in(folder, url), parts=frozenset({Part.DESK}))
    await house.desk_ledger.open()
    place = _bound("127.0.0.1", 0)
    async with _listening(house.console(), place):
        await said_and_heard_the_end(place.getsockname()[1])
    await house.desk_ledger.close()


async def hand(folder: Path, url: str) -> None:
    await _by_hand(folder, url, lambda _request, _body: None)


async def checked(folder: Path, url: str) -> None:
    """The same, with nothing more than the signature checked before."""
    secret, clock = KeyFolder(folder / "keys", SystemClock()).road(create=False).webhook_secret, SystemClock()
    await _by_hand(folder, url, lambda request, body: verify([secret], request.headers, body, clock.now()))


async def _by_hand(folder: Path, url: str, check: Callable[[web.Request, bytes], object]) -> None:
    house = House(settings=settings_in(folder, url), parts=frozenset({Part.DESK}))
    await house.desk_ledger.open()  # its tables
    await house.desk_ledger.close()
    writer = TickWriter(ByHand(url, WRITES, schema=DESK.name))

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        check(request, body)
        await writer.put(arrived(body))
        return web.Response(status=202)

    await bare(take)
    writer.close()


async def plain(_folder: Path, url: str) -> None:
    engine = url.partition(":")[0].partition("+")[0]
    table = f"CREATE TABLE blobs (id {KEY[engine]}, body {BYTES[engine]} NOT NULL)"
    writer = TickWriter(ByHand(url, [("INSERT INTO blobs (body) VALUES (?)", _blobs)], before=table))

    async def take(request: web.Request) -> web.Response:
        await writer.put(await request.read())
        return web.Response(status=202)

    await bare(take)
    writer.close()


def _blobs(bodies: Sequence[bytes]) -> list[Sequence[Any]]:
    return [(body[:BLOB],) for body in bodies]


async def bare(take: Callable[[web.Request], Awaitable[web.Response]]) -> None:
    app = web.Application(client_max_size=MOST_BODY)
    app.router.add_post(wire.DELIVERIES, take)
    await serve(app)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    what = {"ours": ours, "hand": hand, "checked": checked, "plain": plain}[sys.argv[1]]
    asyncio.run(what(Path(sys.argv[2]), sys.argv[3]))
