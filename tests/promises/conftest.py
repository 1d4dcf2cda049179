"""The real program, and a browser on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.program import Browser, Program, browsing, running


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(data=tmp_path / "data")


@pytest.fixture
async def up(program: Program) -> AsyncIterator[Program]:
    """Everything in one process, as `make up` starts it."""
    async with running(program):
        yield program


@pytest.fixture
async def browser(program: Program) -> AsyncIterator[Browser]:
    async with browsing(program.public) as browser:
        yield browser
