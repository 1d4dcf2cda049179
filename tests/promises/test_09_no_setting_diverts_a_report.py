"""Promise 9. No setting, of any layer, diverts a sexual-abuse report from the desk."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputRefused, SettingsInvalid
from core.ids import CommunityId
from core.ledger.road import community_settings
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.routing import Routes
from core.settings.communities import AdminChange, AdminKey, Communities
from core.settings.loader import load
from core.settings.model import Community, Desk, Settings
from core.testing.clock import FixedClock
from desk import tables as desk_tables
from tests.everything_down import whole
from tests.web_pages import reference
from tests.web_room import CATEGORIES, PARK, House

HERE = CommunityId("club")
DESKS = {
    "national": Desk(name="National", standing=Standing.SPECIALIST, recipients=("age1a",), recovery="age1b"),
    "other": Desk(name="Other", standing=Standing.SPECIALIST, recipients=("age1c",), recovery="age1d"),
    "school": Desk(name="School", standing=Standing.LEAD, run_by_community=True, second_desk="national"),
    "nobody": Desk(name="Nobody", standing=Standing.NONE),
}
OPERATOR = st.builds(
    Community,
    name=st.just("The club"),
    desk=st.sampled_from(["national", "school"]),
    country=st.sampled_from(["", "GB", "DE"]),
    moderators_may_handle=st.booleans(),
)
KEYS = [*AdminKey, "platform", "origins", "categories", "standing", "desks", "routing", ""]
ADMIN = st.lists(
    st.tuples(
        st.sampled_from(KEYS),
        st.one_of(st.booleans(), st.sampled_from(["", "none", "nobody", "other", "school", "GB", "x" * 100])),
    ),
    max_size=6,
)
ANSWERED = st.builds(
    Answers,
    category=st.sampled_from(list(Category)),
    danger=st.sampled_from([None, *YesNo]),
    runs_place=st.sampled_from([YesNo.NO, YesNo.NOT_SURE, None]),
    moderators_may_know=st.sampled_from([None, True, False]),
    team_may_know_name=st.sampled_from([None, True, False]),
)


async def laid_over(ledger: SqliteLedger, operator: Community, changes: list[tuple[str, Any]]) -> Communities:
    communities = Communities(Settings(desks=DESKS, communities={HERE: operator}))
    for key, value in changes:
        try:
            change = AdminChange(HERE, key, value, "the owner", datetime(2026, 1, 1, tzinfo=UTC))
            await communities.set(ledger, change)
        except InputRefused:
            continue
    return communities


@given(operator=OPERATOR, changes=ADMIN, answers=ANSWERED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_operator_and_admin_set_the_report_goes_to_a_desk_that_answers(
    tmp_path_factory: pytest.TempPathFactory,
    categories: Categories,
    operator: Community,
    changes: list[tuple[str, Any]],
    answers: Answers,
) -> None:
    ledger = SqliteLedger(tmp_path_factory.mktemp("nine") / "road.sqlite", ROAD, FixedClock())
    await ledger.open()
    try:
        communities = await laid_over(ledger, operator, changes)
    finally:
        await ledger.close()
    place = communities.place(HERE)
    desk = Routes(DESKS).route(place, answers, YesNo.NO)
    assert desk is not None
    assert DESKS[desk].standing in {Standing.LEAD, Standing.SPECIALIST}
    if categories[answers.category or Category.UNSPECIFIED].sexual_abuse:
        assert not categories[answers.category or Category.UNSPECIFIED].moderators_may_handle


@pytest.mark.parametrize("subject_is_staff", [True, False])
def test_about_whoever_runs_the_place_it_goes_to_the_second_desk_never_to_them(
    subject_is_staff: bool,
) -> None:
    school = Communities(Settings(desks=DESKS, communities={HERE: Community(name="x", desk="school")}))
    answers = Answers(category=Category.GROOMING, runs_place=None if subject_is_staff else YesNo.YES)
    staff = YesNo.YES if subject_is_staff else YesNo.NO
    assert Routes(DESKS).route(school.place(HERE), answers, staff) == "national"


# Each layer tried, on the real road: what arrives, and where.

STORED = ('"practice"', '"ghost"', '""', "{", "null", "true")
ABUSE = [info.code for info in CATEGORIES if info.sexual_abuse]
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, "", " ", "none", "nobody", "practice", "centre", "ghost", "*", "DE", "XX", "en"),
    *("0", "\0", "../../etc/passwd", "javascript:alert(1)", "https://evil.example/", "x" * 10_000),
)
NOT_FOR_ADMINS = ("platform", "origins", "categories", "standing", "desks", "routing", "retention", "off", "")


@pytest.mark.parametrize("key", [*AdminKey, *NOT_FOR_ADMINS])
async def test_whatever_an_admin_sets_a_report_of_sexual_abuse_arrives_at_the_desk_that_was_named(
    tmp_path: Path, key: str
) -> None:
    async with whole(tmp_path) as somewhere:
        home, back, _ = somewhere
        sent = []
        for number, value in enumerate(HOSTILE):
            taken = await tried(home, key, value)
            assert not (taken and key in NOT_FOR_ADMINS)
            if not taken and value is not HOSTILE[-1]:
                continue
            child = await somewhere.child().look()
            await child.press("send", category=ABUSE[number % len(ABUSE)])
            assert reference(child)
            sent.append(ABUSE[number % len(ABUSE)])
        assert await back.deliver() == len(sent)
        opened = [await back.look(report) for report in await back.reports()]
        assert sorted(found.facts.answers.category for found in opened if found.facts) == sorted(sent)
        assert {row.desk for row in await back.rows(desk_tables.reports)} == {"centre"}


async def tried(home: House, key: str, value: Any) -> bool:
    """Whether an admin could set it."""
    try:
        await home.communities.set(home.ledger, AdminChange(PARK, key, value, "the owner", home.clock.now()))
    except InputRefused:
        return False
    return True


@pytest.mark.parametrize("value", STORED)
@pytest.mark.parametrize("key", ["desk", "platform", "moderators_may_handle"])
async def test_what_lies_in_the_ledger_past_all_checks_diverts_nothing(
    tmp_path: Path, key: str, value: str
) -> None:
    """An older version's row, or one that somebody wrote who has the database in hand."""
    async with whole(tmp_path) as somewhere:
        home, back, _ = somewhere
        row = {"id": "0" * 32, "community": PARK, "key": key, "value": value, "set_by": "x"}
        statement = community_settings.insert().values(**row, set_at=home.clock.now())
        await home.ledger.transact(lambda conn: conn.execute(statement).rowcount)
        await home.communities.refresh(home.ledger)
        child = await somewhere.child().look()
        assert reference(await child.press("send", category="sexual_extortion"))
        assert await back.deliver() == 1


