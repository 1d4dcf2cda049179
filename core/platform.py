"""The platform contract: what a room under bots/ must be able to do, and what it is given to do it with."""

from typing import Protocol

from core.ids import CommunityId


class Platform(Protocol):
    """One chat platform or the web, while it runs. It translates; it decides nothing about reports."""

    name: str

    @property
    def ready(self) -> bool:
        """Whether presses reach this platform now."""

    async def start(self) -> None:
        """Begin to serve. Called before the ledger is open: the danger exit must already work."""

    async def stop(self) -> None:
        """Take no more presses and finish those begun."""

    async def reach(self, community: CommunityId, way_back: bytes, message_key: str) -> bool:
        """Tell one person, privately and without content, that there is news; false if it cannot be done.

        `way_back` is what this platform sealed at capture, opened again. The web has none. Raises what it
        likes where it did not work now: whoever calls tries again later.
        """

    async def empty(self, handle: bytes) -> bool:
        """Take a private screen away; true once nothing of it is left, or it can be reached no more.

        `handle` is what this platform gave to `core.delivery.screens` when it showed it. The web empties its
        pages by itself. Raises what it likes where it did not work now.
        """
