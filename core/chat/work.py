"""What a chat room has under way: presses that are being answered, and tasks that follow them.

Every task has an owner here who ends it. Whatever breaks inside one takes no other with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

import structlog

log = structlog.get_logger()

ENDING_S: Final = 6.0
"""How long presses that were begun may take to end when we stop."""
LAST_S: Final = 2.0
"""How long what follows a press may still take then."""

Begin = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
T = TypeVar("T")


class Work:
    """One object a platform; opened when it starts, closed when it stops."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._tasks = asyncio.TaskGroup()
        self._begun: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def open(self) -> None:
        """From now on tasks may be begun."""
        await self._tasks.__aenter__()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run this beside all else. Whatever it raises is logged by its kind, and by no word of it."""
        task = self._tasks.create_task(self._to_its_end(work))
        task.add_done_callback(lambda _done: work.close())  # also what was cancelled before it began
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return task

    async def handle(self, work: Awaitable[T], instead: Callable[[], Awaitable[T]]) -> T | None:
        """Do the work of a press; where it breaks do what stands `instead`. None where both break."""
        self._busy += 1
        self._idle.clear()
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - the edge: a text of a person must not reach a log
            log.error("press_failed", error=type(error).__name__)  # noqa: TRY400 - the same
            return await self._instead(instead)
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def idle(self) -> None:
        """Wait until every press that came is done with."""
        await self._idle.wait()

    async def answered(self) -> None:
        """Wait until what was begun is answered, as long as that may take when we stop."""
        try:
            async with asyncio.timeout(ENDING_S):
                await self._idle.wait()
        except TimeoutError:
            log.warning("presses_unanswered", count=self._busy)

    async def close(self) -> None:
        """What is short ends by itself; what waits for a better moment does not keep us."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=LAST_S)
        for task in tuple(self._begun):
            task.cancel()
        await self._tasks.__aexit__(None, None, None)

    @staticmethod
    async def _instead(instead: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await instead()
        except Exception as error:  # noqa: BLE001 - there is nothing left that could be shown
            log.error("help_failed", error=type(error).__name__)  # noqa: TRY400 - as above
            return None

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the edge of a task: its error may quote what somebody wrote
            log.error("task_failed", platform=self._platform, error=type(error).__name__)  # noqa: TRY400