@pytest.mark.parametrize(
    "line",
    [
        'categories = ["bullying"]',
        'skip = ["grooming"]',
        'moderators = ["ann"]',
        "enabled = false",
        'standing = "none"',
        'desk = "ghost"',
        'routing = {grooming = "moderators"}',
    ],
)
def test_an_operators_file_that_would_divert_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'[communities.club]\nname = "The club"\n{line}\n')
    with pytest.raises(SettingsInvalid) as refused:
        load(file)
    assert [str(fault).startswith(f"{file}:3:") for fault in refused.value.faults] == [True]


@pytest.mark.parametrize("code", ABUSE)
@pytest.mark.parametrize("change", ["moderators_may_handle = true", "sexual_abuse = false"])
def test_no_categories_file_gives_sexual_abuse_to_moderators(
    tmp_path: Path, shipped: Path, code: Category, change: str
) -> None:
    text = (shipped / "categories.toml").read_text()
    before, block = text.split(f'code = "{code}"', 1)
    key = change.partition(" ")[0]
    changed = re.sub(rf"^{key} = \w+$", change, block, count=1, flags=re.MULTILINE)
    file = tmp_path / "categories.toml"
    file.write_text(f'{before}code = "{code}"{changed}')
    with pytest.raises(SettingsInvalid):
        Categories.load(file)
