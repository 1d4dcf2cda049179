"""How often one address may look for references. Help and reports are never counted."""

import hashlib
from ipaddress import ip_address

from bots.web.settings import WebSettings
from core.signals.port import Signals


def address_of(peer: str, forwarded: str) -> str:
    """Who asks: the peer, or behind a proxy on this very machine whom that proxy added last.

    The header is believed from nobody else. It decides about look-ups only.
    """
    last = forwarded.rpartition(",")[2].strip()
    try:
        return str(ip_address(last)) if last and ip_address(peer).is_loopback else peer
    except ValueError:
        return peer


class LookUps:
    """Counts look-ups by a keyed hash of the address; the address itself is kept nowhere."""

    def __init__(self, signals: Signals, hash_key: bytes, settings: WebSettings) -> None:
        self._signals = signals
        self._hash_key = hash_key
        self._settings = settings

    async def allowed(self, address: str) -> bool:
        """Count this look-up, and say whether it may be done."""
        name = hashlib.blake2b(address.encode(), key=self._hash_key, digest_size=16).hexdigest()
        count = await self._signals.count(f"look-up/{name}", self._settings.look_up_window)
        return count <= self._settings.look_ups
