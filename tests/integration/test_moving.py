"""Somebody moves both ledgers from SQLite to PostgreSQL by commands; everybody finds what was theirs."""

from pathlib import Path

import pytest

from core.ledger.schema import ROAD
from core.testing.clock import FixedClock
from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.ledgers import postgres_url
from tests.postgres_server import PostgresServer
from tests.program import Program, browsing, command, running, until_there

pytestmark = pytest.mark.process


async def test_reports_move_with_their_codes_and_the_trail_stays_whole(
    tmp_path: Path, postgres_server: PostgresServer, clock: FixedClock
) -> None:
    program = Program(data=tmp_path / "data")
    async with running(program), browsing(program.public) as browser:
        sent = await browser.send()
        assert sent.reference is not None
        before = await until_there(program, DESK, desk_reports)
        assert await program.stop() == 0
    environ = {
        "ROAD_DATABASE_URL": await postgres_url(postgres_server, ROAD, clock),
        "DESK_DATABASE_URL": await postgres_url(postgres_server, DESK, clock),
    }

    for which in ("road", "desk", "road"):
        code, said = await command("ledger", "copy", which, data=program.data, environ=environ)
        assert code == 0, said
        assert "The same on both sides" in said

    moved = Program(data=program.data, environ=environ)
    async with running(moved), browsing(moved.public) as browser:
        found = await browser.post("/my-report", {"reference": sent.reference})
        assert "arrived" in found.words or "tored" in found.words
        assert [row.id for row in await moved.rows(DESK, desk_reports)] == [row.id for row in before]
    code, said = await command("audit", "verify", data=program.data, environ=environ)
    assert (code, said.count("whole")) == (0, 2), said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("copy", "road"), "set ROAD_DATABASE_URL"),
        (("rights", "desk"), "say for whom: --role NAME"),
    ],
)
async def test_what_is_missing_is_said(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    code, said = await command("ledger", *words, data=tmp_path)

    assert (code, says in said) == (1, True), said


async def test_the_owner_makes_the_tables_and_whoever_runs_it_needs_no_more_than_the_rights_that_are_printed(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    url = postgres_server.database()
    database = url.rpartition("/")[2]
    for which in ("road", "desk"):
        address = {f"{which.upper()}_DATABASE_URL": url}
        assert (await command("ledger", "migrate", which, data=tmp_path, environ=address))[0] == 0
        role = f"{database}_{which}"
        postgres_server.do(f"CREATE ROLE {role} LOGIN")
        _, printed = await command("ledger", "rights", which, "--role", role, data=tmp_path)
        postgres_server.do(*printed.splitlines(), database=database)
    environ = {
        "ROAD_DATABASE_URL": postgres_server.url(database, f"{database}_road"),
        "DESK_DATABASE_URL": postgres_server.url(database, f"{database}_desk"),
    }

    program = Program(data=tmp_path / "data", environ=environ)
    async with running(program), browsing(program.public) as browser:
        assert (await browser.send()).reference is not None
        await until_there(program, DESK, desk_reports)
