from itertools import product

import pytest

from core.reports.model import Priority
from desk.casework.model import CaseState
from desk.casework.states import FOLLOWS, may_follow, takes_two


def test_from_every_state_a_case_can_be_closed_and_from_closed_be_opened_again() -> None:
    for state in set(CaseState) - {CaseState.CLOSED}:
        assert may_follow(state, CaseState.CLOSED)
    assert FOLLOWS[CaseState.CLOSED] == {CaseState.WORKING}


def test_nothing_leads_back_to_what_nobody_has_touched() -> None:
    assert not any(may_follow(state, CaseState.NEW) for state in CaseState)
    assert FOLLOWS.keys() == set(CaseState)


@pytest.mark.parametrize(("priority", "urgent"), list(product(Priority, [True, False])))
def test_danger_to_life_takes_two(priority: Priority, *, urgent: bool) -> None:
    assert takes_two(priority, urgent=urgent) is (urgent or priority is Priority.P0)
