"""Ways to private screens that stand open: how each is changed, and taken away."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec

from bots.slack.calling import Answer, Calls, Verdict

CLOSE_S: Final = 8.0
EXTERNAL: Final = "lb-"


class Door(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A way to one view: what stands in messages beside it is nobody's to find again."""

    view: str = ""
    """Slack's id of the view; empty where the receipt of opening it was lost, or is not there yet."""
    external: str = ""
    """Our own name of the view, by which it is found all the same."""

    @property
    def name(self) -> str:
        """What it is noted under. Says none of it."""
        return hashlib.sha256(f"slack {self.view or self.external}".encode()).hexdigest()

    @property
    def address(self) -> dict[str, str]:
        """How `views.update` finds it."""
        return {"view_id": self.view} if self.view else {"external_id": self.external}

    def pack(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Raises msgspec.MsgspecError for what `pack` did not write."""
        return msgspec.msgpack.decode(packed, type=cls)

    def __repr__(self) -> str:
        return "<Door hidden>"


class Doors:
    """Changes private screens through Slack's calls."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def change(self, door: Door, view: Mapping[str, Any], *, ends: float, stood: str = "") -> Answer:
        """Show something else there. Raises nothing.

        `stood`: Slack's mark of what was pressed on. Where something else stands there by then, that is left,
        also by a call that Slack carries out long after it was given up here.
        """
        mark = {"hash": stood} if stood else {}
        return await self._calls.make("views.update", {**door.address, **mark, "view": view}, ends=ends)

    async def close(self, door: Door, closed: Mapping[str, Any]) -> bool:
        """Leave nothing of it but `closed`, which tells nobody what it was; true also where it is gone."""
        ends = asyncio.get_running_loop().time() + CLOSE_S
        answer = await self.change(door, closed, ends=ends)
        return answer.verdict in {Verdict.GIVEN, Verdict.GONE}
