"""Promise 11. Every look is recorded, in a trail that one command verifies.

What a chain alone cannot show is said here too: a tail that was cut together with its head fits.
"""

import html
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa

from core.errors import LedgerUnavailable
from core.ids import CommunityId
from core.ledger.road import trail as road_trail
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.ledger.trail import Entry, head, record
from core.reports.model import Answers, YesNo
from core.settings.communities import AdminChange, Communities
from core.settings.model import Community, Settings
from core.testing.clock import FixedClock
from core.testing.ledger import WRITES
from desk.resealing import RESEALED, reseal
from desk.review.model import Review
from desk.review.reviewing import draw
from desk.staff.model import Role
from desk.tables import DESK, trail
from tests.desk_room import PASSWORD, Browser, DeskRoom, browser, desk_room
from tests.passkey_device import Device
from tests.program import command

LOOKED = "looked"
RECORDED = {
    ("POST", "look"): LOOKED,
    ("POST", "invite"): "person_invited",
    ("POST", "end_access"): "access_ended",
    ("POST", "password"): "password_changed",
    ("POST", "sign_in_form"): "signed_in",
    ("POST", "sign_out"): "signed_out",
    ("POST", "sign_out_everywhere"): "signed_out_everywhere",
    ("POST", "join_form"): "person_joined",
    ("POST", "give_roles"): "roles_changed",
    ("POST", "end_session"): "session_ended",
    ("POST", "end_sessions_of"): "sessions_ended",
    ("POST", "set_up_second"): "second_factor_set",
    ("POST", "end_second"): "second_factor_ended",
    ("POST", "sign_in_code"): "signed_in",
    ("POST", "make_passkey"): "passkey_made",
    ("POST", "end_passkey"): "passkey_ended",
    ("POST", "sign_in_passkey"): "signed_in",
    ("POST", "take"): "case_taken",
    ("POST", "let_go"): "case_let_go",
    ("POST", "hand_over"): "case_handed_over",
    ("POST", "move"): "state_changed",
    ("POST", "close"): "closing_asked",
    ("POST", "agreement"): "closing_agreed",
    ("POST", "prioritise"): "priority_changed",
    ("POST", "hold"): "case_held",
    ("POST", "lift"): "hold_lifted",
    ("POST", "note"): "task_written",
    ("POST", "task"): "task_done",
    ("POST", "notes"): "notes_read",
    ("POST", "pass_on"): "case_handed_over",
    ("POST", "choose_reading"): "reading_changed",
    ("POST", "answer_review"): "review_answered",
    ("POST", "review_note"): "review_note_read",
    ("POST", "search_form"): "searched",
    ("POST", "confirm_link"): "case_joined",
    ("POST", "undo_join"): "join_undone",
    ("POST", "refuse_link"): "link_refused",
    ("POST", "take_back_link"): "link_refusal_taken_back",
}
"""Every way of the console to open or change something, and the line that it leaves."""
LISTS = ("/trail", "/help", "/people", "/queue/rows", "/search", "/figures", "/care", "/review")
PROVING = ("/people/second", "/people/passkeys")
SHOWS_NO_EVIDENCE = {
    *("queue", "queue_rows", "live", "case", "trail", "help", "people", "sign_in", "join", "static"),
    *("second", "passkeys", "search", "figures", "care", "review"),
}
"""Every other: lists, covered cases, forms. A new one has to be put into one of the two."""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    async with desk_room(tmp_path) as found:
        yield found


