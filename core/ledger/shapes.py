"""Turns a change into what the driver takes, compiling each statement once. Executes nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from core.ledger.port import Change

KEPT = 1_000
"""Compiled statements kept. Statements are made once, at module level; this only bounds a mistake."""

_REQUIRED = object()
Convert = Callable[[Any], Any]


class Place(NamedTuple):
    """One `?` of a statement: the row's key, what to do to the value, and what stands there by default."""

    key: str
    convert: Convert | None
    default: Any

    def value(self, row: Mapping[str, Any]) -> Any:
        value = row.get(self.key, self.default)
        if value is _REQUIRED:
            raise ValueError(f"a row without {self.key!r}")
        return value if self.convert is None else self.convert(value)


class Shape:
    """One statement, compiled for one set of row keys.

    `sql` is None where the text depends on the values (a list of changing length); the engine's own
    machinery then executes `statement`, at its own pace.
    """

    def __init__(self, statement: sa.Executable, keys: frozenset[str], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=sorted(keys))  # type: ignore[attr-defined]
        self.statement = statement
        self.keys = keys
        self.tables = frozenset(_tables(statement))
        late = any(bind.expanding or bind.literal_execute for bind in compiled.binds.values())
        self.sql: str | None = None if late else str(compiled)
        self._places = () if late else tuple(_places(compiled, dialect))
        unknown = keys - {bind.key for bind in compiled.binds.values()}
        if unknown:
            raise ValueError(f"the statement has no place for {', '.join(sorted(unknown))}")

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Each row as the driver takes it. ValueError where a row's keys are not those of the first."""
        for row in rows:
            if row.keys() != self.keys:
                raise ValueError("the rows of one change have different keys")
        if self.sql is None:
            return [dict(row) for row in rows]
        return [tuple([place.value(row) for place in self._places]) for row in rows]


class Prepared(NamedTuple):
    """A change ready for the writer."""

    shape: Shape
    rows: list[Any]


class Shapes:
    """The compiled statements of one ledger, by identity of the statement and by the keys of its rows."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self._dialect = dialect
        self._kept: dict[tuple[int, frozenset[str]], Shape] = {}

    def prepare(self, change: Change) -> Prepared:
        """Raises ValueError or SQLAlchemy's own error for a statement and rows that do not fit together."""
        shape = self._shape(change.statement, frozenset(change.rows[0]))
        return Prepared(shape, shape.rows(change.rows))

    def _shape(self, statement: sa.Executable, keys: frozenset[str]) -> Shape:
        known = self._kept.get((id(statement), keys))
        if known is not None:
            return known
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        # The shape holds the statement, so that no other can take its id while it is kept.
        shape = self._kept[id(statement), keys] = Shape(statement, keys, self._dialect)
        return shape


def _places(compiled: SQLCompiler, dialect: sa.Dialect) -> list[Place]:
    defaults = {column.key: _plain(column, column.default) for column in compiled.insert_prefetch}
    defaults |= {column.key: _plain(column, column.onupdate) for column in compiled.update_prefetch}
    places = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        fallback = _REQUIRED if bind.required else bind.effective_value
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        places.append(Place(bind.key, convert, defaults.get(name, fallback)))
    return places


def _plain(column: sa.Column[Any], default: object) -> Any:
    if isinstance(default, sa.ColumnDefault) and default.is_scalar:
        return default.arg
    raise TypeError(f"{column}: only plain values may be a column's default here")


def _tables(statement: sa.Executable) -> list[str]:
    found = visitors.iterate(statement)  # type: ignore[arg-type]
    return [element.name for element in found if isinstance(element, sa.Table)]
