"""Second eyes on the screen: who sees what waits, and what an answer takes."""

import re

from desk.review.model import Review
from desk.review.reviewing import draw
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser


async def _a_look_to_go_over(room: DeskRoom, ann: Browser) -> str:
    made = await room.report()
    await ann.look(made.id)
    await draw(room.ledger, room.keys.linking, Review(share=1), room.clock.now())
    return str(made.id)


def _line(page: str) -> str:
    (line,) = re.findall(r'action="/review/(\d+)"', page)
    return str(line)


async def test_an_auditor_is_told_how_many_wait_and_leads_into_no_case(room: DeskRoom, ann: Browser) -> None:
    report = await _a_look_to_go_over(room, ann)
    await room.person("Aud", Role.AUDITOR)
    async with browser(room) as auditor:
        await auditor.sign_in("Aud")
        page = await auditor.get("/review")
        assert 'aria-label="1 waiting"' in page
        assert f"/case/{report}" not in page


async def test_to_ask_takes_a_note(room: DeskRoom, ann: Browser) -> None:
    await _a_look_to_go_over(room, ann)
    await room.person("Sue", Role.SUPERVISOR)
    async with browser(room) as sue:
        await sue.sign_in("Sue")
        line = _line(await sue.get("/review"))
        page = await sue.post(f"/review/{line}", {"answer": "ask", "note": " "})
        assert sue.status == 400
        assert "Write what is to be asked." in page
        page = await sue.post(f"/review/{line}", {"answer": "as_it_should_be"})
        assert "Nothing waits." in page


async def test_whoever_looked_is_shown_nothing_of_it(room: DeskRoom, ann: Browser) -> None:
    await _a_look_to_go_over(room, ann)
    assert 'action="/review/' not in await ann.get("/review")
