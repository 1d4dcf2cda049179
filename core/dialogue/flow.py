"""The guided conversation: `(state, press) → (state, screen, wish)`. Pure: it stores and sends nothing.

What is wished is carried out by the road, whose answer comes back through `outcome`.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from core.dialogue import cards
from core.dialogue.model import Card, Evidence, Outcome, Place, Press, Screen, State, Turn, Wish
from core.dialogue.notices import View
from core.dialogue.questions import read
from core.dialogue.sources import CategorySource, HelpSource
from core.dialogue.standing import has_desk, home, is_in_flight, is_sent, may_send, moderators_may_be_asked
from core.reports.model import YesNo

LEAVING = frozenset({"hide", "leave"})
NEVER_SENDS = frozenset({"help", "hide", "leave", "back", "country", "advice", "talk"})
"""Buttons that send nothing, whatever was answered beside them."""
_GOES_TO: Mapping[str, str] = {"help": "help", "advice": "advice", "talk": "helplines"}
_FORM_OPENERS = frozenset({"more", "add"})
_ANYWHERE = frozenset({"help", "country", "advice", "helplines", "hidden"})
"""Screens that are right in every state."""
_WITH_A_DESK = frozenset({"more", "choices"})
_BACK_AT_MOST = 4


class Dialogue:
    """One flow for every platform. Holds only data, so that one instance serves everybody."""

    def __init__(self, helplines: HelpSource, categories: CategorySource) -> None:
        self._helplines = helplines
        self._categories = categories

    def open(self, place: Place, evidence: Evidence | None = None) -> Turn:
        """The first reply to a press on the button."""
        kept = evidence if has_desk(place) else None
        return self._turn(place, _move_home(place, State(evidence=kept)))

    def answer(self, place: Place, state: State, press: Press) -> Turn:
        """What comes of a press. Never fails: what cannot be taken is said on the next card."""
        here = self._here(place, state, press)
        told = self._take(place, replace(state, fault=None), here, press)
        return self._turn(place, *self._pressed(place, state, told, here, press))

    def outcome(self, place: Place, state: State, outcome: Outcome, reference: str | None = None) -> Turn:
        """The state and screen after a wish was carried out, or could not be."""
        if state.outcome is Outcome.STORED:
            return self._turn(place, state)
        settled = _stored(state, reference) if outcome is Outcome.STORED else _in_doubt(state, outcome)
        if settled.at == "help":
            return self._turn(place, replace(settled, back_to=()), _rest(settled))
        return self._turn(place, _move_home(place, settled), _rest(settled))

    def show(self, place: Place, state: State) -> Screen:
        """The screen of `state`, whatever `state` is."""
        return cards.build(_landing(place, state, state.at), self._view(place, state))

    def help(self, place: Place, country: str | None = None) -> Card:
        """The danger exit where nothing was begun: from files alone."""
        screen = self.show(place, State(at="help", country=country))
        assert isinstance(screen, Card)  # noqa: S101  # narrows a type
        return screen

    def _view(self, place: Place, state: State) -> View:
        return View(
            place=place,
            state=state,
            help=self._helplines.help_for(state.country or place.country),
            categories=self._categories,
            countries=self._helplines.countries,
        )

    def _turn(self, place: Place, state: State, wish: Wish | None = None) -> Turn:
        state = replace(state, at=_landing(place, state, state.at))
        return Turn(state=state, screen=self.show(place, state), wish=wish)

    def _here(self, place: Place, state: State, press: Press) -> str:
        """The screen a press was made on, as far as that screen still means something in this place."""
        screen = state.at if press.screen is None or press.screen not in cards.SCREENS else press.screen
        if screen == "first" and has_desk(place):
            return "first"
        return _landing(place, state, screen)

    def _take(self, place: Place, state: State, here: str, press: Press) -> State:
        """The state with all answers taken that were asked for on that screen."""
        if here == "country":
            return self._take_country(state, press.values.get("country", ""))
        asked = cards.asked_on(here, self._view(place, state))
        taken = read(state.answers, asked, press.values)
        answers = taken.answers
        if answers.moderators_may_know is not None and not moderators_may_be_asked(
            place, answers, self._categories
        ):
            answers = replace(answers, moderators_may_know=None)
        changed = state.unsent or answers != state.answers
        return replace(state, answers=answers, fault=taken.fault, unsent=changed)

    def _take_country(self, state: State, value: str) -> State:
        if value in {"", cards.MORE_COUNTRIES}:
            return state
        if value == cards.ELSEWHERE or value in self._helplines.countries:
            return replace(state, country=value)
        return replace(state, fault="fault-choice")

    def _pressed(
        self, place: Place, before: State, state: State, here: str, press: Press
    ) -> tuple[State, Wish | None]:
        button = press.button or ""
        if _in_danger_now(before, here, press):
            return _send(place, _push(place, state, here, "help"))
        if button in LEAVING:
            return replace(state, at="hidden", back_to=()), Wish.HIDE
        if button in _GOES_TO:
            return _push(place, state, here, _GOES_TO[button]), None
        if here == "country":
            return self._country_pressed(place, state, button, press), None
        if button == "country":
            return replace(_push(place, state, here, "country"), page=0), None
        return _told(place, before, state, here, press)

    def _country_pressed(self, place: Place, state: State, button: str, press: Press) -> State:
        value = press.values.get("country")
        if value == cards.MORE_COUNTRIES and button != "back":
            pages = len(cards.country_pages(self._helplines.countries))
            return replace(state, at="country", page=(state.page + 1) % pages)
        if button == "back" or (value and state.fault is None):
            return _pop(place, replace(state, page=0))
        return replace(state, at="country")


def _told(place: Place, before: State, state: State, here: str, press: Press) -> tuple[State, Wish | None]:
    """The buttons that tell something, or look after what was told."""
    button = press.button
    if button == "back":
        return (replace(state, at="first", back_to=()) if here == "hand_off" else _pop(place, state)), None
    if button in {"send", "try_again"} and here != "more":
        return _send(place, replace(state, at=home(place, state), back_to=()))
    if button == "check":
        return _move_home(place, state), Wish.ASK_AGAIN if is_in_flight(state) else None
    if button == "refresh":
        return _move_home(place, state), None
    if here == "more":
        return _arrive(state, "choices"), None
    if button in _FORM_OPENERS:
        return _push(place, state, here, "more"), None
    if here == "first" and is_sent(state) and state.answers != before.answers:
        return _send(place, _move_home(place, state))
    return _stay(place, state, here), None


def _in_danger_now(before: State, here: str, press: Press) -> bool:
    """Whether "Yes, now" was pressed: alone, or beside a button that does not promise to send nothing."""
    if here != "first" or press.values.get("danger") != YesNo.YES or press.button in NEVER_SENDS:
        return False
    newly = before.answers.danger is not YesNo.YES
    return newly or (press.button in {None, "send"} and not is_sent(before))


def _send(place: Place, state: State) -> tuple[State, Wish | None]:
    """Wish to send what there is: the report, or what was told since. A repeated Send wishes nothing."""
    if not may_send(place, state.answers):
        return (state if state.at == "help" else replace(state, at="hand_off", back_to=())), None
    if is_in_flight(state):
        return state, Wish.ASK_AGAIN
    if not is_sent(state):
        return replace(state, unsent=False, outcome=None), Wish.SEND
    if state.unsent or state.outcome is Outcome.REFUSED:
        return replace(state, unsent=False, outcome=None), Wish.ADD
    return state, None


def _stored(state: State, reference: str | None) -> State:
    """Stored: what was said in own words now lies in the sealed report, and the draft keeps it no longer."""
    answers = state.answers if state.unsent else replace(state.answers, own_words="", about="", contact="")
    return replace(
        state,
        outcome=Outcome.STORED,
        reference=state.reference if is_sent(state) else reference or "",
        added=state.added + is_sent(state),
        answers=answers,
    )


def _in_doubt(state: State, outcome: Outcome) -> State:
    return replace(state, outcome=outcome, unsent=state.unsent or outcome is Outcome.REFUSED)


def _rest(state: State) -> Wish | None:
    """Danger that was told while the first write was under way follows at once."""
    urgent = state.unsent and state.answers.danger is YesNo.YES
    return Wish.ADD if urgent and state.outcome is Outcome.STORED else None


def _move_home(place: Place, state: State) -> State:
    return replace(state, at=home(place, state), back_to=())


def _landing(place: Place, state: State, screen: str) -> str:
    """`screen` where it is right now, else the screen that all lead back to."""
    if screen in _ANYWHERE or (screen in _WITH_A_DESK and has_desk(place)):
        return screen
    main = home(place, state)
    changing_mind = screen == "first" and main == "hand_off" and has_desk(place)
    asked_to_leave_team_out = screen == "hand_off" and not may_send(place, state.answers)
    return screen if changing_mind or asked_to_leave_team_out else main


def _push(place: Place, state: State, here: str, to: str) -> State:
    """Go on to `to`, remembering the way back; coming to a screen already on the way cuts the way there."""
    if to == here:
        return replace(state, at=to)
    return _arrive(replace(state, back_to=(*state.back_to, _landing(place, state, here))), to)


def _arrive(state: State, at: str) -> State:
    way = state.back_to[: state.back_to.index(at)] if at in state.back_to else state.back_to
    return replace(state, at=at, back_to=way[-_BACK_AT_MOST:])


def _pop(place: Place, state: State) -> State:
    if not state.back_to:
        return _move_home(place, state)
    return replace(state, at=_landing(place, state, state.back_to[-1]), back_to=state.back_to[:-1])


def _stay(place: Place, state: State, here: str) -> State:
    return replace(state, at=_landing(place, state, here))
