"""Which cases are suggested, with what reasons, and what a report about somebody known does to the others."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.ids import CommunityId, ReportId
from core.reports.model import Answers, Category, Priority
from core.testing.clock import START, FixedClock
from core.testing.deliveries import MadeReport
from desk.casework.acts import By
from desk.casework.joins import join
from desk.casework.model import CaseState
from desk.casework.service import Casework
from desk.linking import raising, suggesting
from desk.linking.suggesting import COMMON, Strength, Suggestion, strength_of
from desk.linking.values import Kind, Tag
from desk.service import DeskService
from desk.tables import DESK, links
from tests.desk_roads import LIVE, PRACTICE, ROAD, Make

WORDS = "one two three four five six"
CANARY = "silver_fox_99"


def said(account: str, text: str = "hello", room: str = "") -> Transcript:
    message = Message(
        id="1",
        author=Author(id=account, shown=f"name of {account}"),
        text=text,
        sent_at=START,
        read_at=START,
        read_from=ReadFrom.PRESS,
        reported=True,
    )
    return Transcript(source=Source.PLATFORM, platform="web", channel=room, messages=(message,))


async def told(
    service: DeskService, make: Make, account: str, community: str = "school", **how: Any
) -> MadeReport:
    how.setdefault("answers", Answers(category=Category.ACCOUNT, own_words=WORDS))
    text, room = how.pop("text", "hello"), how.pop("room", "")
    made = make(said=said(account, text, room), community=community, **how)
    await service.receive(ROAD, made.delivery(), made.id * 2)
    while await service.triage.run_once():
        pass
    return made


async def suggested(desk: DeskService, case: ReportId) -> list[Suggestion]:
    return list(await desk.ledger.read(lambda conn: suggesting.suggested(conn, PRACTICE, case)))


async def priority(desk: DeskService, report: ReportId) -> Priority | None:
    found = await desk.case(PRACTICE, report)
    assert found is not None
    return found.row.priority


def by(clock: FixedClock) -> By:
    return By("Ann", PRACTICE, clock.now())


async def test_the_same_account_is_suggested_with_the_reason(desk: DeskService, make: Make) -> None:
    one, other, _ = [await told(desk, make, account) for account in ("7", "7", "8")]
    (found,) = await suggested(desk, one.id)
    assert (found.case, found.strength) == (other.id, Strength.STRONG)
    assert found.kinds == (Kind.ACCOUNT, Kind.SHOWN)


async def test_a_handle_or_number_in_what_was_told_links_across_accounts(
    desk: DeskService, make: Make
) -> None:
    one = await told(desk, make, "7", text=f"add me @{CANARY}")
    other = await told(
        desk,
        make,
        "9",
        "club",
        answers=Answers(category=Category.GROOMING, own_words=f"his snap is {CANARY}"),
    )
    (found,) = await suggested(desk, one.id)
    assert (found.case, found.kinds, found.strength) == (other.id, (Kind.HANDLE,), Strength.SOME)


async def test_nothing_that_was_named_lies_in_the_ledger(desk: DeskService, make: Make) -> None:
    await told(desk, make, "account-no-7", text=f"add me @{CANARY} or {CANARY}@example.org")

    def everything(conn: sa.Connection) -> str:
        return repr(
            [tuple(row) for table in DESK.metadata.sorted_tables for row in conn.execute(sa.select(table))]
        )

    lies = await desk.ledger.read(everything)
    assert CANARY not in lies
    assert "account-no-7" not in lies


async def test_what_was_refused_is_not_suggested_until_it_is_taken_back(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    one, other = [await told(desk, make, "7") for _ in range(2)]
    await desk.ledger.transact(lambda conn: suggesting.refuse(conn, by(clock), one.id, other.id))
    assert await suggested(desk, one.id) == []
    assert await suggested(desk, other.id) == []
    assert await desk.ledger.read(lambda conn: suggesting.refused_of(conn, one.id)) == (other.id,)
    await desk.ledger.transact(lambda conn: suggesting.take_back(conn, by(clock), one.id, other.id))
    assert len(await suggested(desk, one.id)) == 1


async def test_what_is_joined_is_one_case_and_suggests_for_all_of_it(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    one, other, third = [await told(desk, make, account) for account in ("7", "8", "8")]
    now = clock.now()
    await desk.ledger.transact(
        lambda conn: join(conn, PRACTICE, case=one.id, other=other.id, id="1", by="Ann", now=now)
    )
    assert [found.case for found in await suggested(desk, one.id)] == [third.id]
    assert [found.case for found in await suggested(desk, third.id)] == [one.id]


async def test_nothing_of_another_desk_is_suggested(desk: DeskService, make: Make) -> None:
    one = await told(desk, make, "7")
    await told(desk, make, "7", standing=LIVE.standing, desk=LIVE.desk)
    assert await suggested(desk, one.id) == []


async def test_a_value_that_everybody_names_says_nothing(
    desk: DeskService, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggesting, "COMMON", 2)
    assert COMMON > 2
    made = [await told(desk, make, str(number), text="https://everybody.example/x") for number in range(4)]
    assert await suggested(desk, made[0].id) == []


async def test_a_report_about_somebody_known_elsewhere_is_raised_and_raises_the_known_one_once_a_community(
    desk: DeskService, make: Make
) -> None:
    first = await told(desk, make, "7")
    assert await priority(desk, first.id) is Priority.P3
    again = await told(desk, make, "7")
    assert (await priority(desk, first.id), await priority(desk, again.id)) == (Priority.P3, Priority.P3)
    await told(desk, make, "7", "club")
    assert await priority(desk, first.id) is Priority.P2
    await told(desk, make, "7", "club")
    assert await priority(desk, first.id) is Priority.P2


async def test_counting_alone_makes_nothing_a_danger_to_life(desk: DeskService, make: Make) -> None:
    first = await told(desk, make, "7", answers=Answers(category=Category.GROOMING, own_words=WORDS))
    before = await priority(desk, first.id)
    await told(desk, make, "7", "club")
    assert before is Priority.P1
    assert await priority(desk, first.id) is Priority.P1


async def test_a_closed_case_is_not_raised(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    first = await told(desk, make, "7")
    await work.close(first.id, "helped", by="Ann", state=CaseState.NEW)
    clock.advance(timedelta(minutes=1))
    await told(desk, make, "7", "club")
    assert await priority(desk, first.id) is Priority.P3
    assert first.id not in [row.report for row in (await desk.queue(PRACTICE)).rows]


@pytest.mark.parametrize(
    ("kinds", "strength"),
    [
        ({Kind.PHONE}, Strength.STRONG),
        ({Kind.SHOWN, Kind.ACCOUNT}, Strength.STRONG),
        ({Kind.LINK}, Strength.SOME),
        ({Kind.SITE, Kind.SHOWN}, Strength.SOME),
        ({Kind.SITE}, Strength.WEAK),
    ],
)
def test_how_strong_a_link_is(kinds: set[Kind], strength: Strength) -> None:
    assert strength_of(kinds) is strength


async def test_whoever_names_a_telephone_book_costs_a_few_look_ups(desk: DeskService, make: Make) -> None:
    numbers = " ".join(f"+4479111234{number:02}" for number in range(60))
    one = await told(desk, make, "7", text=numbers)
    await told(desk, make, "8", "club", text=numbers)
    tags = await desk.ledger.read(
        lambda conn: conn.execute(sa.select(links.tags.c.kind).where(links.tags.c.report == one.id)).all()
    )
    assert len(tags) > suggesting.MOST_STRONG
    asked: list[str] = []

    def look(conn: sa.Connection) -> None:
        sa.event.listen(conn, "before_cursor_execute", lambda *given: asked.append(given[2]))
        every = [Tag(Kind.PHONE, str(number)) for number in range(500)]
        suggesting.communities_with(conn, PRACTICE, every, but=CommunityId("school"))

    await desk.ledger.read(look)
    assert len(asked) == suggesting.MOST_STRONG


async def test_whatever_fails_about_links_the_report_is_triaged(
    desk: DeskService, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise ValueError

    monkeypatch.setattr(raising, "raise_known", fail)
    made = await told(desk, make, "7")
    assert await priority(desk, made.id) is Priority.P3
