"""A platform that reaches people in memory: remembers whom it told, and fails when it is told to."""

import asyncio

from core.ids import CommunityId


class RecordingPlatform:
    """`core.platform.Platform` without a platform. `told` has everyone reached, in order, with the key."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[tuple[CommunityId, bytes, str]] = []
        self.reachable = True
        self.ready = True
        self.emptied: list[bytes] = []
        self.fault: Exception | None = None
        self.arrived = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()

    def hold(self) -> None:
        """From now on nobody is told until `release`; `arrived` is set by the first who waits."""
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def empty(self, handle: bytes) -> bool:
        if self.fault is not None:
            raise self.fault
        self.emptied.append(handle)
        return True

    async def reach(self, community: CommunityId, way_back: bytes, message_key: str) -> bool:
        self.arrived.set()
        await self._free.wait()
        if self.fault is not None:
            raise self.fault
        if self.reachable:
            self.told.append((community, way_back, message_key))
        return self.reachable
