"""Promise 8 in chats. What a young person chose about themselves is so in the bytes."""

from pathlib import Path

import pytest

from core.ids import ReportId
from core.ledger.road import parts, reports
from core.reports.model import Priority
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.unlocking.service import Unlocking
from tests.chat_whole import ChatWhole
from tests.chats import Chat, each_chat

USERNAME, SHOWN, NICK = "kanarienvogel_7", "Kanarienvogel", "Kanari"


async def sent(somewhere: ChatWhole, **choices: str) -> str:
    """Somebody with names of their own reports a message that answers them; the id of their account."""
    person = somewhere.named(USERNAME, SHOWN, NICK)
    account = somewhere.id_of(person)
    child = somewhere.child_of(person)
    await somewhere.says(person, f"leave me alone, says {NICK}")
    bob = somewhere.member("bob")
    message = await somewhere.says(bob, f"come on {SHOWN}, {USERNAME}, <@{account}>")
    await child.report_message(message)
    await somewhere.idle()
    await child.tell(own_words="he does not stop")
    for question, value in choices.items():
        await child.choose(question, value)
    await child.press("send")
    assert child.code is not None
    await somewhere.idle()
    return account


async def readable(somewhere: ChatWhole, *, by_road: bool = False) -> str:
    """All that the desk can open, or the road."""
    key = somewhere.house.keys.road(create=False).identity if by_road else None
    return "\n".join(body.decode() for _, body in await somewhere.opened(key))


def names_in(text: str, account: str) -> set[str]:
    return {name for name in (USERNAME, SHOWN, NICK, account) if name in text}


@each_chat
@pytest.mark.parametrize(("choice", "known"), [("yes", True), ("no", False), (None, False)])
async def test_only_a_yes_lets_the_desk_read_who_it_was_by_any_name(
    tmp_path: Path, chat: Chat, choice: str | None, known: bool
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        account = await sent(somewhere, **({} if choice is None else {"team_may_know_name": choice}))
        found = names_in(await readable(somewhere), account)
        assert bool(found) == known
        assert {row.kind == "named" for row in await somewhere.rows(parts)} >= {known}
        assert names_in(await readable(somewhere, by_road=True), account) >= {account}
        await somewhere.behind.deliver()
        (report,) = await somewhere.behind.reports()
        assert ((await somewhere.behind.look(report)).named is not None) == known


@each_chat
@pytest.mark.parametrize("choice", ["yes", "no", None])
async def test_the_way_back_is_never_the_desks(tmp_path: Path, chat: Chat, choice: str | None) -> None:
    async with chat.whole(tmp_path) as somewhere:
        choices = {} if choice is None else {"team_may_know_name": choice}
        account = await sent(somewhere, **choices, others_use_phone="no_tell")
        assert '"way_back":""' in await readable(somewhere) or choice != "yes"
        way_back = [
            body for _, body in await somewhere.opened(somewhere.house.keys.road(create=False).identity)
        ]
        assert len(way_back) == 1
        assert b'"way_back":""' not in way_back[0]
        assert account


@each_chat
@pytest.mark.parametrize(("choice", "may"), [(None, False), ("yes", False), ("no", False), ("no_tell", True)])
async def test_they_are_told_only_where_they_asked_for_it(
    tmp_path: Path, chat: Chat, choice: str | None, may: bool
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        await sent(somewhere, **({} if choice is None else {"others_use_phone": choice}))
        (row,) = await somewhere.rows(reports)
        assert row.may_push is may


@each_chat
async def test_a_yes_that_was_taken_back_before_sending_leaves_no_name(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        person = somewhere.named(USERNAME, SHOWN, NICK)
        child = await somewhere.child_of(person).report()
        await child.tell(own_words="he does not stop")
        await child.choose("team_may_know_name", "yes")
        await child.choose("team_may_know_name", "no")
        await child.press("send")
        await somewhere.idle()
        assert names_in(await readable(somewhere), somewhere.id_of(person)) == set()


@each_chat
async def test_in_danger_to_life_the_road_unlocks_who_it_is_and_never_the_way_back(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        account, behind = await sent(somewhere, team_may_know_name="no"), somewhere.behind
        await behind.deliver()
        report = ReportId(*await behind.reports())
        desk = behind.service
        bench = Bench(desk.ledger, desk.signals, desk.clock, desk.keys, behind.scope)
        await Casework(bench).prioritise(report, Priority.P0, "", by="Ann Lee")
        await Unlocking(bench).ask(report, "Somebody could die.", by="Ann Lee")
        await somewhere.house.poller(behind.scope.desk, behind.way._desk).run_once()
        await behind.deliver()
        found = (await Unlocking(bench).look(report, by="Ann Lee")).identity
        assert found is not None
        assert (found.account.split("/")[-1], found.way_back) == (account, b"")
