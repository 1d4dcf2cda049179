"""The engines that a subject is measured on, each with databases of its own that are gone afterwards."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path


class Engine(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


New = Callable[[str], str]
"""The address of a new and empty database of this name."""


@asynccontextmanager
async def databases(engine: Engine, folder: Path) -> AsyncIterator[New]:
    async with AsyncExitStack() as ending:
        if engine is Engine.SQLITE:
            yield lambda name: f"sqlite:///{folder / name}.sqlite"
            return
        raise NotImplementedError
