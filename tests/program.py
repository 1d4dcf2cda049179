"""The real program as a process, and somebody at a browser without script: for promises, kills and faults."""

import asyncio
import html
import os
import re
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa

from bots.web.inbound import ANSWER
from core.clock import SystemClock
from core.evidence.keys import KeyFolder
from core.ids import DeskName, ReportId
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.schema import Schema
from core.reports.model import Standing
from desk.cases import look
from desk.model import Opened, Scope
from desk.tables import DESK

HERE = Path(__file__).parent
PATIENCE_S = 60.0
POLL_S = 0.05
COMMUNITY = "practice"
PRACTICE = Scope(desk=DeskName("practice"), standing=Standing.PRACTICE)
ANSWERS = {"category": "grooming", "danger": "no", "runs_place": "no"}


_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_PORTS = range(20_000 + _WORKER, 32_000, _WORKERS)
"""Each process that runs tests has its own; a kernel lends none of them to whoever calls out."""
_GIVEN: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that was given to nobody before."""
    while True:
        port = secrets.choice(_PORTS)
        if port not in _GIVEN and _is_free(port):
            _GIVEN.add(port)
            return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


async def command(*words: str, data: Path, environ: dict[str, str] | None = None) -> tuple[int, str]:
    """Run `lifebelt` with these words to its end; its exit code and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lifebelt",
        *words,
        "--data",
        str(data),
        cwd=HERE.parent,
        env={"PATH": "/usr/bin:/bin", **(environ or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE_S):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@dataclass(kw_only=True)
class Program:
    """`lifebelt up`, or any of its parts, with ports and a folder of its own."""

    data: Path
    command: tuple[str, ...] = ("up",)
    config: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    through: tuple[str, ...] = ()
    """A program that runs it, with its own arguments."""
    cwd: Path | None = None
    port: int = field(default_factory=free_port)
    desk_port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def public(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def desk(self) -> str:
        return f"http://127.0.0.1:{self.desk_port}"

    @property
    def output(self) -> str:
        return (self.data / "output.txt").read_text()

    async def start(self, kill_at: str = "-", *, ready: bool = True) -> None:
        """Start it, and wait until it answers; `ready`: until its ledgers are open too."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        arguments = [*self.command, "--data", str(self.data), "--port", str(self.port)]
        arguments += ["--desk-port", str(self.desk_port)]
        arguments += ["--config", str(self.config)] if self.config else []
        with (self.data / "output.txt").open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.through,
                str(HERE / "killed_program.py"),
                kill_at,
                "--verbose",
                *arguments,
                env={"PYTHONPATH": str(HERE.parent), "PATH": "/usr/bin:/bin", **self.environ},
                cwd=self.cwd,
                stdout=output,
                stderr=output,
            )
        await self.until("/readyz" if ready else "/healthz", desk="bots" not in self.command or ready)

    async def until(self, path: str, *, desk: bool) -> None:
        url = f"{self.desk if desk else self.public}{path}"
        async with asyncio.timeout(PATIENCE_S):
            while not await self._answers(url):
                assert self.process is not None
                assert self.process.returncode is None, self.output
                await asyncio.sleep(POLL_S)

    async def stop(self) -> int:
        """Ask it to end, as an init system would; its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        assert self.process is not None
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def rows(self, schema: Schema, table: sa.Table) -> list[Any]:
        """What lies in one of its ledgers, read beside it."""
        ledger = self._ledger(schema, writable=False)
        await ledger.open()
        try:
            return list(await ledger.read(lambda conn: conn.execute(sa.select(table)).all()))
        finally:
            await ledger.close()

    async def look(self, report: str) -> Opened:
        """Open a report as the desk does. Only when the program is stopped: it alone writes to its ledger."""
        clock = SystemClock()
        ledger = self._ledger(DESK, writable=True)
        await ledger.open()
        try:
            keys = self.keys().desk(create=False).opening
            opened = await look(ledger, keys, PRACTICE, ReportId(report), by="test", now=clock.now())
        finally:
            await ledger.close()
        assert opened is not None
        return opened

    def keys(self) -> KeyFolder:
        return KeyFolder(self.data / "keys", SystemClock())

    def _ledger(self, schema: Schema, *, writable: bool) -> OpenableLedger:
        url = (
            self.environ.get(f"{schema.name.upper()}_DATABASE_URL")
            or f"sqlite:///{self.data}/{schema.name}.sqlite"
        )
        return open_ledger(url, schema, SystemClock(), writable=writable)

    async def _answers(self, url: str) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@asynccontextmanager
async def running(program: Program, kill_at: str = "-", *, ready: bool = True) -> AsyncIterator[Program]:
    """Start it, and see to it that nothing of it is left behind."""
    try:
        await program.start(kill_at, ready=ready)
        yield program
    finally:
        if program.process is not None and program.process.returncode is None:
            program.kill()
            await program.ended()


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page as somebody without script sees it."""

    status: int
    text: str
    hidden: Mapping[str, str]

    @property
    def words(self) -> str:
        """What can be read on it, without markup."""
        body = re.sub(r"<(style|script|template)\b.*?</\1>", " ", self.text, flags=re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))

    @property
    def screen(self) -> str:
        return self.hidden.get("screen", "")

    @property
    def key(self) -> str:
        return self.hidden["key"]

    @property
    def reference(self) -> str | None:
        found = re.search(r"LB(?:-[0-9A-Z]{4}){3}-[0-9A-Z]", self.words)
        return found[0] if found else None


class Browser:
    """Somebody who presses buttons on plain forms."""

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self._session = session
        self.origin = origin

    async def get(self, path: str = f"/report/{COMMUNITY}") -> Page:
        async with self._session.get(self.origin + path) as answer:
            return _page(answer.status, await answer.text())

    async def press(self, page: Page, button: str = "", **values: str) -> Page:
        """Press a button on a page, with answers beside it; what it had hidden goes along."""
        answers = {f"{ANSWER}{name}": value for name, value in values.items()}
        fields = {**page.hidden, **answers} | ({"button": button} if button else {})
        return await self.post(f"/report/{COMMUNITY}", fields)

    async def post(self, path: str, fields: Mapping[str, str]) -> Page:
        async with self._session.post(self.origin + path, data=fields) as answer:
            return _page(answer.status, await answer.text())

    async def send(self, **values: str) -> Page:
        """Open the button's page and send at once."""
        return await self.press(await self.get(), "send", **ANSWERS | values)

    async def hand_over(self, key: str, messages: list[dict[str, Any]], origin: str) -> tuple[int, Any]:
        """What the frame's script does with a conversation that the page around it handed over."""
        body = {"key": key, "origin": origin, "conversation": {"messages": messages}}
        url = f"{self.origin}/report/{COMMUNITY}/evidence"
        async with self._session.post(url, json=body) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def browsing(origin: str) -> AsyncIterator[Browser]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Browser(session, origin)


async def until(program: Program, what: Callable[[Program], Awaitable[bool]]) -> None:
    """Wait until something is so in a ledger of the program, which tells nobody by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while not await what(program):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(POLL_S)


async def until_there(program: Program, schema: Schema, table: sa.Table, count: int = 1) -> list[Any]:
    """The rows of a table as soon as there are so many."""

    async def there(program: Program) -> bool:
        return len(await program.rows(schema, table)) >= count

    await until(program, there)
    return await program.rows(schema, table)


async def has_printed_its_link(program: Program) -> bool:
    return "/join/" in program.output


class Specialist:
    """Somebody at the desk, signed in through the one-time link that the program printed."""

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self._session = session
        self.origin = origin

    async def get(self, path: str) -> Page:
        async with self._session.get(self.origin + path) as answer:
            return _page(answer.status, await answer.text())

    async def post(self, path: str, page: Page, **fields: str) -> Page:
        async with self._session.post(self.origin + path, data={**page.hidden, **fields}) as answer:
            return _page(answer.status, await answer.text())

    async def look(self, report: str) -> Page:
        """Open the case and press to uncover it."""
        return await self.post(f"/case/{report}", await self.get(f"/case/{report}"))


@asynccontextmanager
async def signed_in(program: Program) -> AsyncIterator[Specialist]:
    """The first account, made with the link that was printed."""
    await until(program, has_printed_its_link)
    link = re.search(r"(/join/\S+)", program.output)
    assert link is not None
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        specialist = Specialist(session, program.desk)
        join = await specialist.get(link[1])
        words = "four unrelated words stand here"
        assert (await specialist.post(link[1], join, name="Ada", password=words, again=words)).status == 200
        yield specialist


def _page(status: int, text: str) -> Page:
    tags = re.findall(r"<input\b[^>]*type=\"hidden\"[^>]*>", text)
    return Page(status=status, text=text, hidden=dict(filter(None, map(_field, tags))))


def _field(tag: str) -> tuple[str, str] | None:
    name = re.search(r'\bname="([^"]*)"', tag)
    value = re.search(r'\bvalue="([^"]*)"', tag)
    return (name[1], html.unescape(value[1])) if name and value else None
