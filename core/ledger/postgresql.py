"""The ledger of several hosts: PostgreSQL, one writing connection a process, readers beside it.

The only module that imports its driver. Each ledger is a schema of its own name in whatever database it is
given; the database does the rest: what two processes do at once comes to the same as one after the other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool, QueuePool

from core.clock import Clock
from core.errors import LedgerUnavailable
from core.ledger import migration
from core.ledger.engine import Fault, Verdict
from core.ledger.front import READERS, Front
from core.ledger.schema import Schema

OLDEST: Final = 140_000
"""PostgreSQL 14, as its own number says it."""
CONNECT_S: Final = 5
SILENT_MS: Final = 5_000
"""So long a connection may hear nothing from its server's host, and so long a server lets a transaction idle:
a process that was frozen in the middle of one holds nobody up for longer."""
LOCK_MS: Final = 10_000
STATEMENT_MS: Final = 60_000
"""No statement of ours takes seconds; one that does is in trouble, and so is whoever waits behind it."""
(TURN,) = migration.ENGINES_OWN
"""A table without rows. Who reads before writing locks it against others who do, and against nobody else."""

T = TypeVar("T")
log = structlog.get_logger()

_DIALECT: Any = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
_SETTINGS: Final = (
    "SET TIME ZONE 'UTC'",
    f"SET idle_in_transaction_session_timeout = {SILENT_MS}",
    f"SET lock_timeout = {LOCK_MS}",
    f"SET statement_timeout = {STATEMENT_MS}",
)
_ON_DISK: Final = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
)
_WRITING: Final = (
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE",
    _ON_DISK,
)
_READING: Final = ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",)
_MIGRATING: Final = ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",)
_KEPT_ALIVE: Final = {
    "client_encoding": "UTF8",
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": SILENT_MS,
}


@compiles(sa.String, "postgresql")
@compiles(sa.Text, "postgresql")
def _bytewise(kind: sa.String, compiler: Any, **given: Any) -> str:
    """Text that sorts as its bytes do, as on the other engine, whatever language the database is set to."""
    plain: str = getattr(compiler, f"visit_{kind.__visit_name__}")(kind, **given)
    return f'{plain} COLLATE "C"' if isinstance(given.get("type_expression"), sa.Column) else plain


class PostgresLedger(Front):
    """One schema of one PostgreSQL database as a ledger (`core.ledger.port.Ledger`).

    What a server that is gone, full or read-only refuses is refused; when it is back, so is the ledger.
    """

    def __init__(self, url: sa.URL, schema: Schema, clock: Clock, *, writable: bool = True) -> None:
        store, reading = _Store(url, schema), _Readers(url, schema)
        super().__init__(schema, store, reading, _DIALECT, clock, writable=writable)

    async def now(self) -> datetime:
        """The server's time."""
        return await self.read(_now)