async def _worked(room: DeskRoom, someone: Browser) -> None:
    """Everything that can be done with a case, once; closing one that is a danger to life takes a second."""
    made = await room.report(answers=Answers(danger=YesNo.YES), urgent=True)
    await room.person("Cal", Role.SPECIALIST)

    async def press(who: Browser, deed: str, **form: str) -> str:
        page = await who.get(f"/case/{made.id}")
        hidden = dict(re.findall(r'name="(holder|state|agreement)" value="([^"]*)"', page))
        return await who.post(f"/case/{made.id}/{deed}", hidden | form)

    await press(someone, "take")
    await press(someone, "let-go")
    await press(someone, "hand-over", to="Cal")
    await press(someone, "take")
    await press(someone, "pass-on", to="Cal")
    await press(someone, "state", to="waiting")
    await press(someone, "note", kind="task", text="ring the school")
    notes = await press(someone, "notes/read")
    (task,) = re.findall(r'name="task" value="([^"]+)"', notes)
    await press(someone, "task", task=task)
    await press(someone, "priority", priority="1", reason="they are safe now")
    await press(someone, "hold", reason="asked for")
    await press(someone, "lift")
    await press(someone, "close", outcome="helped")
    async with browser(room) as cal:
        await cal.sign_in("Cal")
        await cal.look(made.id)
        await press(cal, "agreement", answer="yes")
    await _looked_over(room, someone)
    other = await room.report()
    await press(someone, "links/refuse", other=other.id)
    await press(someone, "links/take-back", other=other.id)
    joined = await press(someone, "links/confirm", other=other.id)
    (join,) = re.findall(r'name="join" value="([^"]+)"', joined)
    await press(someone, "links/undo", join=join)
    await someone.get("/care")
    await someone.post("/care", {"greyscale": "yes"})
    await someone.get("/search")
    await someone.post("/search", {"text": "school"})


async def _looked_over(room: DeskRoom, someone: Browser) -> None:
    """Somebody asks about a colleague's look, and reads again what they wrote."""
    await draw(room.ledger, room.keys.linking, Review(share=1), room.clock.now())
    page = await someone.get("/review")
    (line, *_) = re.findall(r'action="/review/(\d+)"', page)
    await someone.post(f"/review/{line}", {"answer": "ask", "note": "why this one?"})
    assert "why this one?" not in await someone.get("/review")
    assert "why this one?" in await someone.post(f"/review/{line}/note")


async def actions(room: DeskRoom) -> list[str]:
    rows = await room.service.ledger.read(
        lambda conn: conn.execute(sa.select(trail).order_by(trail.c.seq)).all()
    )
    return [row.action for row in rows]


async def test_every_way_of_the_console_leaves_its_line_or_shows_no_evidence(room: DeskRoom) -> None:
    ways = {
        (route.method, route.resource.name)
        for part in room.app.router.resources()
        for route in part
        if route.resource is not None and route.method != "HEAD" and route.resource.name is not None
    }
    assert ways == set(RECORDED) | {("GET", name) for name in SHOWS_NO_EVIDENCE}
    made, canary = await room.report(), "what was said"
    async with browser(room) as someone:
        await room.person()
        await someone.sign_in()
        invitation = await someone.post("/people/invite", {"role-specialist": "1"})
        (link,) = re.findall(r"/join/[0-9A-Za-z_-]+", invitation)[:1]
        async with browser(room) as other:
            await other.get(link)
            await other.post(link, {"name": "Ben Ray", "password": PASSWORD, "again": PASSWORD})
            await other.get("/people")
            again = "five unrelated words stand there"
            await other.post("/people/password", {"old": PASSWORD, "new": again, "again": again})
            await other.get("/people")
            await other.post("/sign-out")
            await other.sign_in("Ben Ray", again)
            await _with_a_passkey(room, again)
            await _with_codes(room, other, again)
        await _worked(room, someone)
        before = await actions(room)
        for path in ("/", f"/case/{made.id}", *LISTS, *PROVING):
            assert canary not in await someone.get(path), path
        assert await actions(room) == before
        assert canary in await someone.look(made.id)
        assert (await actions(room))[len(before) :] == [LOOKED]
        people = await someone.get("/people")
        ben, *_ = re.findall(r'name="person" value="([^"]+)"', people)
        await someone.post("/people/roles", {"person": ben, "role-auditor": "1"})
        await someone.post("/people/second/end", {"person": ben})
        await someone.post("/people/sessions/end", {"person": ben})
        await someone.post("/people/end", {"person": ben})
        await someone.post("/sign-out-everywhere")
    assert set(RECORDED.values()) <= set(await actions(room))


