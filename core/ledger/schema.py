"""What a ledger holds: a name, its tables, and the package of migrations that leads to them."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.road import road


class Schema(NamedTuple):
    """One ledger's tables. `migrations` is an importable package whose folder `versions` has the steps."""

    name: str
    metadata: sa.MetaData
    migrations: str


ROAD = Schema("road", road, "core.ledger.migrations")
