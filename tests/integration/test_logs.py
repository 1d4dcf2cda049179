"""What libraries say of a broken request is logged by its kind alone, and never by what somebody wrote."""

import asyncio
from pathlib import Path

import pytest

from tests.program import Program, running

CANARY = b"kanarienvogel"

BROKEN = {
    "a header that is none": b"GET /%s HTTP/1.1\r\nHost: x\r\nBad Header %s: 1\r\n\r\n",
    "a chunk that is none": (
        b"POST /report/practice HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n%s\r\n%s\r\n\r\n"
    ),
    "a method that is none": b"%s / %s\r\n\r\n",
}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(data=tmp_path / "data")


async def send_raw(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    writer.write_eof()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


async def test_a_broken_request_leaves_nothing_of_itself_in_the_log(program: Program) -> None:
    async with running(program):
        for broken in BROKEN.values():
            for port in (program.port, program.desk_port):
                await send_raw(port, broken % (CANARY, CANARY))
        assert await program.stop() == 0
    assert CANARY.decode() not in program.output
    assert "library_said" in program.output
