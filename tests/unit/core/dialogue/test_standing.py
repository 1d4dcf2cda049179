import msgspec
import pytest

from core.dialogue.model import Outcome, Place, State
from core.dialogue.standing import has_desk, home, may_send, moderators_may_be_asked
from core.reports.model import Answers, Category, Standing, YesNo
from core.testing.help import StandInCategories
from tests.dialogue_room import NO_DESK, NO_STAFF_ROUTE, PLACE, REFERENCE

ABOUT_STAFF = Answers(runs_place=YesNo.YES)


@pytest.mark.parametrize("standing", [Standing.PRACTICE, Standing.LEAD, Standing.SPECIALIST])
def test_each_standing_but_none_has_a_desk_if_one_is_named(standing: Standing) -> None:
    assert has_desk(msgspec.structs.replace(PLACE, standing=standing))
    assert not has_desk(msgspec.structs.replace(PLACE, standing=standing, desk=None))


def test_no_standing_is_no_desk_whatever_is_named() -> None:
    assert not has_desk(msgspec.structs.replace(PLACE, standing=Standing.NONE))


@pytest.mark.parametrize(
    ("place", "answers", "may"),
    [
        (PLACE, Answers(), True),
        (PLACE, ABOUT_STAFF, True),
        (NO_STAFF_ROUTE, Answers(), True),
        (NO_STAFF_ROUTE, Answers(runs_place=YesNo.NOT_SURE), True),
        (NO_STAFF_ROUTE, ABOUT_STAFF, False),
        (NO_DESK, Answers(), False),
    ],
)
def test_a_report_may_be_sent_where_those_it_is_about_do_not_read_it(
    place: Place, answers: Answers, may: bool
) -> None:
    assert may_send(place, answers) is may


@pytest.mark.parametrize(
    ("place", "state", "screen"),
    [
        (PLACE, State(), "first"),
        (PLACE, State(reference=REFERENCE, outcome=Outcome.STORED), "sent"),
        (PLACE, State(outcome=Outcome.STORING), "storing"),
        (PLACE, State(outcome=Outcome.UNKNOWN), "not_known"),
        (PLACE, State(outcome=Outcome.REFUSED), "not_sent"),
        (PLACE, State(outcome=Outcome.REFUSED, reference=REFERENCE), "not_sent"),
        (NO_STAFF_ROUTE, State(answers=ABOUT_STAFF), "hand_off"),
        (NO_STAFF_ROUTE, State(answers=ABOUT_STAFF, reference=REFERENCE, outcome=Outcome.STORED), "sent"),
        (NO_DESK, State(), "hand_off"),
        (NO_DESK, State(reference=REFERENCE, outcome=Outcome.STORED), "hand_off"),
    ],
)
def test_there_is_one_screen_that_all_others_lead_back_to(place: Place, state: State, screen: str) -> None:
    assert home(place, state) == screen


@pytest.mark.parametrize("category", Category)
def test_moderators_may_be_asked_about_three_kinds_only(category: Category) -> None:
    kinds = {Category.BULLYING, Category.HATE_EXTREMISM, Category.ACCOUNT}
    answers = Answers(category=category, runs_place=YesNo.NO)
    assert moderators_may_be_asked(PLACE, answers, StandInCategories()) is (category in kinds)
