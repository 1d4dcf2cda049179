"""What the head of the queue says besides: duties past their time, and unlocks that nobody has reviewed."""

from typing import NamedTuple

import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application

from desk.casework.acts import By
from desk.console.gate import SESSION
from desk.console.room import CONSOLE
from desk.duties import acts as duties
from desk.staff.model import Role
from desk.unlocking import acts as unlocks


class Owed(NamedTuple):
    """Counts. A supervisor sees every unlock that waits for a second person, others those that are late."""

    duties: int
    unlocks: int
    late: int


async def owed(request: web.Request) -> Owed:
    console = request.app[CONSOLE]
    person = request[SESSION].person
    by = By(person.name, console.scope, console.desk.clock.now())
    found = await console.desk.ledger.read(lambda conn: _owed(conn, by))
    return found if Role.SUPERVISOR in person.roles else found._replace(unlocks=0)


def _owed(conn: sa.Connection, by: By) -> Owed:
    waiting = unlocks.to_review(conn, by.scope)
    late = sum(unlock.is_late(by.now) for unlock in waiting)
    return Owed(duties.overdue(conn, by.scope, by.now), len(waiting) - late, late)