async def _with_a_passkey(room: DeskRoom, password: str) -> None:
    """Ben makes a passkey, signs in with it, and ends it, on a machine that has a lock."""
    async with browser(room) as ben:
        ben.origin = ben.origin.replace("127.0.0.1", "localhost")
        device = Device(ben.origin)
        await ben.sign_in("Ben Ray", password)
        page = await ben.get("/people/passkeys")
        asked = {"asked": _value(page, "asked"), "credential": device.make(_options(page))}
        await ben.post("/people/passkeys", asked | {"old": password})
        await ben.post("/sign-out")
        page = await ben.get("/sign-in")
        asked = {"asked": _value(page, "asked"), "credential": device.show(_options(page))}
        await ben.post("/sign-in/passkey", asked)
        page = await ben.get("/people/passkeys")
        await ben.post("/people/passkeys/end", {"passkey": _value(page, "passkey")})


async def _with_codes(room: DeskRoom, ben: Browser, password: str) -> None:
    """Ben sets up codes, ends a session, and signs in with a code."""
    page = await ben.get("/people/second")
    app = pyotp.TOTP(re.findall(r'class="link">([A-Z2-7]{32})<', page)[0])
    code = app.at(room.clock.now())
    await ben.post("/people/second", {"offer": _value(page, "offer"), "code": code, "old": password})
    page = await ben.get("/people")
    this = re.findall(r'this one.*?value="([0-9a-f]{16})"', page, re.DOTALL)
    await ben.post("/people/session/end", {"session": this[0]})
    page = await ben.sign_in("Ben Ray", password)
    next_code = app.at(room.clock.now() + timedelta(seconds=30))
    await ben.post("/sign-in/code", {"step": _value(page, "step"), "code": next_code})


def _value(page: str, name: str) -> str:
    found: list[str] = re.findall(rf'name="{name}" value="([^"]*)"', page)
    return found[0]


def _options(page: str) -> str:
    return html.unescape(re.findall(r'data-options="([^"]*)"', page)[0])


async def test_a_look_that_cannot_be_recorded_shows_nothing(room: DeskRoom) -> None:
    made = await room.report()
    async with browser(room) as someone:
        await room.person()
        await someone.sign_in()
        await someone.get(f"/case/{made.id}")
        room.ledger.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)
        page = await someone.post(f"/case/{made.id}")
        assert someone.status >= 500
        assert "what was said" not in page
        room.ledger.fail_with(None)
        assert LOOKED not in await actions(room)


async def test_sealing_everything_anew_is_recorded(room: DeskRoom) -> None:
    await room.report()
    await reseal(
        room.service.ledger,
        room.keys,
        [room.keys.current.public],
        by="operator",
        now=room.clock.now(),
    )
    assert (await actions(room))[-1] == RESEALED


async def test_whatever_an_admin_sets_is_recorded_with_what_stood_there_before(
    road_ledger: SqliteLedger, clock: FixedClock
) -> None:
    club = CommunityId("club")
    communities = Communities(Settings(communities={club: Community(name="The club")}))
    for country in ("GB", "DE"):
        await communities.set(road_ledger, AdminChange(club, "country", country, "the owner", clock.now()))
    rows = await road_ledger.read(lambda conn: conn.execute(sa.select(road_trail)).all())
    assert [(row.who, row.action, row.target) for row in rows] == [("the owner", "community_set", club)] * 2
    assert rows[1].detail == r'{"after":"\"DE\"","before":"\"GB\"","key":"country"}'


# The command.

