"""The engines that a subject is measured on, each with databases of its own that are gone afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path

from tests.postgres_server import postgres


class Engine(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


New = Callable[[str], str]
"""The address of a new and empty database of this name."""


@asynccontextmanager
async def databases(engine: Engine, folder: Path) -> AsyncIterator[New]:
    """Files in `folder`; or a private PostgreSQL as it is installed, which loses nothing with the power."""
    if engine is Engine.SQLITE:
        yield lambda name: f"sqlite:///{folder / name}.sqlite"
        return
    with ExitStack() as ending:
        server = await asyncio.to_thread(ending.enter_context, postgres({}))
        yield lambda _name: server.database()
