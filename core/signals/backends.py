"""What can carry signals, by the scheme of its address. A carrier is imported when it is asked for."""

import re
from importlib import import_module
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

from core.clock import Clock
from core.errors import SettingsInvalid
from core.signals.memory import MemorySignals
from core.signals.port import Signals

_REDIS = "core.signals.redis:RedisSignals"
BACKENDS = {"redis": _REDIS, "rediss": _REDIS, "unix": _REDIS}
OPTIONS = {
    "redis": frozenset[str](),
    "rediss": frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}),
    "unix": frozenset({"db"}),
}
"""What may stand behind the `?`. Whatever would turn checks off, or hold a password, may not."""
_EXAMPLE = "Write redis://host:6379/0, rediss://host:6379/0 (with TLS) or unix:///folder/redis.sock."
_ESCAPE = "In a password write signs such as # and @ as % and two digits: %23, %40."
_ONE_SERVER = "Name one server; its data may be lost at any time, so one that restarts is enough."


class RunnableSignals(Signals, Protocol):
    """Signals with their life: what the composition root owns, and nobody else."""

    async def run(self) -> None:
        """Carry signals until `stop` or cancellation; returns at once where nothing has to be carried."""

    def stop(self) -> None:
        """Send what waits, within a second or so, and let `run` return."""

    @property
    def outside(self) -> str | None:
        """How the server that carries them is, in a few words for an operator; None where there is none."""

    @property
    def connected(self) -> bool:
        """Whether signals reach every process they are meant for."""


class AddressFault(NamedTuple):
    """Why an address cannot be used. Never repeats it: it may hold a password."""

    reason: str
    mend: str


def open_signals(url: str, clock: Clock) -> RunnableSignals:
    """The signals for `url`; empty: those of this process. Connects to nothing before it is run.

    Raises SettingsInvalid for an address that cannot be used.
    """
    if not url:
        return MemorySignals(clock)
    if wrong := address_fault(url):
        raise SettingsInvalid((f"storage.redis_url {wrong.reason} {wrong.mend}",))
    module, _, name = BACKENDS[urlsplit(url).scheme].partition(":")
    signals: RunnableSignals = getattr(import_module(module), name)(url, clock)
    return signals


def address_fault(url: str) -> AddressFault | None:
    """What is wrong with the address of a Redis; None where nothing is. Asks nobody."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return AddressFault("is no address.", f"{_EXAMPLE} {_ESCAPE}")
    if not url.isprintable() or " " in url or parts.fragment:
        return AddressFault("has a sign in it that must be escaped.", _ESCAPE)
    if "sentinel" in parts.scheme or "cluster" in parts.scheme or "," in parts.netloc.rpartition("@")[2]:
        return AddressFault(
            "names more than one server: Sentinel and Cluster are not supported.", _ONE_SERVER
        )
    if parts.scheme not in BACKENDS:
        return AddressFault("names nothing that carries signals here.", _EXAMPLE)
    return _place_fault(parts) or _option_fault(parts)


def _place_fault(parts: SplitResult) -> AddressFault | None:
    if parts.scheme == "unix":
        return None if len(parts.path) > 1 else AddressFault("names no socket.", _EXAMPLE)
    if not parts.hostname:
        return AddressFault("names no host.", _EXAMPLE)
    if not re.fullmatch(r"/?|/\d+", parts.path, re.ASCII):
        return AddressFault("names no number of a database.", _EXAMPLE)
    return None


def _option_fault(parts: SplitResult) -> AddressFault | None:
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if given.keys() - OPTIONS[parts.scheme]:
        allowed = ", ".join(sorted(OPTIONS[parts.scheme])) or "none"
        return AddressFault("has an option that is not taken here.", f"Taken behind the ? are: {allowed}.")
    if not re.fullmatch(r"\d+", given.get("db", "0"), re.ASCII):
        return AddressFault("names no number of a database.", _EXAMPLE)
    return None
