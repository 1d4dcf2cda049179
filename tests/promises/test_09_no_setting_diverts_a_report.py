"""Promise 9. No setting, of any layer, diverts a sexual-abuse report from the desk."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputRefused
from core.ids import CommunityId
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.routing import Routes
from core.settings.communities import AdminChange, AdminKey, Communities
from core.settings.model import Community, Desk, Settings
from core.testing.clock import FixedClock

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
