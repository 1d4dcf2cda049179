from pathlib import Path

import pytest

from core.errors import LedgerUnavailable, SettingsInvalid
from core.ledger.backends import BACKENDS, open_ledger
from core.ledger.postgresql import PostgresLedger
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import FixedClock


async def test_a_sqlite_address_gives_a_ledger_on_that_file(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/here.sqlite", ROAD, FixedClock())
    assert isinstance(ledger, SqliteLedger)
    assert not ledger.ready

    await ledger.open()
    await ledger.close()

    assert (tmp_path / "here.sqlite").exists()


async def test_it_may_be_opened_for_reading_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/here.sqlite"
    writing = open_ledger(url, ROAD, FixedClock())
    await writing.open()
    reading = open_ledger(url, ROAD, FixedClock(), writable=False)
    await reading.open()

    with pytest.raises(LedgerUnavailable, match="reading only"):
        await reading.transact(lambda _: None)

    await reading.close()
    await writing.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://somebody:a-secret@host", "names no database"),
        ("postgresql+psycopg://somebody:a-secret@host/", "names no database"),
        ("mysql://somebody:a-secret@host/road", "mysql, which is no engine here"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("a-secret", "is not an address"),
    ],
)
def test_any_other_address_is_refused_with_the_mend_and_without_its_password(url: str, says: str) -> None:
    with pytest.raises(SettingsInvalid, match=says) as refused:
        open_ledger(url, ROAD, FixedClock())

    assert "a-secret" not in str(refused.value)
    assert "road database" in str(refused.value)


def test_every_engine_of_the_table_is_there() -> None:
    assert BACKENDS == {"sqlite": "core.ledger.sqlite:at", "postgresql": "core.ledger.postgresql:at"}


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_a_postgresql_address_gives_a_ledger_there_whatever_driver_it_names(scheme: str) -> None:
    ledger = open_ledger(f"{scheme}://somebody:a-secret@host/road", ROAD, FixedClock())

    assert isinstance(ledger, PostgresLedger)
    assert not ledger.ready
