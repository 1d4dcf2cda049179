"""Durable intake over HTTP of reports that their caller sealed, against the same rows written by hand."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from itertools import product
from pathlib import Path
from statistics import median

from core.clock import SystemClock
from core.evidence.keys import KeyFolder
from tests.bench.deliveries import requests
from tests.bench.engines import Engine, databases
from tests.bench.figures import Aim, Figure, Setting, against, alone
from tests.bench.load import load
from tests.bench.rounds import Found, Measure, interleaved
from tests.bench.served import served

CALLERS = 16
MOST_A_SECOND = 8_000
OURS, HAND, CHECKED, PLAIN = "ours", "hand", "checked", "plain"
BASES = (PLAIN, HAND, CHECKED)
WHAT = {
    OURS: "the desk's intake",
    HAND: "the same rows by hand",
    CHECKED: "by hand, signature checked",
    PLAIN: "a bare table of blobs",
}


async def measure(setting: Setting) -> list[Figure]:
    """Each server in a process of its own, and those who call in this one."""
    async with AsyncExitStack() as ending:
        begun, secrets = {}, {}
        for engine in setting.engines:
            new = await ending.enter_async_context(databases(engine, setting.folder))
            for what in (OURS, *BASES):
                name, folder = _name(engine, what), setting.folder / f"{engine}-{what}"
                folder.mkdir(mode=0o700)
                secrets[name] = _secret(folder)
                begun[name] = served("tests.bench.intake_server", what, str(folder), new(f"intake_{what}"))
        listening = await asyncio.gather(*map(ending.enter_async_context, begun.values()))
        ports = dict(zip(begun, listening, strict=True))
        worst: dict[str, list[float]] = {name: [] for name in ports}
        calls = {name: _caller(port, secrets[name], setting, worst[name]) for name, port in ports.items()}
        for call in calls.values():  # warm
            await call()
        for late in worst.values():
            late.clear()
        found = await interleaved(calls, setting.rounds)
    return _figures(setting, found, worst)


def _name(engine: Engine, what: str) -> str:
    return f"{WHAT[what]}, {engine}"


def _secret(folder: Path) -> str:
    return KeyFolder(folder / "keys", SystemClock()).road(create=True).webhook_secret


def _caller(port: int, secret: str, setting: Setting, worst: list[float]) -> Measure:
    async def call() -> float:
        made = requests(int(MOST_A_SECOND * setting.seconds), secret, SystemClock())
        came = await load(port, made, CALLERS, setting.seconds)
        worst.append(came.percentile(99) * 1000)
        return came.a_second

    return call


def _figures(setting: Setting, found: Found, worst: Mapping[str, list[float]]) -> list[Figure]:
    to_hand, to_plain = (0.9, 0.65) if setting.slow_ms else (0.8, 0.55)
    figures = []
    for engine, what in product(setting.engines, BASES):
        figures.append(alone(found, _name(engine, what), "/s"))
    for engine in setting.engines:
        ours = _name(engine, OURS)
        figures += [
            against(found, ours, _name(engine, HAND), "/s", Aim(to_hand)),
            against(found, ours, _name(engine, CHECKED), "/s"),
            against(found, ours, _name(engine, PLAIN), "/s", Aim(to_plain)),
            Figure(what=f"its p99, {engine}", value=median(worst[ours]), unit="ms"),
        ]
    if len(setting.engines) > 1:
        both = [_name(engine, OURS) for engine in (Engine.POSTGRESQL, Engine.SQLITE)]
        figures.append(against(found, both[0], both[1], "/s", Aim(0.6)))
    return figures
