"""What a reference may show: when it was received and first read. Unknown and foreign look the same."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import StatusTold
from core.errors import ReferenceInvalid
from core.evidence.keys import TagKey
from core.ids import RoadName
from core.ledger.port import Ledger
from core.reports.reference import parse_reference
from desk.model import Scope
from desk.tables import reports

_PURPOSE = "reference"
_UNKNOWN = StatusTold(known=False)
_TIMES = (
    sa.select(reports.c.received_at, reports.c.read_at)
    .where(
        reports.c.reference_tag == bind("tag"),
        reports.c.road == bind("road"),
        sa.tuple_(reports.c.desk, reports.c.standing).in_(bind("scopes", expanding=True)),
    )
    .order_by(reports.c.received_at, reports.c.id)
    .limit(1)
)


def tag_of(key: TagKey, reference: str) -> str:
    """The keyed hash that a report is found by; raises ReferenceInvalid."""
    return key.tag(_PURPOSE, parse_reference(reference))


async def told(
    ledger: Ledger, key: TagKey, road: RoadName, scopes: Sequence[Scope], reference: str
) -> StatusTold:
    """The times of the report with this reference, if this road sent it to one of these desks."""
    try:
        tag = tag_of(key, reference)
    except ReferenceInvalid:
        return _UNKNOWN
    values: dict[str, Any] = {
        "tag": tag,
        "road": road,
        "scopes": [(scope.desk, scope.standing.value) for scope in scopes],
    }
    found = await ledger.read(lambda conn: conn.execute(_TIMES, values).one_or_none())
    if found is None:
        return _UNKNOWN
    return StatusTold(known=True, received_at=found.received_at, read_at=found.read_at)
