"""Turns a change into what the driver takes, compiling each statement once. Executes nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from core.ledger.port import Change
from core.ledger.sql import ADDS, OWN_ROWS

KEPT = 1_000
"""Compiled statements kept. Statements are made once, at module level; this only bounds a mistake."""

_REQUIRED = object()
Convert = Callable[[Any], Any]


class Place(NamedTuple):
    """One `?` of a statement: the row's key, what to do to the value, and what stands there by default."""

    key: str
    convert: Convert | None
    default: Any


class Shape:
    """One statement, compiled for rows whose keys come in one order.

    `sql` is None where the text depends on the values (a list of changing length); the engine's own
    machinery then executes `statement`, at its own pace.
    """

    def __init__(self, statement: sa.Executable, keys: tuple[str, ...], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=sorted(keys))  # type: ignore[attr-defined]
        binds = compiled.binds.values()
        late = any(bind.expanding or bind.literal_execute for bind in binds)
        places = () if late else tuple(_places(compiled, dialect))
        _refuse_misfits(set(keys), {bind.key for bind in binds}, places)
        self.statement = statement
        self.keys = keys
        self.tables = frozenset(_tables(statement))
        """Those that say whether the order of this statement and another's counts."""
        self.sql: str | None = None if late else str(compiled)
        left_out = {place.key: place.default for place in places if place.key not in keys}
        at = {key: number for number, key in enumerate((*keys, *left_out))}
        self._defaults = list(left_out.values())
        self._converts = list({at[place.key]: place.convert for place in places if place.convert}.items())
        self._order = [at[place.key] for place in places]
        self._adds_at = self._place_of(statement.get_execution_options().get(ADDS), places)
        self._in_order = self._order == list(range(len(at)))

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Each row as the driver takes it. ValueError where a row's keys are not those of the first."""
        return [self.row(row if tuple(row) == self.keys else self._put_in_order(row)) for row in rows]

    def summed(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The same rows; those that only add to one another as one, where the statement lets them."""
        at = self._adds_at
        if at is None or len(rows) < 2:  # noqa: PLR2004 - one row has no other
            return rows
        sums: dict[tuple[Any, ...], Any] = {}
        for row in rows:
            rest = (*row[:at], *row[at + 1 :])
            sums[rest] = sums.get(rest, 0) + row[at]
        return [[*rest[:at], total, *rest[at:]] for rest, total in sums.items()]

    @staticmethod
    def _place_of(key: str | None, places: Sequence[Place]) -> int | None:
        found = [at for at, place in enumerate(places) if place.key == key]
        return found[0] if len(found) == 1 else None

    def _put_in_order(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if row.keys() != set(self.keys):
            raise ValueError("the rows of one change have different keys")
        return {key: row[key] for key in self.keys}

    def row(self, row: Mapping[str, Any]) -> Any:
        """One row whose keys are these, in this order, as the driver takes it."""
        # Every row of every report passes here: no more work than there are values.
        if self.sql is None:
            return dict(row)
        values = [*row.values(), *self._defaults]
        for at, convert in self._converts:
            values[at] = convert(values[at])
        return values if self._in_order else [values[at] for at in self._order]


class Prepared(NamedTuple):
    """A change ready for the writer."""

    shape: Shape
    rows: list[Any]


class Shapes:
    """The compiled statements of one ledger, by identity of the statement and order of its rows' keys."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self._dialect = dialect
        self._kept: dict[tuple[int, tuple[str, ...]], Shape] = {}

    def prepare(self, change: Change) -> Prepared:
        """Raises ValueError or SQLAlchemy's own error for a statement and rows that do not fit together."""
        first, *others = change.rows
        shape = self._shape(change.statement, tuple(first))
        return Prepared(shape, shape.rows(change.rows) if others else [shape.row(first)])

    def _shape(self, statement: sa.Executable, keys: tuple[str, ...]) -> Shape:
        known = self._kept.get((id(statement), keys))
        if known is not None:
            return known
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        # The shape holds the statement, so that no other can take its id while it is kept.
        shape = self._kept[id(statement), keys] = Shape(statement, keys, self._dialect)
        return shape


def _refuse_misfits(keys: set[str], known: set[str], places: Sequence[Place]) -> None:
    unknown = ", ".join(sorted(keys - known))
    if unknown:
        raise ValueError(f"the statement has no place for {unknown}")
    wanted = ", ".join(place.key for place in places if place.default is _REQUIRED and place.key not in keys)
    if wanted:
        raise ValueError(f"a row without {wanted}")


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
    if isinstance(statement, sa.Insert) and statement.get_execution_options().get(OWN_ROWS):
        return [statement.table.name]
    found = visitors.iterate(statement)  # type: ignore[arg-type]
    return [element.name for element in found if isinstance(element, sa.Table)]
