"""What is decided without a server: what a message says, how long a pause is, what is kept while cut off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signals import errands
from core.signals.errands import Errands, Tick, commands_of
from core.signals.lines import FIRST_PAUSE_S, PULSE, Cut, Line, Refused, Wire, pause_after
from core.signals.redis import RedisSignals, heard
from core.testing.clock import FixedClock
from tests.program import PATIENCE_S

ME, OTHER = "a" * 32, "b" * 32
LONG = timedelta(minutes=1)
NOT_AT_ALL = timedelta(0)


def message(words: str) -> list[bytes]:
    return [b"message", b"channel", words.encode()]


def test_what_another_woke_is_heard_and_our_own_is_not() -> None:
    assert heard(message(f"{OTHER} desk.queue"), ME) == "desk.queue"
    assert heard(message(f"{ME} desk.queue"), ME) is None


@pytest.mark.parametrize(
    "said",
    [
        None,
        [b"pong", b""],
        [b"subscribe", b"channel", 1],
        [b"message", b"channel", 7],
        message(""),
        message("desk.queue"),
        message(f"{OTHER} "),
        message(f"{OTHER} two\nlines"),
        message(f"{OTHER} ünicode"),
        message(f"{OTHER} {'x' * 101}"),
        message("x" * 1_000_000),
        message(f"{OTHER.upper()} desk.queue"),
    ],
)
def test_what_is_no_wake_is_not_heard(said: object) -> None:
    assert heard(said, ME) is None


@given(st.recursive(st.none() | st.integers() | st.binary(), lambda inner: st.lists(inner, max_size=4)))
def test_nothing_a_server_may_say_breaks_the_hearing(said: object) -> None:
    assert heard(said, ME) is None or isinstance(said, list)


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True), st.floats(0.1, 60))
def test_a_pause_grows_is_capped_and_never_none(failures: int, jitter: float, longest: float) -> None:
    pause = pause_after(failures, jitter, longest)
    assert FIRST_PAUSE_S / 2 <= pause <= longest
    assert pause_after(failures, 0.0, longest) <= pause <= pause_after(failures + 1, jitter, longest)


def test_a_counter_s_commands_are_all_or_nothing_and_it_dies_within_the_hour() -> None:
    commands = commands_of(Tick("key", 10_000_000_000, 9_000_000_000, "name"))
    assert (commands[0], commands[-1]) == (("MULTI",), ("EXEC",))
    assert ("PEXPIRE", "key", 3_600_000) in commands
    assert len(commands) == errands._PER_TICK


class Server(Wire):
    """Answers as it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | int, ...]] = []
        self.refuses: dict[str, str] = {}
        self.cut = asyncio.Event()
        self.cuts_at = ""

    async def ask(self, commands: object) -> list[object]:
        assert isinstance(commands, list)
        self.asked += commands
        if self.cuts_at in {command[0] for command in commands}:
            raise Cut("gone")
        return [self._answer_to(str(command[0])) for command in commands]

    def _answer_to(self, command: str) -> object:
        if command in self.refuses:
            return Refused(self.refuses[command])
        if command == "EXEC" and "ZADD" in self.refuses:
            return Refused("ExecAbortError")
        return [1, 0, 0, 5, 1] if command == "EXEC" else "OK"

    @property
    def published(self) -> list[str]:
        return [str(command[2]).split()[1] for command in self.asked if command[0] == "PUBLISH"]


@pytest.fixture
def line() -> Line:
    return Line("commands", "redis://nowhere", jitter=lambda: 0.5, pulse=PULSE)


@pytest.fixture
def work(line: Line) -> Errands:
    return Errands(line, "channel", ME, PULSE._replace(caller=30.0))


async def brought(work: Errands, server: Server, *, count: bool = False) -> int | None:
    """Bring once what waits; the value of a count, where one is made meanwhile."""
    running = asyncio.ensure_future(work.run(server))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    value = await work.count(Tick("key", 2, 1, "name")) if count else None
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    return value


async def test_wakes_of_one_topic_go_out_once_in_the_order_of_the_last(work: Errands) -> None:
    server = Server()
    for topic in ("outbox", "news", "outbox"):
        work.publish(topic)
    assert not work.sent.is_set()
    await brought(work, server)
    assert server.published == ["news", "outbox"]
    assert work.sent.is_set()


