"""The platform contract: what a room under bots/ must be able to do, and what it is given to do it with."""

from typing import Protocol

from core.ids import CommunityId


class Platform(Protocol):
    """One chat platform or the web, while it runs. It translates; it decides nothing about reports."""

    name: str

    async def start(self) -> None:
        """Begin to serve. Called before the ledger is open: the danger exit must already work."""

    async def stop(self) -> None:
        """Take no more presses and finish those begun."""

    async def reach(self, community: CommunityId, way_back: bytes, message_key: str) -> bool:
        """Tell one person, privately and without content, that there is news; false if it cannot be done.

        `way_back` is what this platform sealed at capture, opened again. The web has none.
        """
