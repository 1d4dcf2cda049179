"""The rota at work on a real ledger and a clock that is moved: who is paged, what takes the sign down."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest

from core.errors import InputRefused
from core.ids import ItemId, ReportId
from core.ledger import leases
from core.reports.model import Answers, Category, Priority, YesNo
from desk.rota import pages, urgent
from desk.rota.contacts import Contact, clean
from desk.rota.folding import fold
from desk.rota.ladder import OUTSIDE
from desk.rota.model import PageRecord, Place, Unsent
from desk.rota.service import DRILL_ANSWERED, DRILL_BEGUN
from desk.staff import people
from desk.staff.model import Role
from desk.tables import leases as lease_rows
from desk.tables import rota as tables
from desk.tables import staff, trail
from tests.desk_roads import PRACTICE, ROAD
from tests.unit.desk.rota.conftest import RotaRoom

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MORNING = datetime(2026, 3, 4, 8, tzinfo=UTC)
CALM = Answers(category=Category.BULLYING, danger=YesNo.NO, own_words="some words that were typed there")


async def stored(room: RotaRoom) -> list[PageRecord]:
    """The oldest first."""
    return list(reversed(await room.rota.lately()))


async def on_shift(room: RotaRoom, *, second: bool = True) -> None:
    """It is ten in the morning; Ann is on call and Bo second, until ten in the evening."""
    room.clock.advance(MORNING + 2 * HOUR - room.clock.now())
    await room.shift("Ann", MORNING, 14)
    if second:
        await room.shift("Bo", MORNING, 14, Place.SECOND)


async def who(room: RotaRoom) -> tuple[str, ...]:
    return (await room.rota.board()).duty.names


async def test_an_unanswered_report_climbs_through_the_ledger_to_the_outside_contact(room: RotaRoom) -> None:
    await on_shift(room)
    began = room.clock.now()
    await room.report()
    await room.pass_time(began + 31 * MINUTE)
    assert [(int((one.at - began) / MINUTE), one.person) for one in await stored(room)] == [
        (0, "Ann"), (5, "Bo"), (10, "Cy"), (15, OUTSIDE), (30, OUTSIDE),
    ]  # fmt: skip
    assert room.mailed_to() == [
        "ann@desk.example", "bo@desk.example", "cy@desk.example",
        "outside@desk.example", "outside@desk.example",
    ]  # fmt: skip


async def test_a_page_says_numbers_and_times_and_leads_to_the_desk(room: RotaRoom) -> None:
    await on_shift(room)
    await room.report(answers=Answers(danger=YesNo.YES, own_words="canary words"))
    await room.turn()
    ((_to, line, body),) = room.mail.mails
    assert line == "Practice. Lifebelt desk: 1 P0 waits for an answer"
    assert "https://desk.example/" in body
    assert "2026-03-04 10:00 UTC" in body
    ((kind, data, page),) = room.hook.posts
    assert (kind, data["counts"], page) == ("lifebelt.page", {"P0": 1}, (await stored(room))[0].id)
    assert not any(word in f"{body}{data}" for word in ("canary", "school", "Ann", "web"))


async def test_opening_a_case_answers_its_pages_and_nobody_is_paged_further(room: RotaRoom) -> None:
    await on_shift(room)
    made = await room.report()
    await room.turn()
    room.clock.advance(2 * MINUTE)
    await room.desk.look(PRACTICE, made.id, by="Ann")
    await room.pass_time(room.clock.now() + HOUR, 5 * MINUTE)
    (page,) = await stored(room)
    assert (page.answered_by, page.answered_at) == ("Ann", page.at + 2 * MINUTE)


async def test_whoever_opens_a_case_before_the_first_turn_is_not_paged_for_it(room: RotaRoom) -> None:
    await on_shift(room)
    made = await room.report()
    await room.desk.look(PRACTICE, made.id, by="Ann")
    await room.turn()
    assert await stored(room) == []


async def test_taking_a_case_unopened_answers_too(room: RotaRoom) -> None:
    await on_shift(room)
    made = await room.report()
    await room.turn()
    await room.work.take(made.id, by="Bo", holder="")
    await room.pass_time(room.clock.now() + HOUR, 5 * MINUTE)
    assert [page.answered_by for page in await stored(room)] == ["Bo"]


async def test_saying_i_have_it_counts_until_it_is_clear_that_nobody_opened_it(room: RotaRoom) -> None:
    await on_shift(room, second=False)
    await room.report()
    await room.turn()
    await room.rota.have_it(by="Ann")
    said = room.clock.now()
    await room.pass_time(said + 14 * MINUTE)
    assert len(await stored(room)) == 1
    await room.pass_time(said + 16 * MINUTE)
    assert [page.person for page in await stored(room)] == ["Ann", "Ann"]


async def test_there_is_nothing_to_have_where_nothing_waits(room: RotaRoom) -> None:
    with pytest.raises(InputRefused, match="page-gone"):
        await room.rota.have_it(by="Ann")


async def test_what_is_added_to_an_answered_case_waits_and_pages_anew(room: RotaRoom) -> None:
    await on_shift(room)
    made = await room.report()
    await room.desk.look(PRACTICE, made.id, by="Ann")
    room.clock.advance(HOUR)
    await room.desk.receive(ROAD, made.supplement(Answers(danger=YesNo.YES)), "more")
    await room.desk.triage.run_once()
    await room.turn()
    (page,) = await stored(room)
    assert (page.person, page.since) == ("Ann", room.clock.now())


async def test_a_calm_report_pages_nobody_and_one_that_cannot_be_triaged_does(room: RotaRoom) -> None:
    await on_shift(room)
    await room.report(urgent=False, answers=CALM)
    await room.report(urgent=False, answers=CALM, triaged=False)
    await room.turn()
    assert await stored(room) == []
    room.clock.advance(MINUTE)
    await room.turn()
    (page,) = await stored(room)
    assert page.counts == {Priority.P1: 1}


async def test_a_person_who_raises_a_case_is_not_paged_for_it(room: RotaRoom) -> None:
    await on_shift(room)
    made = await room.report(urgent=False, answers=CALM)
    room.clock.advance(HOUR)
    await room.work.prioritise(made.id, Priority.P0, "", by="Ann")
    await room.turn()
    assert await stored(room) == []


async def test_with_nobody_on_shift_a_danger_to_life_is_outside_at_once(room: RotaRoom) -> None:
    await room.report()
    await room.turn()
    assert [page.person for page in await stored(room)] == [OUTSIDE]
    assert room.mailed_to() == ["outside@desk.example"]


async def test_two_turns_at_the_same_moment_page_once(room: RotaRoom) -> None:
    await on_shift(room)
    await room.report()
    await room.turn()
    await room.turn()
    assert len(await stored(room)) == 1


async def test_while_another_process_decides_this_one_pages_nobody(room: RotaRoom) -> None:
    await on_shift(room)
    await room.report()
    name = f"rota/{PRACTICE.desk}/{PRACTICE.standing}"
    take = partial(
        leases.take, table=lease_rows, name=name, holder="other", now=room.clock.now(), lasts=MINUTE
    )
    await room.desk.ledger.transact(take)
    await room.turn()
    assert await stored(room) == []
    room.clock.advance(MINUTE)
    await room.turn()
    assert len(await stored(room)) == 1


async def test_a_mail_server_that_is_down_is_tried_again_and_the_webhook_is_not_sent_twice(
    room: RotaRoom,
) -> None:
    await on_shift(room)
    room.mail.down = True
    await room.report()
    await room.turn()
    assert (await stored(room))[0].fault == Unsent.MAIL
    room.mail.down = False
    room.clock.advance(31 * timedelta(seconds=1))
    await room.turn()
    assert (await stored(room))[0].fault == ""
    assert (len(room.mail.mails), len(room.hook.posts)) == (1, 1)


async def test_a_page_that_was_not_noted_as_sent_is_sent_again_after_a_kill(room: RotaRoom) -> None:
    await on_shift(room)
    await room.report()
    await room.desk.rota.turn()
    await room.desk.ledger.transact(lambda conn: pages.lease(conn, room.clock.now()))
    assert await room.desk.rota.send() == 0
    room.clock.advance(pages.SENDING)
    assert await room.desk.rota.send() == 1


async def test_a_page_that_never_leaves_is_given_up_after_an_hour_while_the_ladder_climbs(
    room: RotaRoom,
) -> None:
    await on_shift(room)
    room.mail.down = room.hook.down = True
    await room.report()
    await room.pass_time(room.clock.now() + 75 * MINUTE)
    first = (await stored(room))[0]
    assert (first.fault, first.person) == (Unsent.GIVEN_UP, "Ann")


async def test_two_pages_that_nobody_answers_take_the_sign_down_for_every_road_at_once(
    room: RotaRoom,
) -> None:
    await on_shift(room)
    assert await who(room) == ("Ann", "Bo")
    began = room.clock.now()
    made = await room.report()
    await room.pass_time(began + 10 * MINUTE)
    assert await who(room) == ("Ann", "Bo")
    await room.pass_time(began + 11 * MINUTE)
    (told,) = (await room.desk.news(ROAD, 100, timedelta(0))).duty
    assert (told.who, told.until, told.opens) == ((), None, None)
    await room.desk.look(PRACTICE, made.id, by="Ann")
    await room.turn()
    assert await who(room) == ()


async def test_the_sign_goes_up_again_when_a_page_or_a_drill_is_answered_in_time(room: RotaRoom) -> None:
    await on_shift(room)
    await room.report()
    await room.pass_time(room.clock.now() + 11 * MINUTE)
    assert await who(room) == ()
    await room.rota.begin_drill(by="Ann")
    await room.rota.answer_drill(by="Ann")
    assert await who(room) == ("Ann", "Bo")


async def test_pages_to_those_who_are_on_no_shift_take_no_sign_down(room: RotaRoom) -> None:
    for _ in range(2):
        await room.report()
        await room.pass_time(room.clock.now() + 20 * MINUTE, 5 * MINUTE)
    await on_shift(room)
    assert await who(room) == ("Ann", "Bo")


async def test_a_drill_goes_to_whoever_is_on_call_and_is_answered_on_the_console(room: RotaRoom) -> None:
    await on_shift(room)
    await room.rota.begin_drill(by="Cy")
    await room.turn()
    assert room.mailed_to() == ["ann@desk.example"]
    with pytest.raises(InputRefused, match="drill-over"):
        await room.rota.answer_drill(by="Bo")
    room.clock.advance(4 * MINUTE)
    strip = await room.rota.strip(person="Ann")
    assert strip.drill is not None
    await room.rota.answer_drill(by="Ann")
    room.clock.advance(HOUR)
    await room.turn()
    assert await who(room) == ("Ann", "Bo")
    done = await room.desk.ledger.read(
        lambda conn: list(conn.execute(sa.select(trail.c.action).order_by(trail.c.seq)).scalars())
    )
    assert done[-2:] == [DRILL_BEGUN, DRILL_ANSWERED]


async def test_a_missed_drill_takes_the_sign_down_and_tells_outside_once_until_another_is_answered(
    room: RotaRoom,
) -> None:
    await on_shift(room)
    await room.rota.begin_drill(by="Cy")
    await room.pass_time(room.clock.now() + 30 * MINUTE)
    assert await who(room) == ()
    assert room.mailed_to() == ["ann@desk.example", "outside@desk.example"]
    assert room.mail.mails[-1][1] == "Practice. Lifebelt: nobody at the desk answered a drill"
    with pytest.raises(InputRefused, match="drill-over"):
        await room.rota.answer_drill(by="Ann")
    await room.rota.begin_drill(by="Cy")
    await room.rota.answer_drill(by="Ann")
    assert await who(room) == ("Ann", "Bo")


async def test_a_drill_needs_somebody_on_call(room: RotaRoom) -> None:
    with pytest.raises(InputRefused, match="drill-nobody"):
        await room.rota.begin_drill(by="Cy")


async def test_a_drill_is_no_report(room: RotaRoom) -> None:
    await on_shift(room)
    await room.rota.begin_drill(by="Cy")
    await room.turn()
    assert (await room.desk.queue(PRACTICE)).rows == ()
    assert (await room.rota.strip(person="Bo")).waits == 0


async def test_those_on_duty_are_named_as_they_want_and_never_by_their_account(room: RotaRoom) -> None:
    await on_shift(room)
    (told,) = await room.desk.rota.told()
    assert (told.who, told.until) == (("Somebody",), MORNING + 14 * HOUR)
    await room.rota.set_contact(Contact(shown_as="Sam"), by="Bo")
    (told,) = await room.desk.rota.told()
    assert told.who == ("Sam",)


async def test_how_long_it_usually_takes_is_told_from_five_reports_on(room: RotaRoom) -> None:
    await on_shift(room)
    for minutes in range(5, 10):
        made = await room.report()
        room.clock.advance(minutes * MINUTE)
        assert (await room.desk.rota.told())[0].usually_minutes is None
        await room.desk.look(PRACTICE, made.id, by="Ann")
    await room.turn()
    assert (await room.desk.rota.told())[0].usually_minutes == 10


async def test_a_road_that_waits_for_news_hears_of_a_change_of_duty_and_not_again(room: RotaRoom) -> None:
    room.clock.advance(MORNING - HOUR - room.clock.now())
    assert (await room.desk.news(ROAD, 1, timedelta(0))).duty[0].opens is None
    await room.shift("Ann", MORNING, 14)
    await room.turn()
    told = await room.desk.news(ROAD, 1, timedelta(hours=1))
    assert (told.news, told.duty[0].opens) == ((), MORNING)
    room.clock.advance(HOUR)
    await room.turn()
    assert (await room.desk.news(ROAD, 1, timedelta(hours=1))).duty[0].who == ("Somebody",)


@pytest.mark.parametrize(
    "address", ["ann", "ann@", "a b@c.example", "ann@c.example, bo@c.example", "a\n@c.d"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputRefused, match="page-address"):
        clean(address, "")


async def test_an_address_lies_sealed(room: RotaRoom) -> None:
    rows = await room.desk.ledger.read(lambda conn: conn.execute(sa.select(tables.paging)).all())
    assert rows
    assert not any("desk.example" in row.sealed for row in rows)


async def test_the_address_of_somebody_whose_access_was_taken_away_is_forgotten(room: RotaRoom) -> None:
    await room.desk.ledger.transact(lambda conn: people.end_access(conn, "Bo", room.clock.now()))
    rows = await room.desk.ledger.read(lambda conn: conn.execute(sa.select(tables.paging.c.person)).all())
    assert sorted(row.person for row in rows) == ["Ann", "Cy", "Di"]


async def test_what_is_counted_of_pages_names_nobody(room: RotaRoom, registry: CollectorRegistry) -> None:
    await on_shift(room)
    await room.report()
    await room.turn()
    counted = generate_latest(registry).decode()
    for line in (
        'lifebelt_desk_pages_total{step="on_call"} 1.0',
        'lifebelt_desk_pages_tried_total{fault="none"} 1.0',
        'lifebelt_desk_on_duty{standing="practice"} 1.0',
    ):
        assert line in counted
    assert "Ann" not in counted


async def test_with_no_way_to_send_a_page_stands_on_the_screens_and_says_so(room: RotaRoom) -> None:
    await on_shift(room)
    room.desk.rota._ways = None
    await room.report()
    await room.turn()
    (page,) = await stored(room)
    assert page.fault == Unsent.NOWHERE
    assert (await room.rota.strip(person="Bo")).counts == {Priority.P0: 1}


async def test_a_simulated_week(room: RotaRoom) -> None:
    """Ann is on call and Bo second every day from eight to ten; Sunday is blocked."""
    for day in range(7):
        starts = MORNING + timedelta(days=day)
        await room.shift("Ann", starts, 14)
        await room.shift("Bo", starts, 14, Place.SECOND)
    sign: list[tuple[float, bool]] = []

    def at(day: int, hour: float) -> datetime:
        return datetime(2026, 3, 4, tzinfo=UTC) + timedelta(days=day, hours=hour)

    async def run(until: datetime, step: timedelta = HOUR / 2) -> None:
        while room.clock.now() < until:
            await room.turn()
            is_up = bool((await room.desk.rota.told())[0].who)
            if not sign or sign[-1][1] != is_up:
                sign.append((round((room.clock.now() - at(0, 0)) / HOUR, 1), is_up))
            room.clock.advance(step)

    room.clock.advance(at(0, 6) - room.clock.now())
    await run(at(1, 2))
    night = await room.report()  # Thursday, 2 a.m.: nobody is there
    await run(at(1, 8))
    await room.desk.look(PRACTICE, night.id, by="Ann")
    await run(at(2, 12))
    noon = await room.report()  # Friday noon: nobody comes for half an hour
    await run(at(2, 12.5), 3 * MINUTE)
    await room.desk.look(PRACTICE, noon.id, by="Cy")
    await run(at(3, 9))
    await room.rota.begin_drill(by="Cy")  # Saturday: mended by a drill
    await room.rota.answer_drill(by="Ann")
    await run(at(5, 12))
    await room.rota.begin_drill(by="Cy")  # Monday: missed, and mended two hours later
    await run(at(5, 14))
    await room.rota.begin_drill(by="Cy")
    await room.rota.answer_drill(by="Ann")
    await run(at(7, 0))
    assert sign == [
        (6.0, False), (8.0, True), (22.0, False),
        (32.0, True), (46.0, False),
        (56.0, True), (60.2, False),
        (81.0, True), (94.0, False),
        (128.0, True), (132.5, False), (134.0, True), (142.0, False),
        (152.0, True), (166.0, False),
    ]  # fmt: skip
    told = Counter("drill" if page.drill else page.step.value for page in await stored(room))
    print(f"a week, pages by step: {dict(told)}; mails: {dict(Counter(room.mailed_to()))}")
    assert (told["on_call"], told["second"]) == (1, 1)


async def test_a_drill_comes_by_itself_every_week_while_somebody_is_on_duty(room: RotaRoom) -> None:
    for day in (0, 7, 15):
        await room.shift("Ann", MORNING + timedelta(days=day), 14)
    drills = []
    while room.clock.now() < MORNING + timedelta(days=16):
        await room.turn()
        if (await room.rota.strip(person="Ann")).drill is not None:
            drills.append((room.clock.now() - MORNING) / HOUR / 24)
            await room.rota.answer_drill(by="Ann")
        room.clock.advance(4 * HOUR)
    assert [int(day) for day in drills] == [7, 15]


async def test_a_thousand_false_reports_through_the_ledger_do_not_hide_the_true_one(room: RotaRoom) -> None:
    """As in the pure one, through intake, ledger and runner; nobody answers for ten minutes."""
    await on_shift(room, second=False)
    began = room.clock.now()
    false = room.make(urgent=True).delivery()
    came = began + timedelta(minutes=5, seconds=31)
    for second in range(0, 600, 15):
        room.clock.advance(began + timedelta(seconds=second) - room.clock.now())
        for number in range(1_000 * second // 600, 1_000 * (second + 15) // 600):
            one = msgspec.structs.replace(
                false, item=ItemId(f"false{number}"), report=ReportId(f"false{number}")
            )
            await room.desk.receive(ROAD, one, one.item)
        if second == 330:
            room.clock.advance(timedelta(seconds=1))
            true = (await room.report(community="club", answers=CALM, triaged=False)).id
        await room.desk.rota.turn()
    counts = Counter(page.person for page in await stored(room))
    found = await room.desk.ledger.read(
        lambda conn: conn.execute(
            sa.select(tables.pages.c.at, tables.pages.c.apart)
            .join(tables.page_cases, tables.page_cases.c.page == tables.pages.c.id)
            .where(tables.page_cases.c.case_id == true, tables.pages.c.person == "Ann")
        ).one()
    )
    waiting = await room.desk.ledger.read(
        lambda conn: urgent.find(conn, PRACTICE, room.clock.now(), room.desk.rota.plan.holds).waiting
    )
    print(
        f"1001 P0 in 10 min through the ledger: pages {dict(counts)}; the true one paged after"
        f" {(found.at - came).seconds} s, {found.apart} said to stand apart"
    )
    assert counts["Ann"] <= 10
    assert found.at - came <= MINUTE
    assert found.apart == 1
    assert len(waiting) == 1_001
    assert fold(waiting).rows[0].case == true


async def test_one_alone_on_a_shift_who_answers_nothing_is_not_named_for_long(room: RotaRoom) -> None:
    await on_shift(room, second=False)
    began = room.clock.now()
    await room.report()
    await room.pass_time(began + 25 * MINUTE)
    assert await who(room) == ()


async def test_many_pages_about_less_hide_no_missed_ones(room: RotaRoom) -> None:
    await on_shift(room)
    began = room.clock.now()
    made = await room.report()
    await room.pass_time(began + 11 * MINUTE)
    await room.desk.look(PRACTICE, made.id, by="Ann")

    def about_less(conn: sa.Connection) -> None:
        row = dict(conn.execute(sa.select(tables.pages).limit(1)).mappings().one())
        rows = [
            row | {"id": f"less {n}", "counts": "1:1", "at": row["at"] + n * MINUTE, "answered_at": row["at"]}
            for n in range(12, 62)
        ]
        conn.execute(sa.insert(tables.pages), rows)

    await room.desk.ledger.transact(about_less)
    assert await who(room) == ()


async def test_whoever_works_no_cases_any_more_is_on_no_shift(room: RotaRoom) -> None:
    await on_shift(room, second=False)
    accounts = staff.people
    job = sa.update(accounts).where(accounts.c.name == "Ann").values(roles=Role.ADMIN.value)
    await room.desk.ledger.transact(lambda conn: conn.execute(job).close())
    assert await who(room) == ()
