"""Promise 10. Nothing stands before a report: no cool-down, account, captcha or quota, and no flood.

Floods slow look-ups down, and never help or a report; and what is urgent waits behind nothing.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

from core.delivery.desk import Timeouts
from core.delivery.lane import Pulse
from core.evidence.drafts import DraftKey, new_draft_key
from core.ids import ReportId
from core.reports.packing import report_id
from core.reports.reference import reference_of
from desk.tables import deliveries
from tests.behind import ROAD, at_work
from tests.everything_down import Whole, gives_help, whole
from tests.faults import DeskFault

REPORTS = 1000
THE_EMERGENCY = 600
AT_ONCE = 20
"""So many lines are open at a time; all from one address."""
LOOK_UPS = 70
PATIENCE_S = 60
PATIENT, UNHURRIED = Timeouts(deliver=90), Pulse(attempt=timedelta(seconds=90), lease=timedelta(seconds=120))
"""A desk that hangs does so for the whole flood, however busy this machine is."""


async def test_of_a_thousand_reports_from_one_place_none_is_refused_and_the_emergency_goes_first(
    tmp_path: Path,
) -> None:
    async with (
        whole(tmp_path, timeouts=PATIENT, pulse=UNHURRIED) as somewhere,
        at_work(somewhere.behind, only_worker=True),
    ):
        door = somewhere.behind.door
        door.fault = DeskFault.HANGING
        keys = [new_draft_key() for _ in range(REPORTS)]
        await flood(somewhere, keys[:THE_EMERGENCY])
        await until_knocked(somewhere)
        stuck = set(door.arrived)
        await send(somewhere, keys[THE_EMERGENCY], danger="yes")
        await flood(somewhere, keys[THE_EMERGENCY + 1 :])
        emergency = report_id(keys[THE_EMERGENCY])
        await until_arrived(somewhere, emergency)
        assert set(door.arrived) == stuck | {emergency}
        door.mend()
        await until_all_are_there(somewhere)
        assert sorted(await somewhere.behind.reports()) == sorted(map(report_id, keys))
        assert len(await somewhere.behind.rows(deliveries)) == REPORTS
        place = door.arrived.index(emergency)
        later = {report_id(key) for key in keys[THE_EMERGENCY + 1 :]}
        assert not later & set(door.arrived[:place])


async def flood(somewhere: Whole, keys: list[DraftKey]) -> None:
    """All of these, some at a time; each is told that it is sent."""
    for start in range(0, len(keys), AT_ONCE):
        async with asyncio.TaskGroup() as lines:
            for key in keys[start : start + AT_ONCE]:
                lines.create_task(send(somewhere, key))


async def send(somewhere: Whole, key: DraftKey, *, danger: str = "no") -> None:
    answers = {"answer.danger": danger, "answer.category": "account"}
    fields = {"key": key.text, "screen": "first", "button": "send", **answers}
    async with somewhere.session.post(f"{somewhere.home.url}/report/park", data=fields) as answer:
        assert answer.status == 200
        assert reference_of(key) in await answer.text()
    await somewhere.behind.wake()


async def until_knocked(somewhere: Whole) -> None:
    """Until the worker has begun all that it begins at once of what is not urgent."""
    async with asyncio.timeout(PATIENCE_S):
        while len(somewhere.behind.door.arrived) < 6:  # noqa: ASYNC110 - the door tells nobody
            await asyncio.sleep(0)


async def until_arrived(somewhere: Whole, report: ReportId) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while report not in somewhere.behind.door.arrived:  # noqa: ASYNC110 - the door tells nobody
            await asyncio.sleep(0)


async def until_all_are_there(somewhere: Whole) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await somewhere.behind.due():  # noqa: ASYNC110 - the outbox tells nobody that it is empty
            await asyncio.sleep(0.01)


async def test_a_flood_from_one_place_slows_its_look_ups_and_neither_help_nor_reports(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        child = somewhere.child()
        nobody = "LB-0000-0000-0000-0"
        statuses = [(await child.send("/my-report", reference=nobody)).status for _ in range(LOOK_UPS)]
        assert (statuses[0], statuses[-1]) == (200, 429)
        for _ in range(LOOK_UPS):
            await child.look("/help/park")
            assert gives_help(child.page)
        for _ in range(LOOK_UPS):
            await send(somewhere, new_draft_key())
        assert await somewhere.home.reports() == LOOK_UPS


async def test_the_desk_refuses_no_delivery_however_many_references_a_road_has_asked_for(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        asked = [somewhere.behind.service.may_look_up(ROAD) for _ in range(301)]
        assert [await one for one in asked][-1] is False
        await send(somewhere, new_draft_key(), danger="yes")
        assert await somewhere.behind.deliver() == 1
