"""Where a report goes: nothing that is set takes one from a desk, and none goes to those it is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.dialogue.model import Place
from core.ids import CommunityId, DeskName
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.routing import Routes, staff_desk
from core.settings.model import Desk

NAMES = ["school", "centre", "other"]
DESKS = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        Desk,
        name=st.just("Desk"),
        standing=st.sampled_from([Standing.PRACTICE, Standing.LEAD, Standing.SPECIALIST]),
        run_by_community=st.booleans(),
        second_desk=st.sampled_from(["", "gone", *NAMES]),
    ),
)
PLACES = st.builds(
    Place,
    community=st.just(CommunityId("chess")),
    community_name=st.just("Chess"),
    platform=st.just("web"),
    standing=st.sampled_from(Standing),
    desk=st.sampled_from([None, *map(DeskName, NAMES)]),
    desk_name=st.just("Desk"),
    country=st.sampled_from([None, "GB"]),
    knows_accounts=st.booleans(),
    moderators_may_handle=st.booleans(),
    staff_route=st.booleans(),
)
ANSWERS = st.builds(
    Answers,
    danger=st.sampled_from([None, *YesNo]),
    category=st.sampled_from(Category),
    runs_place=st.sampled_from([None, *YesNo]),
    own_words=st.sampled_from(["", "help me"]),
    team_may_know_name=st.sampled_from([None, True, False]),
    moderators_may_know=st.sampled_from([None, True, False]),
    others_use_phone=st.sampled_from([None, True, False]),
)


def place(desk: str | None = "school", standing: Standing = Standing.LEAD) -> Place:
    return Place(
        community=CommunityId("chess"),
        community_name="Chess",
        platform="web",
        standing=standing,
        desk=DeskName(desk) if desk else None,
        desk_name="Desk",
    )


def desk(**given: object) -> Desk:
    return Desk(name="Desk", standing=Standing.LEAD, **given)  # type: ignore[arg-type]


SURE = ANSWERS.filter(lambda answers: answers.runs_place in {None, YesNo.NO})
WITH_DESK = st.tuples(DESKS.filter(bool), PLACES, st.randoms()).map(
    lambda drawn: (
        drawn[0],
        replace(drawn[1], desk=DeskName(drawn[2].choice(sorted(drawn[0]))), standing=Standing.LEAD),
    )
)


@given(WITH_DESK, SURE)
def test_a_report_reaches_the_desk_whatever_is_set_about_category_consent_and_moderators(
    given_desk: tuple[dict[str, Desk], Place], answers: Answers
) -> None:
    desks, where = given_desk
    assert Routes(desks).route(where, answers, YesNo.NO) == where.desk


@given(DESKS, PLACES, ANSWERS, ANSWERS, st.sampled_from(YesNo))
def test_only_who_it_is_about_decides_between_desks(
    desks: dict[str, Desk], where: Place, one: Answers, other: Answers, staff: YesNo
) -> None:
    other = replace(other, runs_place=one.runs_place)
    routes = Routes(desks)
    assert routes.route(where, one, staff) == routes.route(where, other, staff)


@given(DESKS, PLACES, ANSWERS, st.sampled_from(YesNo))
def test_a_report_about_those_who_run_the_place_never_goes_to_a_desk_they_run(
    desks: dict[str, Desk], where: Place, answers: Answers, staff: YesNo
) -> None:
    about_staff = answers if staff is YesNo.YES else replace(answers, runs_place=YesNo.YES)
    found = Routes(desks).route(where, about_staff, staff)
    assert found is None or not desks[found].run_by_community


@given(DESKS, st.sampled_from(NAMES))
def test_practice_and_what_is_real_never_mix(desks: dict[str, Desk], name: str) -> None:
    found = staff_desk(DeskName(name), desks)
    if found is not None:
        assert (desks[found].standing is Standing.PRACTICE) == (desks[name].standing is Standing.PRACTICE)


@given(DESKS, PLACES, ANSWERS, st.sampled_from(YesNo))
def test_a_report_goes_only_where_its_evidence_was_sealed_to(
    desks: dict[str, Desk], where: Place, answers: Answers, staff: YesNo
) -> None:
    routes = Routes(desks)
    found = routes.route(where, answers, staff)
    assert found is None or found in routes.candidates(where)
    assert len(set(routes.candidates(where))) == len(routes.candidates(where))
    assert all(name in desks for name in routes.candidates(where))


@given(DESKS, PLACES, ANSWERS, st.sampled_from(YesNo))
def test_without_a_desk_nothing_is_captured_for_anyone(
    desks: dict[str, Desk], where: Place, answers: Answers, staff: YesNo
) -> None:
    routes = Routes(desks)
    for none in (
        replace(where, standing=Standing.NONE),
        replace(where, desk=None),
        replace(where, desk=DeskName("gone")),
    ):
        assert routes.route(none, answers, staff) is None
        assert routes.candidates(none) == ()


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("danger", [None, *YesNo])
def test_every_kind_of_report_goes_to_the_communitys_own_desk(
    category: Category, danger: YesNo | None
) -> None:
    routes = Routes({"school": desk(run_by_community=True, second_desk="centre"), "centre": desk()})
    assert routes.route(place(), Answers(category=category, danger=danger), YesNo.NO) == "school"


def test_a_desk_that_others_run_takes_reports_about_staff_itself() -> None:
    routes = Routes({"centre": desk()})
    assert routes.route(place("centre"), Answers(runs_place=YesNo.YES), YesNo.YES) == "centre"
    assert routes.candidates(place("centre")) == ("centre",)


def test_a_school_hands_reports_about_its_staff_to_the_second_desk() -> None:
    routes = Routes({"school": desk(run_by_community=True, second_desk="centre"), "centre": desk()})
    assert routes.route(place(), Answers(runs_place=YesNo.YES), YesNo.NO) == "centre"
    assert routes.route(place(), Answers(runs_place=YesNo.NO), YesNo.YES) == "centre"
    assert routes.candidates(place()) == ("school", "centre")


def test_without_a_second_desk_a_report_about_staff_is_handed_to_the_child_to_carry() -> None:
    routes = Routes({"school": desk(run_by_community=True)})
    assert routes.route(place(), Answers(runs_place=YesNo.YES), YesNo.NO) is None
    assert routes.route(place(), Answers(), YesNo.YES) is None


def test_a_second_desk_that_a_community_runs_is_none() -> None:
    both = {"school": desk(run_by_community=True, second_desk="other"), "other": desk(run_by_community=True)}
    assert staff_desk(DeskName("school"), both) is None
    assert (
        staff_desk(DeskName("school"), {"school": desk(run_by_community=True, second_desk="school")}) is None
    )


def test_doubt_goes_to_the_second_desk_and_without_one_is_not_lost() -> None:
    doubt = Answers(runs_place=YesNo.NOT_SURE)
    with_second = Routes({"school": desk(run_by_community=True, second_desk="centre"), "centre": desk()})
    assert with_second.route(place(), doubt, YesNo.NO) == "centre"
    assert Routes({"school": desk(run_by_community=True)}).route(place(), doubt, YesNo.NO) == "school"


@pytest.mark.parametrize(("first", "second"), [("practice", "lead"), ("specialist", "practice")])
def test_a_second_desk_of_the_other_world_is_none(first: str, second: str) -> None:
    one = Desk(name="One", standing=Standing(first), run_by_community=True, second_desk="two")
    assert (
        staff_desk(DeskName("one"), {"one": one, "two": Desk(name="Two", standing=Standing(second))}) is None
    )


def test_where_nobody_knows_whether_it_is_about_staff_the_second_desk_takes_it() -> None:
    with_second = Routes({"school": desk(run_by_community=True, second_desk="centre"), "centre": desk()})
    assert with_second.route(place(), Answers(), YesNo.NOT_SURE) == "centre"
    assert (
        Routes({"school": desk(run_by_community=True)}).route(place(), Answers(), YesNo.NOT_SURE) == "school"
    )