def rights(schema: Schema, role: str) -> Sequence[str]:
    """What the owner of a database lets `role` do there: read and write this one ledger, make nothing.

    What people did can be added to, and neither changed nor taken away. For after each new version.
    """
    home, who = _quoted(schema.name), _quoted(role)
    kept = f"{home}.alembic_version, {home}.trail"
    return (
        f"GRANT USAGE ON SCHEMA {home} TO {who};",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {home} TO {who};",
        f"REVOKE UPDATE, DELETE ON {kept} FROM {who};",
        f"REVOKE INSERT ON {home}.alembic_version FROM {who};",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Store:
    """The schema, as the writer's thread needs it."""

    def __init__(self, url: sa.URL, schema: Schema) -> None:
        self._schema = schema
        self._engine = _engine(url, schema, _WRITING, NullPool)
        self._migrating = _engine(url, schema, _MIGRATING, NullPool)

    def connect(self) -> sa.Connection:
        try:
            with self._migrating.connect() as conn, conn.begin():
                _require_sound(conn)
                _bring_up(conn, self._schema)
            return self._engine.connect()
        except sa.exc.DBAPIError as error:
            raise _unavailable(error) from error

    def check(self) -> None:
        """A connection to a server always writes what others read."""

    def before_jobs(self, conn: sa.Connection) -> None:
        """Take turns with the jobs of other processes. A lock on a table takes no snapshot: what the job
        reads is what the one before it left.
        """
        conn.exec_driver_sql(f"LOCK TABLE {TURN} IN SHARE UPDATE EXCLUSIVE MODE")

    @contextmanager
    def together(self, conn: sa.Connection) -> Iterator[None]:
        """Sent one behind the other; the server's answers are read when all are on their way."""
        driver: Any = conn.connection.driver_connection
        with _unquoted(), driver.pipeline():
            yield

    def judge(self, error: BaseException, *, committing: bool) -> Verdict:
        return _judge(error, committing=committing)

    def tidy(self, conn: sa.Connection) -> bool:
        """Nothing lies about; but a server that is gone is better known before somebody writes."""
        with conn.begin():
            conn.exec_driver_sql("SELECT 1")
        return False

    def probe(self, conn: sa.Connection) -> None:
        with conn.begin():
            conn.exec_driver_sql("SELECT pg_logical_emit_message(true, 'lifebelt', '')")

    def forget(self, conn: sa.Connection) -> bool:  # noqa: ARG002 - nothing is asked of a lost connection
        """What became of a commit whose answer was lost, only the server knows."""
        return False

    def let_go(self) -> None:
        """Others may write all the while."""


class _Readers:
    """A few connections that can only read."""

    def __init__(self, url: sa.URL, schema: Schema) -> None:
        self._engine = _engine(url, schema, _READING, QueuePool, pool_size=READERS, max_overflow=0)

    def query(self, query: Callable[[sa.Connection], T]) -> T:
        """Where a connection broke while nobody used it, a new one is tried once."""
        try:
            return self._queried(query)
        except sa.exc.DBAPIError as error:
            self._engine.dispose()
            if _judge(error, committing=False).fault is not Fault.CUT:
                raise _unavailable(error) from error
        try:
            return self._queried(query)
        except sa.exc.DBAPIError as error:
            self._engine.dispose()
            raise _unavailable(error) from error

    def close(self) -> None:
        self._engine.dispose()

    def _queried(self, query: Callable[[sa.Connection], T]) -> T:
        with self._engine.connect() as conn, conn.begin():
            return query(conn)


def at(url: sa.URL, schema: Schema, clock: Clock, *, writable: bool) -> PostgresLedger:
    """The ledger in the database at this address. ValueError where it names none."""
    if not url.database:
        raise ValueError("names no database: write postgresql://role@host/database")
    return PostgresLedger(url, schema, clock, writable=writable)


class _Discreet(psycopg.Cursor[Any]):
    """What it raises says what kind of error it was. The server's words would quote the values."""

    def execute(self, *given: Any, **options: Any) -> "_Discreet":
        with _unquoted():
            return super().execute(*given, **options)

    def executemany(self, *given: Any, **options: Any) -> None:
        with _unquoted():
            super().executemany(*given, **options)


@contextmanager
def _unquoted() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        error.args = (error.sqlstate or type(error).__name__,)
        raise


def _engine(
    url: sa.URL, schema: Schema, statements: Sequence[str], pool: type[sa.Pool], **options: Any
) -> sa.Engine:
    _, found = _DIALECT.create_connect_args(url.set(drivername="postgresql+psycopg"))
    given = {"application_name": f"lifebelt {schema.name}", **_KEPT_ALIVE, **found}

    def connect() -> Any:
        conn = psycopg.connect(**given, autocommit=True, cursor_factory=_Discreet)
        try:
            for statement in (f'SET search_path = "{schema.name}"', *_SETTINGS, *statements):
                conn.execute(statement)
            conn.autocommit = False
        except BaseException:
            conn.close()
            raise
        return conn

    return sa.create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=pool,
        paramstyle="format",
        hide_parameters=True,
        **options,
    )


def _now(conn: sa.Connection) -> datetime:
    found: datetime = conn.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return found.astimezone(UTC)


_SOUND = sa.text(
    "SELECT current_setting('server_version_num')::int AS version,"
    " current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync"
)


def _require_sound(conn: sa.Connection) -> None:
    found = conn.execute(_SOUND).one()
    if found.version < OLDEST:
        raise LedgerUnavailable("this PostgreSQL is older than version 14: use a newer one")
    if found.encoding != "UTF8":
        raise LedgerUnavailable(
            "the database holds only some of what people write: make it anew with ENCODING 'UTF8'"
        )
    if found.fsync != "on":
        log.error("postgresql_forgets", mend="fsync = on: what is called sent could be lost with the power")


