"""The embedded ledger: one SQLite file, one writing thread, readers beside it. Survives its disk's bad days.

The only module that imports SQLite: two SQLite libraries on one file in one process can destroy it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool, QueuePool

from core.clock import Clock
from core.errors import LedgerUnavailable
from core.ledger import files, migration
from core.ledger.engine import Fault, Verdict
from core.ledger.front import READERS, Front
from core.ledger.schema import Schema

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    import sqlite3 as sqlite  # no wheel for this machine: the standard library's, whose age is checked

SAFE_VERSION = (3, 51, 3)
"""From here on, resetting the write-ahead log cannot lose what two connections wrote at once."""
BUSY_S = 5.0

T = TypeVar("T")
log = structlog.get_logger()

_FULL = "the disk is full: make room, and it goes on by itself"
_REASONS = {
    sqlite.SQLITE_FULL: (Fault.FULL, _FULL),
    sqlite.SQLITE_NOMEM: (Fault.FULL, "memory is short: end other programs, and it goes on by itself"),
    sqlite.SQLITE_BUSY: (Fault.LOST, "another program holds the database: close it"),
    sqlite.SQLITE_LOCKED: (Fault.LOST, "another program holds the database: close it"),
    sqlite.SQLITE_READONLY: (Fault.LOST, "the database is read-only: check the rights of its file and disk"),
    sqlite.SQLITE_PERM: (Fault.LOST, "the database may not be written: check the rights of its file"),
    sqlite.SQLITE_AUTH: (Fault.LOST, "the database may not be written: check the rights of its file"),
    sqlite.SQLITE_CANTOPEN: (Fault.LOST, "the database cannot be opened: check its folder and disk"),
    sqlite.SQLITE_NOTADB: (Fault.LOST, "the file is not a database: put the backup back"),
    sqlite.SQLITE_CORRUPT: (Fault.LOST, "the database is damaged: stop, keep the files, put the backup back"),
    sqlite.SQLITE_IOERR: (Fault.LOST, "the disk does not write: check the disk"),
    sqlite.SQLITE_PROTOCOL: (Fault.LOST, "the locks of this file system do not work: use a local disk"),
    sqlite.SQLITE_INTERRUPT: (Fault.LOST, "the write was interrupted"),
    sqlite.SQLITE_INTERNAL: (Fault.LOST, "SQLite failed inside"),
}
_ROW_REASONS = {
    sqlite.SQLITE_CONSTRAINT: "a row breaks a rule of the schema",
    sqlite.SQLITE_TOOBIG: "a value is too large to store",
    sqlite.SQLITE_MISMATCH: "a value is of the wrong type",
}


class SqliteLedger(Front):
    """One SQLite file as a ledger (`core.ledger.port.Ledger`), locked against other writing processes.

    What a full, read-only or vanished disk refuses is refused at once; when the disk is back, so is the
    ledger.
    """

    def __init__(self, path: Path, schema: Schema, clock: Clock, *, writable: bool = True) -> None:
        super().__init__(schema, _Store(path, schema), _Readers(path), _DIALECT, clock, writable=writable)

    async def open(self) -> None:
        if sqlite.sqlite_version_info < SAFE_VERSION:
            log.warning(
                "sqlite_old", version=sqlite.sqlite_version, safe_from="3.51.3", mend="install pysqlite3"
            )
        await super().open()


def at(url: sa.URL, schema: Schema, clock: Clock, *, writable: bool) -> SqliteLedger:
    """The ledger in the file at this address. ValueError where it names none."""
    if not url.database or url.database == ":memory:":
        raise ValueError("names no file: write sqlite:////folder/file.sqlite")
    return SqliteLedger(Path(url.database), schema, clock, writable=writable)


_DIALECT = SQLiteDialect_pysqlite(paramstyle="qmark")


class _Store:
    """The file, as the writer's thread needs it."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._names = (str(self._path), str(self._log))  # looked at twice a commit
        self._schema = schema
        self._lock = files.WriterLock(path.with_name(path.name + ".lock"))
        self._opened: files.Identity | None = None
        self._logged: files.Identity | None = None
        self._engine = _engine(path, "BEGIN IMMEDIATE", _WRITING, NullPool)

    def connect(self) -> sa.Connection:
        """The first time, make what is missing. Later a file that is gone is waited for, never made anew:
        where a disk is not mounted, new reports would vanish under it when it comes back.
        """
        if self._opened is None:
            files.prepare(self._path)
        elif files.identity(self._path) is None or self._mismatched():
            raise _gone(self._path)
        self._lock.take()
        try:
            conn = self._connected()
        except BaseException:
            self._lock.free()
            raise
        self._opened = files.identity(self._path)
        self._logged = None
        return conn

    def _mismatched(self) -> bool:
        """Another database beside the old one's log: opened together, they would destroy each other."""
        replaced = files.identity(self._path) != self._opened
        return replaced and self._logged is not None and files.identity(self._log) == self._logged

    def _connected(self) -> sa.Connection:
        try:
            conn = self._engine.connect()
        except sa.exc.DBAPIError as error:
            raise self._unavailable(error) from error
        try:
            with conn.begin():
                migration.migrate(conn, self._schema)
        except sa.exc.DBAPIError as error:
            conn.close()
            raise self._unavailable(error) from error
        except BaseException:
            conn.close()
            raise
        return conn

    def check(self) -> None:
        if files.identity(self._names[0]) != self._opened:
            raise _gone(self._path)
        logged = files.identity(self._names[1])
        self._logged = self._logged or logged
        if logged != self._logged:
            raise _gone(self._log)

    def before_jobs(self, conn: sa.Connection) -> None:
        """Nobody else writes to the file."""

    def together(self, conn: sa.Connection) -> AbstractContextManager[object]:  # noqa: ARG002 - the port's
        """Each is answered in the same process."""
        return nullcontext()

    def judge(self, error: BaseException, *, committing: bool) -> Verdict:
        return _judge(error, committing=committing)

    def tidy(self, conn: sa.Connection) -> bool:
        """Empty the write-ahead log: what was deleted must not linger there. Waits for no reader."""
        cursor = conn.connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
        return not busy

    def probe(self, conn: sa.Connection) -> None:
        with conn.begin():
            conn.exec_driver_sql("PRAGMA user_version = 0")

    def forget(self, conn: sa.Connection) -> bool:
        """What a failed commit wrote lies in the log past what this connection counts: cut the log off.

        Another connection could not: reading the log anew, it would take the commit for whole.
        """
        return self.tidy(conn)

    def let_go(self) -> None:
        self._opened = None
        self._lock.free()

    def _unavailable(self, error: sa.exc.DBAPIError) -> LedgerUnavailable:
        return LedgerUnavailable(f"{self._path}: {_judge(error, committing=False).reason}")


