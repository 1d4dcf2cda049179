"""What may be done in a place and with these answers: the rules every screen and press obeys."""

from core.dialogue.model import Outcome, Place, State
from core.dialogue.sources import CategorySource
from core.reports.model import Answers, Standing, YesNo

IN_DOUBT: dict[Outcome, str] = {
    Outcome.STORING: "storing",
    Outcome.UNKNOWN: "not_known",
    Outcome.REFUSED: "not_sent",
}
"""The screen of each outcome but the good one."""


def has_desk(place: Place) -> bool:
    return place.standing is not Standing.NONE and place.desk is not None


def may_send(place: Place, answers: Answers) -> bool:
    """Whether there is a desk for this report that those who run the place do not read."""
    return has_desk(place) and (place.staff_route or answers.runs_place is not YesNo.YES)


def is_sent(state: State) -> bool:
    return state.reference is not None


def is_in_flight(state: State) -> bool:
    return state.outcome in {Outcome.STORING, Outcome.UNKNOWN}


def home(place: Place, state: State) -> str:
    """The screen that all others lead back to."""
    if not has_desk(place):
        return "hand_off"
    if state.outcome in IN_DOUBT:
        return IN_DOUBT[state.outcome]
    if is_sent(state):
        return "sent"
    return "first" if may_send(place, state.answers) else "hand_off"


def moderators_may_be_asked(place: Place, answers: Answers, categories: CategorySource) -> bool:
    """Only for the kinds they may handle, and only if it is not about anyone who runs this place."""
    return (
        place.moderators_may_handle
        and answers.runs_place is YesNo.NO
        and categories[answers.category].moderators_may_handle
    )