async def test_what_was_cut_off_on_its_way_is_sent_again_before_what_came_later(work: Errands) -> None:
    server = Server()
    server.cuts_at = "PUBLISH"
    work.publish("outbox")
    with pytest.raises(Cut):
        await work.run(server)
    work.publish("news")
    assert not work.sent.is_set()
    server.cuts_at, server.asked = "", []
    await brought(work, server)
    assert server.published == ["outbox", "news"]


async def test_only_so_many_topics_wait_the_oldest_go(work: Errands) -> None:
    for number in range(errands.MOST_TOPICS + 3):
        work.publish(f"topic {number}")
    assert len(work._topics) == errands.MOST_TOPICS
    assert "topic 2" not in work._topics


async def test_a_count_is_what_the_server_says(work: Errands) -> None:
    assert await brought(work, Server(), count=True) == 5


async def test_a_count_that_is_cut_off_is_nothing_and_is_not_sent_again(work: Errands) -> None:
    server = Server()
    server.cuts_at = "ZADD"
    assert await brought(work, server, count=True) is None
    server.cuts_at, server.asked = "", []
    await brought(work, server)
    assert not [command for command in server.asked if command[0] == "ZADD"]


async def test_while_no_line_stands_nothing_of_a_count_is_kept(work: Errands) -> None:
    assert await work.count(Tick("key", 2, 1, "name")) is None
    assert len(work._counts) == 0


async def test_only_so_many_counts_wait_for_a_slow_server(work: Errands, line: Line) -> None:
    line.works()
    for number in range(errands.MOST_COUNTS + 3):
        assert await work.count(Tick("key", 2, 1, str(number))) is None
    assert len(work._counts) == errands.MOST_COUNTS


async def test_nobody_waits_longer_for_a_count_than_is_bearable(line: Line) -> None:
    work = Errands(line, "channel", ME, PULSE._replace(caller=0.01))
    line.works()
    work._quick = True
    async with asyncio.timeout(PATIENCE_S):
        assert await work.count(Tick("key", 2, 1, "name")) is None
        work._pulse = PULSE._replace(caller=3_600.0)
        assert await work.count(Tick("key", 2, 1, "next")) is None  # at once: it has been too slow


async def test_what_the_server_refuses_is_said_and_forgotten_when_it_does_it_again(work: Errands) -> None:
    server = Server()
    server.refuses = {"ZADD": "OutOfMemoryError"}
    work.publish("outbox")
    assert await brought(work, server, count=True) is None
    assert work.refused == "OutOfMemoryError"
    work.publish("outbox")
    await brought(work, server)
    assert work.refused == "OutOfMemoryError"
    server.refuses = {}
    assert await brought(work, server, count=True) == 5
    assert work.refused == ""


async def test_without_being_run_it_does_alone_what_one_process_can() -> None:
    signals = RedisSignals("redis://nowhere", FixedClock())
    await signals.wait("outbox", NOT_AT_ALL)
    await signals.wake("outbox")
    assert await signals.wait("outbox", NOT_AT_ALL)
    assert [await signals.count("a", LONG) for _ in range(3)] == [1, 2, 3]


async def test_a_topic_that_no_message_can_carry_stays_here() -> None:
    signals = RedisSignals("redis://nowhere", FixedClock())
    await signals.wait("ünicode", NOT_AT_ALL)
    await signals.wake("ünicode")
    assert await signals.wait("ünicode", NOT_AT_ALL)
    assert signals._errands.sent.is_set()


@pytest.mark.parametrize(
    "fault", [Cut("gone"), RuntimeError("a fault of our own"), ExceptionGroup("", [OSError()])]
)
async def test_no_fault_of_any_kind_ends_a_line(line: Line, fault: Exception) -> None:
    tries = 0
    thrice = asyncio.Event()

    @asynccontextmanager
    async def wire() -> AsyncIterator[Wire]:
        yield Server()

    async def broken(_wire: Wire) -> None:
        nonlocal tries
        tries += 1
        line.works()
        if tries == 3:
            thrice.set()
        raise fault

    line._wire = wire  # type: ignore[method-assign]
    keeping = asyncio.ensure_future(line.keep(broken))
    async with asyncio.timeout(PATIENCE_S):
        await thrice.wait()
    keeping.cancel()
    await asyncio.wait({keeping})
    assert keeping.cancelled()
    assert not line.up
    assert line.why in {"gone", type(fault).__name__}