LINES = 5
AT = "BROKEN at entry"
HEAD_TOO = "UPDATE trail_head SET entries = 4, hash = (SELECT hash FROM trail WHERE seq = 4)"
DONE_TO_IT: dict[str, tuple[tuple[str, ...], str]] = {
    "nothing": ((), r"whole; 5 entries, head [0-9a-f]{64}$"),
    "a line changed": (("UPDATE trail SET who = 'Bob' WHERE seq = 3",), f"{AT} 3: the entry does not fit"),
    "a line missing": (("DELETE FROM trail WHERE seq = 3",), f"{AT} 3: an entry is missing"),
    "the first line missing": (
        ("DELETE FROM trail WHERE seq = 1",),
        f"{AT} 1: an entry is missing",
    ),
    "two lines in another order": (
        (
            "UPDATE trail SET seq = 99 WHERE seq = 2",
            "UPDATE trail SET seq = 2 WHERE seq = 3",
            "UPDATE trail SET seq = 3 WHERE seq = 99",
        ),
        f"{AT} 2: the entry does not fit",
    ),
    "the last line cut": (("DELETE FROM trail WHERE seq = 5",), f"{AT} 5: the trail does not end"),
    "all of it cut": (("DELETE FROM trail",), f"{AT} 1: the trail does not end"),
    "the last line cut, and the head with it": (
        ("DELETE FROM trail WHERE seq = 5", HEAD_TOO),
        r"whole; 4 entries, head [0-9a-f]{64}$",
    ),
}
"""What somebody with the file in hand may do, and what `lifebelt audit verify` then says.

The last is the truth about a chain: it fits. Only whoever noted the head elsewhere sees it (THREAT-MODEL.md).
"""


@dataclass
class Trails:
    """Two ledgers as they lie in a data folder; each has five lines."""

    data: Path
    heads: dict[str, str] = field(default_factory=dict)

    def tampered(self, name: str, statements: tuple[str, ...]) -> None:
        with closing(sqlite3.connect(self.data / f"{name}.sqlite")) as conn:
            for statement in statements:
                conn.execute(statement)
            conn.commit()


@pytest.fixture
async def trails(tmp_path: Path) -> Trails:
    found = Trails(tmp_path / "data")
    for schema, table in ((ROAD, road_trail), (DESK, trail)):
        ledger = SqliteLedger(found.data / f"{schema.name}.sqlite", schema, FixedClock())
        await ledger.open()
        for number in range(LINES):
            await ledger.transact(partial(record, table=table, entry=line(schema.name, number)))
        found.heads[schema.name] = (await ledger.read(partial(head, table=table))).hash
        await ledger.close()
    return found


def line(who: str, number: int) -> Entry:
    return Entry(at=FixedClock().now(), who=who, action=LOOKED, target=str(number), detail={"a": "b"})


PAIRS = list(zip(list(DONE_TO_IT)[::2], list(DONE_TO_IT)[1::2], strict=True))


@pytest.mark.parametrize(("road", "desk"), PAIRS, ids=[" / ".join(pair) for pair in PAIRS])
async def test_the_command_says_where_a_trail_was_tampered_with(trails: Trails, road: str, desk: str) -> None:
    for name, done in (("road", road), ("desk", desk)):
        trails.tampered(name, DONE_TO_IT[done][0])
    code, output = await command("audit", "verify", data=trails.data)
    said = dict(line.split(maxsplit=1) for line in output.splitlines())
    for name, done in (("road", road), ("desk", desk)):
        assert re.search(DONE_TO_IT[done][1], said[name]), (done, output)
    assert code == int(any("BROKEN" in line for line in said.values()))


async def test_whoever_noted_the_head_sees_that_a_tail_was_cut(trails: Trails) -> None:
    trails.tampered("desk", DONE_TO_IT["the last line cut, and the head with it"][0])
    code, output = await command("audit", "verify", data=trails.data)
    assert code == 0
    assert trails.heads["road"] in output
    assert trails.heads["desk"] not in output
