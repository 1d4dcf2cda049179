"""How often signing in may be tried. It slows guessing down and never locks anybody out for good.

Strangers are counted by name and by address. A browser that has signed in as this very person before is
counted alone, so that nobody can keep a specialist out by guessing at their name all night.
"""

import hashlib
import hmac
import ipaddress
from datetime import timedelta

from core.signals.port import Signals

WINDOW = timedelta(minutes=15)
BY_NAME_AND_ADDRESS = 10
BY_ADDRESS = 30
BY_NAME = 100
BY_DEVICE = 10
BY_CODE = 10


class Throttle:
    """Counts tries under keyed hashes: no name or address leaves this object."""

    def __init__(self, signals: Signals, key: bytes) -> None:
        self._signals = signals
        self._key = key

    async def allows_stranger(self, name_key: str, address: str) -> bool:
        around = neighbourhood(address)
        by_both = await self._count("name and address", f"{name_key}\0{around}")
        by_address = await self._count("address", around)
        by_name = await self._count("name", name_key)
        return by_both <= BY_NAME_AND_ADDRESS and by_address <= BY_ADDRESS and by_name <= BY_NAME

    async def allows_device(self, device: str) -> bool:
        return await self._count("device", device) <= BY_DEVICE

    async def allows_step(self, step: str) -> bool:
        """How often a code may be typed after one password, whether or not that was right."""
        return await self._count("step", step) <= BY_CODE

    async def allows_code(self, person: str) -> bool:
        """Codes are too short to be guessed at for long. Only after the right password: a stranger who has
        none cannot use this up.
        """
        return await self._count("code", person) <= BY_CODE

    async def allows_passkey(self, address: str) -> bool:
        """Nothing is guessed here: this only keeps one address from making us compare all night."""
        return await self._count("passkey", neighbourhood(address)) <= BY_ADDRESS

    async def allows_leaving(self, address: str) -> bool:
        """Each time somebody is sent to the identity provider, it is asked something."""
        return await self._count("provider", neighbourhood(address)) <= BY_ADDRESS

    async def _count(self, kind: str, value: str) -> int:
        said = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        hashed = hmac.new(self._key, said, hashlib.sha256).hexdigest()
        return await self._signals.count(f"desk-sign-in:{hashed}", WINDOW)


def neighbourhood(address: str) -> str:
    """What one household or host can pick its addresses from: all of IPv4's, the /64 of IPv6's."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
