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
from core.evidence.signatures import new_signing_key
from core.ids import CommunityId
from core.ledger.road import trail as road_trail
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.ledger.trail import Entry, Head, head, record
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
from desk.witness.checking import Finding
from desk.witness.statement import signed, written
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
    ("POST", "talk"): "conversation_read",
    ("POST", "talk_send"): "message_sent",
    ("POST", "pass_on"): "case_handed_over",
    ("POST", "choose_reading"): "reading_changed",
    ("POST", "answer_review"): "review_answered",
    ("POST", "review_note"): "review_note_read",
    ("POST", "search_form"): "searched",
    ("POST", "confirm_link"): "case_joined",
    ("POST", "undo_join"): "join_undone",
    ("POST", "refuse_link"): "link_refused",
    ("POST", "take_back_link"): "link_refusal_taken_back",
    ("POST", "plan_shift"): "shift_planned",
    ("POST", "reply_shift"): "shift_accepted",
    ("POST", "have_it"): "pages_answered",
    ("POST", "begin_drill"): "drill_begun",
    ("POST", "answer_drill"): "drill_answered",
    ("POST", "set_contact"): "paging_set",
    ("POST", "fold"): "flood_folded",
    ("POST", "undo_fold"): "fold_undone",
    ("POST", "save_queue"): "queue_saved",
    ("POST", "forget_queue"): "queue_forgotten",
    ("POST", "ask_export"): "export_asked",
    ("POST", "read_export"): "export_read",
    ("POST", "answer_export"): "export_agreed",
    ("POST", "take_export"): "export_taken",
    ("POST", "duty"): "duty_recorded",
    ("POST", "call_back"): "duty_called_back",
    ("POST", "hand_on"): "duty_handed_on",
    ("POST", "not_owed"): "duty_not_owed",
    ("POST", "unlock"): "unlock_asked",
    ("POST", "unlock_look"): "unlocked_looked",
    ("POST", "unlock_review"): "unlock_agreed",
    ("POST", "release"): "moderators_told",
    ("POST", "go_ahead"): "moderators_may_act",
    ("POST", "ask_access"): "subject_access_asked",
    ("POST", "read_access"): "subject_access_read",
    ("POST", "decide_access"): "subject_access_agreed",
    ("POST", "give_access"): "subject_access_given",
}
"""Every way of the console to open or change something, and the line that it leaves."""
LISTS = (
    *("/trail", "/help", "/people", "/queue/rows", "/search", "/figures", "/rota", "/exports", "/duties"),
    *("/subject-access", "/care", "/review"),
)
PROVING = ("/people/second", "/people/passkeys")
SHOWS_NO_EVIDENCE = {
    *("queue", "queue_rows", "live", "case", "trail", "help", "people", "sign_in", "join", "static", "care"),
    *("second", "passkeys", "search", "figures", "rota", "alike", "exports", "duties", "subject_access"),
    *("sign_in_provider", "provider_back", "join_provider", "review"),
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
    await press(someone, "take")
    said = await press(someone, "talk")
    (newest,) = re.findall(r'name="newest" value="([^"]*)"', said)
    await someone.post(f"/case/{made.id}/talk/send", {"text": "Thank you for telling us.", "newest": newest})
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
    alike = await room.report()
    shown = await someone.get(f"/case/{alike.id}/alike")
    (looked_at,) = re.findall(r'name="looked_at" value="([^"]+)"', shown)
    folded = await someone.post(f"/case/{alike.id}/alike", {"looked_at": looked_at})
    (fold,) = re.findall(r'name="fold" value="([^"]+)"', folded)
    await someone.post(f"/case/{alike.id}/alike/undo", {"fold": fold})
    await someone.get("/?holder=me")
    saved = await someone.post("/queue/save", {"asks": "holder=me", "label": "mine"})
    (which,) = re.findall(r'name="which" value="([^"]+)"', saved)
    await someone.post("/queue/forget", {"which": which})
    await _exported(room, someone, made.id)
    await someone.get("/care")
    await someone.post("/care", {"greyscale": "yes"})
    await someone.get("/search")
    await someone.post("/search", {"text": "school"})


async def _exported(room: DeskRoom, someone: Browser, report: str) -> None:
    """Asked for, agreed to by Cal, and taken."""
    form = {"purpose": "police", "name": "DC Jones", "reason": "they asked"}
    await someone.get(f"/case/{report}")
    locked = {"recipient": room.keys.current.public}
    page = await someone.post(f"/case/{report}/export/ask", form | locked)
    which = {"export": _value(page, "export")}
    async with browser(room) as cal:
        await cal.sign_in("Cal")
        await cal.get(f"/case/{report}")
        await cal.post(f"/case/{report}/export/read", which)
        await cal.post(f"/case/{report}/export/answer", which | {"answer": "yes"})
    await someone.post(f"/case/{report}/export/take", which)


async def _under_the_law(room: DeskRoom, someone: Browser) -> None:
    """A duty handed on and one not owed, an unlock looked at and reviewed, moderators told and let act."""
    made = await room.report(answers=Answers(danger=YesNo.YES), urgent=True)
    await room.person("Dee", Role.SPECIALIST)

    async def press(who: Browser, deed: str, **form: str) -> str:
        page = await who.get(f"/case/{made.id}")
        (duty,) = re.findall(r'name="duty" value="([^"]*)"', page)[:1] or [""]
        return await who.post(f"/case/{made.id}/{deed}", {"duty": duty} | form)

    await press(someone, "duties", law="own_danger_to_life")
    await press(someone, "duties/call-back", number="101", where="police.example", spoke="the desk officer")
    await press(someone, "duties/hand-on", to="police", way="phone", where="the county", receipt="17")
    await press(someone, "duties", law="us_provider")
    await press(someone, "duties/not-owed", reason="No provider of ours.")
    await press(someone, "unlock", reason="She may die.")
    await room.receive(made.unlocked())
    await press(someone, "unlock/look")
    async with browser(room) as dee:
        await dee.sign_in("Dee")
        await press(dee, "unlock/review", verdict="agreed", reason="Right.")
    await press(someone, "release", basis="conversation", reason="She told us so.")
    await press(someone, "release/go-ahead", reason="She told us so.")
    await _asked_about_somebody(room, someone)


async def _asked_about_somebody(room: DeskRoom, someone: Browser) -> None:
    """Whoever is reported asks what is held: taken in, agreed to by a second supervisor, given."""
    await room.person("Eve", Role.SUPERVISOR)
    await someone.get("/subject-access")
    page = await someone.post(
        "/subject-access", {"platform": "web", "account": "42", "reason": "Shown in person."}
    )
    (request,) = re.findall(r"/subject-access/([0-9A-Za-z_-]+)/read", page)
    async with browser(room) as eve:
        await eve.sign_in("Eve")
        await eve.get("/subject-access")
        await eve.post(f"/subject-access/{request}/read")
        await eve.post(f"/subject-access/{request}/decide", {"verdict": "agreed"})
        await eve.post(f"/subject-access/{request}/answer")


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
        await _on_duty(room, someone)
        await _under_the_law(room, someone)
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


async def _on_duty(room: DeskRoom, someone: Browser) -> None:
    """A shift planned for oneself and accepted, a page and a drill answered, and where pages go."""
    now = room.clock.now()
    await room.service.rota.turn()
    await someone.post("/rota/have")
    times = {"day": f"{now:%Y-%m-%d}", "starts": "00:00", "ends": "23:59", "days": "1"}
    page = await someone.post("/rota/plan", times | {"person": "Ann Lee", "place": "on_call"})
    await someone.post("/rota/reply", {"shift": _value(page, "shift"), "said": "accepted"})
    await someone.post("/rota/drill")
    await someone.post("/rota/drill/answer")
    await someone.post("/rota/me", {"address": "ann@desk.example", "called": "Sam"})


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

The last is the truth about a chain: it fits. Only whoever was told the head elsewhere sees it: below.
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


async def test_whoever_was_told_the_head_sees_that_a_tail_was_cut(trails: Trails, tmp_path: Path) -> None:
    key = new_signing_key()
    told = tmp_path / "mail.eml"
    told.write_text(written(signed(Head(LINES, trails.heads["desk"]), FixedClock().now(), key)))
    trails.tampered("desk", DONE_TO_IT["the last line cut, and the head with it"][0])
    asked = ("audit", "verify", "--head", str(told), "--key", key.public)
    code, output = await command(*asked, data=trails.data)
    assert code == 1
    assert re.search(r"^desk +whole; 4 entries", output, re.MULTILINE)
    assert output.splitlines()[-1].partition(": ")[2] == Finding.CUT
