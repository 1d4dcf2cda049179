"""Layers of a community's settings: what an admin may set, what never, and that each change is recorded."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputRefused, LedgerUnavailable
from core.ids import CommunityId
from core.ledger.road import community_settings, trail
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.ledger.trail import verify
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.routing import Routes
from core.settings.communities import AdminChange, AdminKey, Communities
from core.settings.loader import load
from core.settings.model import Community, Desk, Settings
from core.testing.clock import FixedClock
from core.testing.ids import counting_ids
from core.testing.ledger import FaultyLedger
from tests.ledgers import opened

CHESS = CommunityId("chess")
DESKS = {
    "school": Desk(name="School", standing=Standing.LEAD, run_by_community=True, second_desk="centre"),
    "club": Desk(name="Club lead", standing=Standing.LEAD, opens="09:00", closes="17:00"),
    "centre": Desk(name="Safety centre", standing=Standing.SPECIALIST),
    "practice": Desk(name="Practice", standing=Standing.PRACTICE),
}


def configured(desk: str = "club", **given: Any) -> Settings:
    chess = Community(name="Chess", desk=desk, country="GB", origins=("https://chess.example",), **given)
    return Settings(desks=DESKS, communities={"chess": chess})


def communities(desk: str = "club", languages: Sequence[str] | None = ("en", "de")) -> Communities:
    return Communities(configured(desk), languages=languages, new_id=counting_ids())


def change(key: str, value: Any, clock: FixedClock, community: CommunityId = CHESS) -> AdminChange:
    return AdminChange(community=community, key=key, value=value, who="discord:4711", at=clock.now())


@pytest.fixture
async def ledger(tmp_path: Path, clock: FixedClock) -> AsyncIterator[SqliteLedger]:
    ledger = await opened(tmp_path / "road.db", ROAD, clock)
    yield ledger
    await ledger.close()


# The place.


def test_a_place_is_what_the_operator_wrote() -> None:
    place = communities().place(CHESS)
    assert (place.community_name, place.desk, place.desk_name) == ("Chess", "club", "Club lead")
    assert (place.standing, place.country, place.language) == (Standing.LEAD, "GB", "en")
    assert (place.duty.opens, place.duty.closes, place.duty.on_duty) == ("09:00", "17:00", None)


def test_the_childs_own_country_and_language_win() -> None:
    place = communities().place(CHESS, country="FR", language="de", knows_accounts=True)
    assert (place.country, place.language, place.knows_accounts) == ("FR", "de", True)


def test_the_country_never_comes_from_the_language() -> None:
    settings = Settings(desks=DESKS, communities={"chess": Community(name="Chess", language="de")})
    assert Communities(settings).place(CHESS, language="fr").country is None


def test_a_community_nobody_configured_is_refused() -> None:
    with pytest.raises(InputRefused) as refused:
        communities().place(CommunityId("elsewhere"))
    assert refused.value.field == "community"
    assert communities().get(CommunityId("elsewhere")) is None


def test_without_a_desk_the_standing_is_none() -> None:
    place = communities("").place(CHESS)
    assert (place.standing, place.desk, place.desk_name, place.staff_route) == (
        Standing.NONE,
        None,
        "",
        False,
    )


def test_a_practice_desk_promises_no_hours_and_names_nobody() -> None:
    desk = Desk(name="Practice", standing=Standing.PRACTICE, opens="08:00", closes="20:00")
    settings = Settings(desks={"p": desk}, communities={"chess": Community(name="Chess", desk="p")})
    place = Communities(settings).place(CHESS)
    assert (place.duty.opens, place.duty.closes, place.duty.on_duty) == (None, None, None)


def test_the_shipped_default_has_a_practice_community_ready() -> None:
    place = Communities(load(None)).place(CommunityId("practice"))
    assert (place.standing, place.desk, place.country) == (Standing.PRACTICE, "practice", "GB")


@pytest.mark.parametrize(("desk", "route"), [("school", True), ("club", True), ("centre", True), ("", False)])
def test_whether_reports_about_staff_have_a_desk(desk: str, route: bool) -> None:
    assert communities(desk).place(CHESS).staff_route is route


# What an admin may set.


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "Chess for all"),
        ("country", "IE"),
        ("country", ""),
        ("language", "de"),
        ("desk", "centre"),
        ("moderators_may_handle", True),
        ("quick_exit_url", "https://www.wikipedia.org/"),
        ("quick_exit_url", ""),
    ],
)
async def test_what_an_admin_sets_is_in_force_and_kept(
    ledger: SqliteLedger, clock: FixedClock, key: str, value: Any
) -> None:
    one = communities()
    await one.set(ledger, change(key, value, clock))
    another = communities()
    await another.refresh(ledger)
    for seen in (one, another):
        found = seen.get(CHESS)
        assert found is not None
        assert getattr(found, key) == value


async def test_taking_a_setting_back_gives_the_operators_again(
    ledger: SqliteLedger, clock: FixedClock
) -> None:
    one = communities()
    await one.set(ledger, change("country", "IE", clock))
    await one.set(ledger, change("country", None, clock))
    assert one.place(CHESS).country == "GB"


async def test_the_last_of_several_changes_holds(ledger: SqliteLedger, clock: FixedClock) -> None:
    one = communities()
    for country in ("IE", "FR", "NZ"):
        await one.set(ledger, change("country", country, clock))
    assert one.place(CHESS).country == "NZ"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("platform", "discord"),
        ("origins", "https://evil.example"),
        ("recipients", "age1x"),
        ("__class__", "x"),
        ("", "x"),
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 81),
        ("name", "Chess\nclub"),
        ("name", "Chess \u202eemordnil"),
        ("name", True),
        ("country", "UK"),
        ("country", True),
        ("language", "tlh"),
        ("language", True),
        ("moderators_may_handle", "yes"),
        ("quick_exit_url", "https://my-own-server.example/"),
        ("quick_exit_url", "javascript:alert(1)"),
        ("desk", True),
        ("desk", "nowhere"),
        ("desk", ""),
        ("desk", "school"),
        ("desk", "practice"),
    ],
)
async def test_what_an_admin_may_not_set_is_refused_and_leaves_no_trace(
    ledger: SqliteLedger, clock: FixedClock, key: str, value: Any
) -> None:
    one = communities()
    with pytest.raises(InputRefused) as refused:
        await one.set(ledger, change(key, value, clock))
    assert refused.value.reason
    assert one.get(CHESS) == configured().communities["chess"]
    assert await ledger.read(lambda conn: conn.execute(sa.select(community_settings)).all()) == []
    assert await ledger.read(lambda conn: conn.execute(sa.select(trail)).all()) == []


async def test_taking_back_what_was_never_an_admins_is_refused(
    ledger: SqliteLedger, clock: FixedClock
) -> None:
    with pytest.raises(InputRefused):
        await communities().set(ledger, change("platform", None, clock))


async def test_a_specialists_desk_is_never_changed_for_a_lead(
    ledger: SqliteLedger, clock: FixedClock
) -> None:
    with pytest.raises(InputRefused, match="specialists"):
        await communities("centre").set(ledger, change("desk", "club", clock))


async def test_the_operators_own_choice_may_always_be_chosen_again(
    ledger: SqliteLedger, clock: FixedClock
) -> None:
    one = communities("school")
    await one.set(ledger, change("desk", "centre", clock))
    await one.set(ledger, change("desk", "school", clock))
    assert one.place(CHESS).desk == "school"


async def test_a_community_without_a_desk_may_be_given_one(ledger: SqliteLedger, clock: FixedClock) -> None:
    one = communities("")
    await one.set(ledger, change("desk", "centre", clock))
    assert one.place(CHESS).desk == "centre"


async def test_an_unknown_community_cannot_be_set(ledger: SqliteLedger, clock: FixedClock) -> None:
    with pytest.raises(InputRefused):
        await communities().set(ledger, change("country", "IE", clock, CommunityId("elsewhere")))


# The trail.


async def test_every_change_stands_in_the_trail_with_before_and_after(
    ledger: SqliteLedger, clock: FixedClock
) -> None:
    one = communities()
    await one.set(ledger, change("country", "IE", clock))
    clock.advance(timedelta(hours=1))
    await one.set(ledger, change("country", None, clock))
    entries = await ledger.read(lambda conn: conn.execute(sa.select(trail).order_by(trail.c.seq)).all())
    assert [(entry.who, entry.action, entry.target) for entry in entries] == [
        ("discord:4711", "community_set", "chess")
    ] * 2
    assert [entry.detail for entry in entries] == [
        '{"after":"\\"IE\\"","before":"","key":"country"}',
        '{"after":"","before":"\\"IE\\"","key":"country"}',
    ]
    assert (await ledger.read(lambda conn: verify(conn, trail))).ok


async def test_setting_and_trail_are_one_transaction(
    ledger: SqliteLedger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise InputRefused("the trail is full")

    monkeypatch.setattr("core.settings.communities.record", broken)
    one = communities()
    with pytest.raises(InputRefused, match="the trail is full"):
        await one.set(ledger, change("country", "IE", clock))
    assert await ledger.read(lambda conn: conn.execute(sa.select(community_settings)).all()) == []
    assert one.place(CHESS).country == "GB"


# With the ledger down.


async def test_answers_stand_when_the_ledger_is_gone(ledger: SqliteLedger, clock: FixedClock) -> None:
    one = communities()
    await one.set(ledger, change("country", "IE", clock))
    broken = FaultyLedger(ledger)
    broken.fail_with(LedgerUnavailable("gone"))
    with pytest.raises(LedgerUnavailable):
        await one.refresh(broken)
    with pytest.raises(LedgerUnavailable):
        await one.set(broken, change("country", "FR", clock))
    assert one.place(CHESS).country == "IE"


# Rows that no longer fit.


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("desk", '"closed_down"'),
        ("desk", '"school"'),
        ("desk", '""'),
        ("country", '"XX"'),
        ("country", "not json"),
        ("country", "[1]"),
        ("platform", '"discord"'),
        ("moderators_may_handle", '"yes"'),
        ("__dict__", '"x"'),
    ],
)
async def test_a_row_that_is_no_longer_allowed_leaves_the_layer_below_in_force(
    ledger: SqliteLedger, clock: FixedClock, key: str, value: str
) -> None:
    row = {
        "id": "1",
        "community": "chess",
        "key": key,
        "value": value,
        "set_by": "x",
        "set_at": clock.now(),
    }
    await ledger.transact(lambda conn: conn.execute(community_settings.insert(), row).rowcount)
    one = communities()
    await one.refresh(ledger)
    assert one.get(CHESS) == configured().communities["chess"]


async def test_rows_of_a_community_that_is_gone_do_no_harm(ledger: SqliteLedger, clock: FixedClock) -> None:
    row = {
        "id": "1",
        "community": "gone",
        "key": "country",
        "value": '"IE"',
        "set_by": "x",
        "set_at": clock.now(),
    }
    await ledger.transact(lambda conn: conn.execute(community_settings.insert(), row).rowcount)
    one = communities()
    await one.refresh(ledger)
    assert one.get(CommunityId("gone")) is None


# Promise 9 over every layer.

VALUES = st.one_of(
    st.sampled_from(["", "school", "club", "centre", "practice", "gone", "GB", "en"]), st.booleans()
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.sampled_from(["school", "club", "centre"]),
    st.lists(st.tuples(st.sampled_from([*AdminKey, "origins"]), VALUES), max_size=4),
    st.sampled_from([category for category in Category if category is not Category.ACCOUNT]),
    st.sampled_from([None, *YesNo]),
)
async def test_whatever_an_admin_tries_a_report_still_reaches_a_desk_that_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    desk: str,
    tries: list[tuple[str, Any]],
    category: Category,
    danger: YesNo | None,
) -> None:
    clock = FixedClock()
    ledger = SqliteLedger(tmp_path_factory.mktemp("layers") / "road.db", ROAD, clock)
    await ledger.open()
    one = communities(desk)
    try:
        for key, value in tries:
            try:
                await one.set(ledger, change(key, value, clock))
            except InputRefused:
                continue
    finally:
        await ledger.close()
    place = one.place(CHESS)
    found = Routes(DESKS).route(place, Answers(category=category, danger=danger), subject_is_staff=YesNo.NO)
    assert found is not None
    assert DESKS[found].standing in {Standing.LEAD, Standing.SPECIALIST}
    assert found == desk or not DESKS[found].run_by_community
