"""How often one person may look for references. Help and reports are never counted."""

import hashlib
from datetime import timedelta
from typing import Final

from core.signals.port import Signals

AT_MOST: Final = 60
WINDOW: Final = timedelta(minutes=10)


class LookUps:
    """Counts look-ups by a keyed hash of who asks (an address, an account); that itself is kept nowhere."""

    def __init__(
        self, signals: Signals, hash_key: bytes, *, at_most: int = AT_MOST, window: timedelta = WINDOW
    ) -> None:
        self._signals = signals
        self._hash_key = hash_key
        self._at_most = at_most
        self._window = window

    async def allowed(self, who: str) -> bool:
        """Count this look-up, and say whether it may be done."""
        name = hashlib.blake2b(who.encode(), key=self._hash_key, digest_size=16).hexdigest()
        return await self._signals.count(f"look-up/{name}", self._window) <= self._at_most