_HAS_SCHEMA = sa.text("SELECT to_regnamespace(:name) IS NOT NULL")


def _bring_up(conn: sa.Connection, schema: Schema) -> None:
    """Make and migrate what is missing, one process at a time; where nothing is, no right to is needed."""
    if _is_current(conn, schema):
        return
    conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock(hashtext('lifebelt {schema.name}'))")
    if not conn.execute(_HAS_SCHEMA, {"name": schema.name}).scalar_one():
        conn.exec_driver_sql(f'CREATE SCHEMA "{schema.name}"')
    conn.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {TURN} ()")
    migration.migrate(conn, schema)
    for table, column in conn.execute(_COMPRESSED, {"schema": schema.name}).all():
        # What is sealed is compressed already; trying again costs time and gains nothing.
        conn.exec_driver_sql(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STORAGE EXTERNAL')


_COMPRESSED = sa.text(
    "SELECT relname, attname FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid"
    " WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'r' AND atttypid = 'bytea'::regtype"
    " AND attstorage = 'x' AND NOT attisdropped"
)


def _is_current(conn: sa.Connection, schema: Schema) -> bool:
    return migration.version(conn) == migration.versions(schema)[-1]


def _unavailable(error: sa.exc.DBAPIError) -> LedgerUnavailable:
    return LedgerUnavailable(_judge(error, committing=False).reason)


_REASONS: Final = {
    "40001": (Fault.RACE, "another process was quicker"),
    "40P01": (Fault.RACE, "another process was quicker"),
    "53100": (Fault.FULL, "the database's disk is full: make room, and it goes on by itself"),
    "53200": (Fault.FULL, "the database is short of memory: it goes on by itself when there is some"),
    "53300": (Fault.LOST, "the database has no connection left: raise max_connections"),
    "42501": (Fault.FULL, "the database role lacks a right: see `lifebelt ledger rights`"),
    "25006": (Fault.LOST, "this database server only reads: name the one that writes in the address"),
    "28000": (Fault.LOST, "the database lets this role not in: check its rights and pg_hba.conf"),
    "28P01": (Fault.LOST, "the password for the database is wrong"),
    "3D000": (Fault.LOST, "there is no database of that name: make it"),
    "25P03": (Fault.CUT, "the database gave this process up, which stood still for too long"),
    "55P03": (Fault.LOST, "the database is locked: look for a transaction that does not end"),
    "57014": (Fault.LOST, "the database took too long"),
    "57P03": (Fault.LOST, "the database is starting or stopping"),
}
_CLASSES: Final = {
    "08": (Fault.CUT, "the connection to the database broke"),
    "23": (Fault.ROW, "a row breaks a rule of the schema"),
    "22": (Fault.ROW, "a value cannot be stored"),
    "53": (Fault.LOST, "the database is short of something"),
    "54": (Fault.ROW, "a value is too large to store"),
    "57": (Fault.CUT, "the database stops or was stopped"),
    "58": (Fault.LOST, "the database's disk does not write: check the disk"),
    "XX": (Fault.LOST, "the database failed inside"),
}
_NO_STATEMENT: Final = (Fault.ROW, "a statement does not fit the schema")
_GONE: Final = (Fault.CUT, "the database cannot be reached: start it, or check its address")


def _judge(error: BaseException, *, committing: bool) -> Verdict:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, UnicodeEncodeError):
        return Verdict(Fault.ROW, "a text has characters that cannot be stored")
    if not isinstance(cause, psycopg.Error):
        return Verdict(Fault.ROW, f"a value cannot be stored: {type(cause).__name__}")
    fault, reason = _meaning(cause)
    if committing and fault in (Fault.LOST, Fault.CUT):
        return Verdict(Fault.UNKNOWN, f"{reason} (lost while committing)")
    return Verdict(fault, f"{reason} [{cause.sqlstate or type(cause).__name__}]")


def _meaning(cause: psycopg.Error) -> tuple[Fault, str]:
    state = cause.sqlstate
    if state is not None:
        return _REASONS.get(state) or _CLASSES.get(state[:2], _NO_STATEMENT)
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return _GONE
    return Fault.ROW, "a value cannot be stored"
