import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry

from core.ledger.sql import add_to, insert_or_ignore

TABLE = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("a", sa.Text, primary_key=True),
    sa.Column("b", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
)
DIALECTS = {name: registry.load(name)() for name in ("sqlite", "postgresql")}


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> sa.Dialect:
    made: sa.Dialect = DIALECTS[request.param]
    return made


def test_ignoring_what_exists_is_said_alike_on_both_engines(dialect: sa.Dialect) -> None:
    text = str(insert_or_ignore(TABLE).compile(dialect=dialect))  # type: ignore[attr-defined]

    assert text.endswith("ON CONFLICT DO NOTHING")


def test_adding_to_what_exists_is_said_alike_on_both_engines(dialect: sa.Dialect) -> None:
    text = str(add_to(TABLE, "n").compile(dialect=dialect))  # type: ignore[attr-defined]

    assert text.endswith("ON CONFLICT (a, b) DO UPDATE SET n = (things.n + excluded.n)")
