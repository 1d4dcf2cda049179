"""Promise 8. The young person decides what is known about them, and the choice is enforced in the data."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from core.dialogue.flow import Dialogue
from core.dialogue.model import Place, Press
from core.errors import CannotOpen
from core.evidence.drafts import draft_id, new_draft_key
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity
from core.evidence.sealing import SecretKey, new_key, open_part
from core.ids import CommunityId, DeskName
from core.ledger.road import parts
from core.ledger.sqlite import SqliteLedger
from core.reports.model import Standing
from core.reports.packing import Seals
from core.reports.road import Opening, Road, Routing
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.program import ANSWERS, Browser, Program, browsing, until_there

CANARY = "Kanarienvogel"
DESKNAME = DeskName("desk")
PLACE = Place(
    community=CommunityId("c"),
    community_name="The club",
    platform="chat",
    standing=Standing.SPECIALIST,
    desk=DESKNAME,
    desk_name="The desk",
    country="GB",
    knows_accounts=True,
)
WHO = Identity(platform="chat", account=f"id-{CANARY}", shown=f"name-{CANARY}", way_back=CANARY.encode())


class Keys:
    def __init__(self) -> None:
        self.desk, self.road = new_key(), new_key()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def road(
    road_ledger: SqliteLedger, dialogue: Dialogue, clock: FixedClock, keys: Keys
) -> AsyncIterator[Road]:
    async with Road(
        ledger=road_ledger,
        dialogue=dialogue,
        routing=Routing(
            candidates=lambda _place: (DESKNAME,),
            route=lambda _place, _answers, _staff: DESKNAME,
            is_urgent=lambda _answers: False,
        ),
        seals=Seals(
            desks={DESKNAME: [keys.desk.public]}, road=keys.road.public, tag=lambda text: f"tag:{text}"
        ),
        signals=MemorySignals(clock),
        clock=clock,
        new_key=new_draft_key,
    ) as road:
        yield road


@pytest.mark.parametrize(("choice", "known"), [("yes", True), ("no", False), (None, False)])
async def test_only_a_yes_lets_the_desk_read_who_it_was(
    road: Road, road_ledger: SqliteLedger, keys: Keys, choice: str | None, known: bool
) -> None:
    key = new_draft_key()
    values = {} if choice is None else {"team_may_know_name": choice}
    await road.answer(key, PLACE, Press(screen="choices", button="back", values=values), identity=WHO)
    await road.answer(key, PLACE, Press(screen="first", button="send", values=ANSWERS), identity=WHO)
    read = await readable_by(keys.desk, road_ledger)
    assert (f"name-{CANARY}" in read) is known
    assert f"name-{CANARY}" in await readable_by(keys.road, road_ledger)


async def test_the_way_back_is_never_for_the_desk(road: Road, road_ledger: SqliteLedger, keys: Keys) -> None:
    key = new_draft_key()
    press = Press(screen="choices", button="send", values=ANSWERS | {"team_may_know_name": "yes"})
    await road.answer(key, PLACE, press, identity=WHO)
    stored = {row.kind for row in await rows(road_ledger)}
    assert stored >= {"identity"}
    for row in await rows(road_ledger):
        if row.kind == "named":
            assert b'"way_back":""' in open_part(row.sealed, [keys.desk])[1]
        if row.kind == "identity":
            with pytest.raises(CannotOpen):
                open_part(row.sealed, [keys.desk])


async def test_what_is_captured_names_no_reporter(road: Road, road_ledger: SqliteLedger, keys: Keys) -> None:
    now = FixedClock().now()
    message = Message(
        id="1",
        author=Author(id="reporter", shown="reporter"),
        text="leave me alone",
        sent_at=now,
        read_at=now,
        read_from=ReadFrom.PRESS,
        reported=True,
    )
    said = Transcript(source=Source.PLATFORM, platform="chat", messages=(message,))
    shown = await road.press(Opening(place=PLACE, transcript=said))
    await road.answer(shown.key, PLACE, Press(screen="first", button="send", values=ANSWERS), identity=WHO)
    assert CANARY not in await readable_by(keys.desk, road_ledger)
    assert draft_id(shown.key) in {row.draft for row in await rows(road_ledger)}


async def test_of_somebody_at_a_browser_nothing_is_kept_but_what_they_told(up: Program) -> None:
    headers = {
        "User-Agent": f"Browser-{CANARY}",
        "X-Forwarded-For": "203.0.113.77",
        "Cookie": f"who={CANARY}",
        "Referer": f"http://127.0.0.1/{CANARY}",
        "Accept-Language": f"en-{CANARY[:8]}",
    }
    async with aiohttp.ClientSession(headers=headers) as session:
        browser = Browser(session, up.public)
        assert (await browser.send()).reference is not None
    (report,) = await until_there(up, DESK, desk_reports)
    assert await up.stop() == 0
    opened = await up.look(report.id)
    assert CANARY not in str(opened.facts)
    assert opened.named is None
    for file in files_of(up.data):
        content = file.read_bytes()
        assert CANARY.encode() not in content, file
        assert b"203.0.113.77" not in content, file


async def test_no_cookie_is_set_and_the_first_screen_says_when_a_name_may_be_unlocked(
    up: Program, browser: Browser
) -> None:
    async with browsing(up.public) as someone, someone._session.get(f"{up.public}/report/practice") as answer:
        assert "Set-Cookie" not in answer.headers
        text = await answer.text()
    assert "die or be badly hurt" in text
    assert (await browser.get()).status == 200


def files_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def rows(ledger: SqliteLedger) -> list[sa.Row[tuple[object, ...]]]:
    return list(await ledger.read(lambda conn: conn.execute(sa.select(parts)).all()))


async def readable_by(key: SecretKey, ledger: SqliteLedger) -> str:
    """Everything that this key opens of what was stored."""
    found = []
    for row in await rows(ledger):
        try:
            found.append(open_part(row.sealed, [key])[1].decode())
        except CannotOpen:
            continue
    return "\n".join(found)