class _Readers:
    """A few connections that can only read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _engine(path, "BEGIN", _READING, QueuePool, pool_size=READERS, max_overflow=0)
        self._seen: files.Identity | None = None

    def query(self, query: Callable[[sa.Connection], T]) -> T:
        self._look()
        try:
            with self._engine.connect() as conn, conn.begin():
                return query(conn)
        except sa.exc.DBAPIError as error:
            self._engine.dispose()
            raise LedgerUnavailable(_judge(error, committing=False).reason) from error

    def close(self) -> None:
        self._engine.dispose()

    def _look(self) -> None:
        """A file that was put back is another one: connections to the old one would read the past."""
        found = files.identity(self._path)
        if found is None:
            raise _gone(self._path)
        if found != self._seen:
            self._engine.dispose()
            self._seen = found


_WRITING = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA wal_autocheckpoint = 1000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)
_READING = (
    "PRAGMA query_only = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


def _engine(
    path: Path, begin: str, pragmas: tuple[str, ...], pool: type[sa.Pool], **options: Any
) -> sa.Engine:
    mode = "rw" if pragmas is _WRITING else "ro"

    def connect() -> Any:
        conn = sqlite.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,  # transactions are begun and ended by us alone
            check_same_thread=False,  # each is used by one thread at a time, and closed by another
        )
        try:
            _set_up(conn, pragmas)
        except BaseException:
            conn.close()
            raise
        return conn

    engine = sa.create_engine(
        "sqlite://", creator=connect, module=sqlite, poolclass=pool, hide_parameters=True, **options
    )

    def begins(conn: sa.Connection) -> None:
        driver = conn.connection.driver_connection
        if driver is not None:
            driver.execute(begin)

    sa.event.listen(engine, "begin", begins)
    return engine


def _gone(path: Path) -> LedgerUnavailable:
    return LedgerUnavailable(f"{path} is gone or was replaced: put it back, and it goes on by itself")


def _set_up(conn: Any, pragmas: tuple[str, ...]) -> None:
    if pragmas is _WRITING and conn.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise LedgerUnavailable("this file system cannot hold a write-ahead log: use a local disk")
    for pragma in pragmas:
        conn.execute(pragma)


def _judge(error: BaseException, *, committing: bool) -> Verdict:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, UnicodeEncodeError):
        return Verdict(Fault.ROW, "a text has characters that cannot be stored")
    if not isinstance(cause, sqlite.Error):
        return Verdict(Fault.ROW, f"a value cannot be stored: {type(cause).__name__}")
    code = getattr(cause, "sqlite_errorcode", sqlite.SQLITE_ERROR) & 0xFF
    fault, reason = _REASONS.get(
        code, (Fault.ROW, _ROW_REASONS.get(code, "a statement does not fit the schema"))
    )
    if committing and code == sqlite.SQLITE_IOERR:
        return Verdict(Fault.UNKNOWN, f"{reason} (lost while committing)")
    return Verdict(fault, f"{reason} [{cause}]")
