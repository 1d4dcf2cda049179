"""The guided conversation: `(state, press) → (state, screen, wish)`. Pure: it stores and sends nothing.

What is wished is carried out by the road, whose answer comes back through `outcome`.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from core.dialogue import cards
from core.dialogue.model import Card, Evidence, Form, Outcome, Place, Press, Screen, State, Turn, Wish
from core.dialogue.notices import View
from core.dialogue.questions import read
from core.dialogue.sources import CategorySource, HelpSource
from core.dialogue.standing import has_desk, home, is_in_flight, is_sent, may_send
from core.reports.model import YesNo

LEAVING = frozenset({"hide", "leave"})
NEVER_SENDS = frozenset({"help", "hide", "leave", "back", "country", "advice", "talk"})
"""Buttons that send nothing, whatever was answered beside them."""
_GOES_TO: Mapping[str, str] = {"help": "help", "advice": "advice", "talk": "helplines"}
_SENDS = frozenset({"send", "try_again"})
_FORM_OPENERS = frozenset({"more", "add"})
_ANYWHERE = frozenset({"help", "country", "advice", "helplines", "hidden"})
"""Screens that are right in every state."""
_WITH_A_DESK = frozenset({"more", "choices", "not_saved"})
_AFTER_SEND = frozenset({"sent", "storing", "not_known"})
_LOOKS_FROM = frozenset({"help", "choices", "country"})
"""Cards on which whoever looks again stays: help, and where somebody is choosing or writing."""
_BACK_AT_MOST = 4

Step = tuple[State, Wish | None]


class Dialogue:
    """One flow for every platform. Holds only data, so that one instance serves everybody."""

    def __init__(self, helplines: HelpSource, categories: CategorySource) -> None:
        self._helplines = helplines
        self._categories = categories
        self._countries = frozenset(helplines.countries)

    def open(self, place: Place, evidence: Evidence | None = None) -> Turn:
        """The first reply to a press on the button."""
        kept = evidence if has_desk(place) else None
        return self._turn(place, _move_home(place, State(evidence=kept)))

    def welcome(self, place: Place) -> Card:
        """What stands where anybody may begin, from files alone."""
        return cards.welcome(self._view(place, State()))

    def advice(self, place: Place) -> Turn:
        """What to do now, for whoever asks for nothing else; the way back leads to the first screen."""
        return self.answer(place, State(), Press(screen="first", button="advice"))

    def answer(self, place: Place, state: State, press: Press) -> Turn:
        """What comes of a press. Never fails: what cannot be taken is said on the next card.

        `press.values` may hold any subset of what this place asks, also answers of earlier screens that
        could not be stored and travelled along.
        """
        before = _before(state, press)
        here = _here(place, before, press)
        told = self._take(place, before, press)
        if here == "country":
            told = self._take_country(told, press)
        state, wish = self._pressed(place, before, told, here, press)
        return self._turn(place, replace(state, wished=wish), wish)

    def outcome(self, place: Place, state: State, outcome: Outcome, reference: str | None = None) -> Turn:
        """The state and screen after the road did, or could not do, what the last turn wished.

        Where it wished nothing and the road could not even keep what was told, the screen says just that;
        help and advice stay open, whatever could not be kept.
        """
        if outcome is Outcome.STORED and state.outcome is outcome and state.wished is not Wish.ADD:
            return self._turn(place, replace(state, wished=None))  # known before: nothing new is stored
        if outcome is Outcome.STORED:
            return self._settled(place, _stored(state, reference))
        if state.wished is None and state.at in _ANYWHERE:
            return self._turn(place, state)
        if state.wished is None and not is_in_flight(state):
            return self._turn(place, replace(state, at="not_saved", back_to=()))
        return self._settled(place, _in_doubt(state, outcome))

    def show(self, place: Place, state: State) -> Screen:
        """The screen of `state`, whatever `state` is."""
        return cards.build(_landing(place, state, state.at), self._view(place, state))

    def help(self, place: Place, country: str | None = None, *, beside: bool = False) -> Card:
        """The danger exit where nothing was begun: from files alone. `beside`: see `State`."""
        screen = self.show(place, State(at="help", country=country, beside=beside))
        assert isinstance(screen, Card)  # noqa: S101  # narrows a type
        return screen

    def answer_form(self, place: Place) -> Form:
        """Where somebody answers what the desk wrote: no state is ever at it."""
        return cards.answer_form(self._view(place, State()))

    def answered(self, place: Place, outcome: Outcome) -> Card:
        """What became of that answer."""
        return cards.answered(self._view(place, State()), outcome)

    def _view(self, place: Place, state: State) -> View:
        country = state.country or place.country
        return View(
            place=place,
            state=state,
            help=self._helplines.help_for(country),
            country=country if country in self._countries else None,
            categories=self._categories,
            countries=self._helplines.countries,
        )

    def _turn(self, place: Place, state: State, wish: Wish | None = None) -> Turn:
        at = _landing(place, state, state.at)
        state = replace(state, at=at, beside=state.beside and at in _ANYWHERE)
        return Turn(state=state, screen=self.show(place, state), wish=wish)

    def _settled(self, place: Place, state: State) -> Turn:
        """After an outcome: help and where somebody chooses stay open, all else goes to its screen."""
        if state.at == "help":
            moved = replace(state, back_to=())
        elif state.wished is Wish.ASK_AGAIN and state.at in _LOOKS_FROM:
            moved = state
        else:
            moved = _move_home(place, state)
        wish = _rest(moved)
        return self._turn(place, replace(moved, wished=wish, unsent=moved.unsent and wish is None), wish)

    def _take(self, place: Place, state: State, press: Press) -> State:
        """The state with all answers taken that this place asks for."""
        taken = read(place, state.answers, press.values, self._categories)
        changed = state.unsent or taken.answers != state.answers
        return replace(state, answers=taken.answers, fault=taken.fault, unsent=changed)

    def _take_country(self, state: State, press: Press) -> State:
        value = press.values.get("country", "")
        if value in {"", cards.MORE_COUNTRIES}:
            return state
        if value == cards.ELSEWHERE or value in self._countries:
            return replace(state, country=value)
        return replace(state, fault="fault-choice")

    def _pressed(self, place: Place, before: State, state: State, here: str, press: Press) -> Step:
        button = press.button or ""
        if _in_danger_now(before, here, press):
            return _send(place, _push(place, state, here, "help"))
        if button in LEAVING:
            return replace(state, at="hidden", back_to=()), Wish.HIDE
        if button in _GOES_TO:
            return _push(place, state, here, _GOES_TO[button]), None
        if here == "country" and button in {"", "back", "country"}:
            return self._country_pressed(place, state, press), None
        if button == "country":
            return replace(_push(place, state, here, "country"), page=0), None
        return _told(place, state, here, button)

    def _country_pressed(self, place: Place, state: State, press: Press) -> State:
        value = press.values.get("country", "")
        if press.button == "back":
            return _pop(place, state)
        if value == cards.MORE_COUNTRIES:
            pages = len(cards.country_pages(self._helplines.countries))
            return replace(state, at="country", page=(state.page + 1) % pages)
        chosen = value and state.fault is None
        return _pop(place, state) if chosen else replace(state, at="country")


def _told(place: Place, state: State, here: str, button: str) -> Step:
    """The buttons that tell something, or look after what was told."""
    if button == "back":
        return _back(place, state, here), None
    if here == "more":
        return _arrive(state, "choices"), None
    if here == "not_saved" and button in _SENDS:
        return _move_home(place, state), None
    if button == "try_again" and here == "help":
        return _send(place, replace(state, at="help"))
    if button in _SENDS:
        return _send(place, _move_home(place, state))
    if button == "check":
        return _look_again(place, state, here)
    if button == "refresh":
        return _move_home(place, state), None
    if button in _FORM_OPENERS:
        return _push(place, state, here, "more"), None
    if here == "first" and is_sent(state):
        return _send(place, _move_home(place, state))
    return replace(state, at=_landing(place, state, here)), None


def _before(state: State, press: Press) -> State:
    """The state as it was left. A screen after Send tells of one that the state may not know of."""
    left = replace(state, fault=None, wished=None)
    tried = press.screen in _AFTER_SEND and not is_sent(state) and state.outcome is None
    return replace(left, outcome=Outcome.UNKNOWN) if tried else left


def _here(place: Place, state: State, press: Press) -> str:
    """The screen a press was made on, as far as that screen still means something in this place."""
    screen = state.at if press.screen is None or press.screen not in cards.SCREENS else press.screen
    if screen == "first" and has_desk(place):
        return "first"
    return _landing(place, state, screen)


def _in_danger_now(before: State, here: str, press: Press) -> bool:
    """Whether "Yes, now" was pressed: alone, or beside a button that does not promise to send nothing."""
    if here != "first" or press.values.get("danger") != YesNo.YES or press.button in NEVER_SENDS:
        return False
    newly = before.answers.danger is not YesNo.YES
    return newly or (press.button in {None, "send"} and not is_sent(before))


def _send(place: Place, state: State) -> Step:
    """Wish to send what there is: the report, or what was told since. A repeated Send wishes nothing."""
    if not may_send(place, state.answers):
        return replace(state, at="help" if state.at == "help" else "hand_off", back_to=()), None
    if is_in_flight(state):
        return state, Wish.ASK_AGAIN
    if not is_sent(state):
        return replace(state, unsent=False), Wish.SEND
    return (replace(state, unsent=False), Wish.ADD) if state.unsent else (state, None)


def _look_again(place: Place, state: State, here: str) -> Step:
    """Ask what became of a write; the state may be of before it, if it could not be kept."""
    settled = state.outcome is Outcome.STORED or not has_desk(place)
    there = replace(state, at=here) if here in _LOOKS_FROM else _move_home(place, state)
    return there, None if settled else Wish.ASK_AGAIN


def _back(place: Place, state: State, here: str) -> State:
    if here == "hand_off":  # back to the question that led here
        return replace(state, at="first", back_to=())
    return _pop(place, state)


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
    not_for_this_team = screen == "hand_off" and not may_send(place, state.answers)
    return screen if changing_mind or not_for_this_team else main


def _push(place: Place, state: State, here: str, to: str) -> State:
    """Go on to `to`, remembering the way back."""
    if to == here:
        return replace(state, at=to)
    return _arrive(replace(state, back_to=(*state.back_to, _landing(place, state, here))), to)


def _arrive(state: State, at: str) -> State:
    """Coming to a screen that is already on the way back cuts the way there."""
    way = state.back_to[: state.back_to.index(at)] if at in state.back_to else state.back_to
    return replace(state, at=at, back_to=way[-_BACK_AT_MOST:])


def _pop(place: Place, state: State) -> State:
    if not state.back_to:
        return _move_home(place, state)
    return replace(state, at=_landing(place, state, state.back_to[-1]), back_to=state.back_to[:-1])
