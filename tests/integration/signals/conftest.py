"""For each test a real redis-server that may be killed and frozen, and a network to it that can fail."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.redis_server import RedisServer, redis_server
from tests.tcp_proxy import TcpProxy, tcp_proxy


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path / "redis") as server:
        yield server


@pytest.fixture
async def network(server: RedisServer) -> AsyncIterator[TcpProxy]:
    async with tcp_proxy(server.port) as network:
        yield network
