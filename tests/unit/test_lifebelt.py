"""The front door's own small decisions; what it runs is tested as a process."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import lifebelt
from core.clock import SystemClock
from core.errors import LedgerUnavailable, SettingsInvalid
from core.ids import DeskName
from core.ledger.schema import ROAD
from core.reports.model import Standing
from core.settings.model import Desk, Server, Settings, Storage
from core.testing.ledger import MemoryLedger
from desk.console.routes import EVERYBODY
from desk.staff.model import Person, Session
from desk.tables import DESK
from lifebelt import House, Part, Running, _announced, _Lines


def house(server: Server | None = None, **desks: Desk) -> House:
    return House(settings=Settings(server=server or Server(), desks=desks), parts=frozenset(Part))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1", "http://127.0.0.1:8470"),
        ("0.0.0.0", "http://127.0.0.1:8470"),  # noqa: S104 - what a container listens on
        ("::", "http://[::1]:8470"),
        ("10.0.0.5", "http://10.0.0.5:8470"),
    ],
)
def test_the_address_printed_is_one_that_can_be_opened(host: str, origin: str) -> None:
    assert house(Server(host=host)).public_origin() == origin


def test_what_people_reach_from_outside_is_what_the_operator_says() -> None:
    server = Server(public_url="https://report.example", desk_public_url="https://desk.example")
    assert house(server).public_origin() == "https://report.example"
    assert house(server).console_origin() == "https://desk.example"


def test_a_desk_of_another_host_is_reached_there_and_ours_on_our_own_listener() -> None:
    ours = Desk(name="Ours", standing=Standing.PRACTICE)
    theirs = Desk(name="Theirs", standing=Standing.PRACTICE, url="https://desk.example")
    both = house(ours=ours, theirs=theirs)
    assert both.desk_origin(DeskName("ours")) == "http://127.0.0.1:8471"
    assert both.desk_origin(DeskName("theirs")) == "https://desk.example"
    assert both.local_desks() == ("ours",)


@pytest.mark.parametrize(
    ("standing", "makes"), [(Standing.PRACTICE, True), (Standing.LEAD, False), (Standing.SPECIALIST, False)]
)
def test_only_practice_makes_missing_keys_by_itself(standing: Standing, makes: bool) -> None:
    assert house(desk=Desk(name="D", standing=standing)).makes_keys is makes


@pytest.mark.parametrize("asks", [True, False])
def test_a_desk_asks_its_people_for_a_second_factor_where_the_operator_says_so(
    tmp_path: Path, asks: bool
) -> None:
    practice = Desk(name="Practice", standing=Standing.PRACTICE, second_factor=asks)
    settings = Settings(storage=Storage(data=str(tmp_path)), desks={"practice": practice})
    made = House(settings=settings, parts=frozenset({Part.DESK}))
    now = made.clock.now()
    ann = Person(id="1", name="Ann", roles=EVERYBODY, created_at=now, created_by="operator")
    session = Session(person=ann, digest="0" * 64, created_at=now, seen_at=now, expires_at=now)
    assert made.staff.must_set_up(session) is asks


EVERYTHING = frozenset(Part)


def with_token(token: str = "", *asked: str, parts: frozenset[Part] = EVERYTHING) -> House:
    environ = {"DISCORD_TOKEN": token} if token else {}
    practice = Desk(name="Practice", standing=Standing.PRACTICE)
    settings = Settings(desks={"practice": practice})
    return House(settings=settings, parts=parts, environ=environ, asked_for=frozenset(asked))


def test_with_a_token_discord_is_served_beside_the_web_and_without_one_it_is_not() -> None:
    assert with_token().platforms == {"web"}
    assert with_token("secret").platforms == {"web", "discord"}


def test_the_platforms_named_on_the_command_line_are_served_and_no_others() -> None:
    assert with_token("secret", "discord").platforms == {"discord"}
    assert with_token("secret", "web").platforms == {"web"}
    assert with_token("secret", parts=frozenset({Part.DESK})).platforms == frozenset()


def test_discord_without_a_token_is_refused_with_the_mend() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        with_token("", "discord").check()
    (fault,) = refused.value.faults
    assert "DISCORD_TOKEN" in str(fault)


def test_the_token_shows_nowhere() -> None:
    assert "secret-token" not in repr(with_token("secret-token"))


def test_a_line_that_cannot_be_written_ends_nothing() -> None:
    with Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        _announced("where to press", full)
        _Lines(full).msg("an event")
        with suppress(OSError):
            full.close()


class Reluctant:
    """Accounts on a ledger that cannot write at first."""

    def __init__(self) -> None:
        self.tries = 0

    async def first_link(self) -> str:
        self.tries += 1
        if self.tries < 3:
            raise LedgerUnavailable("the disk is full")
        return "link"


async def test_a_first_link_that_cannot_be_stored_yet_ends_nothing_and_is_made_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifebelt, "LOOK_AGAIN_S", 0)
    said: list[str] = []
    at_home = house()
    vars(at_home)["staff"] = Reluctant()
    await Running(at_home, said.append)._say_console()
    assert [line.split("/")[-1] for line in said] == ["link  (works once)"]


# Several processes over one ledger.


class Ready:
    """Accounts at a desk where nobody is yet."""

    async def first_link(self) -> str:
        return "link"


async def shared(ledger: MemoryLedger, *, alone: bool = False) -> House:
    """A process of its own over a ledger that others have, too."""
    at_home = house()
    vars(at_home).update(
        staff=Ready(), road_ledger=ledger, desk_ledger=ledger, is_alone=lambda _name="road": alone
    )
    return at_home


@pytest.mark.parametrize(("alone", "at_work"), [(False, 1), (True, 2)])
async def test_what_one_process_is_enough_for_is_done_by_one_unless_each_has_its_own_ledger(
    alone: bool, at_work: int
) -> None:
    ledger = MemoryLedger(ROAD, SystemClock())
    await ledger.open()
    busy: list[int] = []

    async def work() -> None:
        busy.append(1)
        await asyncio.Event().wait()

    processes = [Running(await shared(ledger, alone=alone), print) for _ in range(2)]
    tasks = [asyncio.ensure_future(each._one_at_a_time("news", work)()) for each in processes]
    await asyncio.sleep(0.1)
    assert len(busy) == at_work
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await ledger.close()


async def test_of_several_desks_one_shows_the_first_link() -> None:
    ledger = MemoryLedger(DESK, SystemClock())
    await ledger.open()
    said: list[str] = []
    tasks = [
        asyncio.ensure_future(Running(await shared(ledger), said.append)._say_console()) for _ in range(3)
    ]
    await asyncio.sleep(0.1)
    assert len(said) == 1
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await ledger.close()


async def test_of_several_processes_one_sweeps() -> None:
    ledger = MemoryLedger(ROAD, SystemClock())
    await ledger.open()
    with capture_logs() as logged:
        tasks = [asyncio.ensure_future(Running(await shared(ledger), print)._sweep()) for _ in range(3)]
        await asyncio.sleep(0.1)
    assert [each["event"] for each in logged].count("swept") == 1
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await ledger.close()


async def test_a_process_that_is_alone_sweeps_at_each_start() -> None:
    ledger = MemoryLedger(ROAD, SystemClock())
    await ledger.open()
    with capture_logs() as logged:
        for _ in range(2):
            task = asyncio.ensure_future(Running(await shared(ledger, alone=True), print)._sweep())
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.wait({task})
    assert [each["event"] for each in logged].count("swept") == 2
    await ledger.close()


def test_who_is_alone_shares_nothing_and_asks_nobody() -> None:
    at_home = house()
    assert at_home.is_alone()
    assert at_home.claims is None
    server = Storage(road_database_url="postgresql://somewhere/road")
    several = House(settings=Settings(storage=server), parts=frozenset(Part))
    assert not several.is_alone()
    assert several.is_alone("desk")
