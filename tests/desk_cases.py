"""Reports of three kinds at a desk, triaged, and what people did there: for tests of casework."""

from typing import Any

import sqlalchemy as sa

from core.ledger import trail as chain
from core.reports.model import Answers, Category, YesNo
from core.testing.deliveries import MadeReport
from desk.service import DeskService
from desk.tables import trail
from tests.desk_roads import ROAD, Make

WORDS = "one two three four five six"
CALM: dict[str, Any] = {"answers": Answers(category=Category.ACCOUNT, own_words=WORDS)}
MIDDLE: dict[str, Any] = {"answers": Answers(category=Category.BULLYING, own_words=WORDS)}
URGENT: dict[str, Any] = {"answers": Answers(danger=YesNo.YES, own_words=WORDS), "urgent": True}


async def reported(desk: DeskService, make: Make, **how: Any) -> MadeReport:
    made = make(**how)
    await desk.receive(ROAD, made.delivery(), made.id * 2)
    while await desk.triage.run_once():
        pass
    return made


async def deeds(desk: DeskService) -> list[tuple[str, str]]:
    wanted = sa.select(trail.c.who, trail.c.action).order_by(trail.c.seq)
    rows = await desk.ledger.read(lambda conn: conn.execute(wanted).all())
    assert (await desk.ledger.read(lambda conn: chain.verify(conn, trail))).ok
    return [(row.who, row.action) for row in rows]
