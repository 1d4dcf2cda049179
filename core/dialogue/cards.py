"""Every screen, built from the place and the state: its sentences, questions and buttons. Moves nothing."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from core.dialogue import notices as say
from core.dialogue.model import (
    Ask,
    Button,
    Card,
    Form,
    Notice,
    NoticeKind,
    Option,
    Outcome,
    Question,
    Say,
    Screen,
    Style,
)
from core.dialogue.notices import View, notice
from core.dialogue.questions import FIRST, MORE, ask, choices, key
from core.dialogue.standing import has_desk, is_sent, may_send
from core.reports.model import Category

ELSEWHERE = "ZZ"
"""Chosen where the own country is not offered: no number is known, the directory is shown."""
MORE_COUNTRIES = "more"
COUNTRIES_A_PAGE = 23  # with "somewhere else" and "more" that is 25

_STYLES: Mapping[str, Style] = {
    "send": Style.PRIMARY,
    "next": Style.PRIMARY,
    "check": Style.PRIMARY,
    "try_again": Style.PRIMARY,
    "help": Style.DANGER,
    "hide": Style.QUIET,
    "back": Style.QUIET,
}


def build(screen: str, view: View) -> Screen:
    """The screen of that name. Raises KeyError for a name that is not in `SCREENS`."""
    return SCREENS[screen](view)


def welcome(view: View) -> Card:
    """What stands where anybody may begin, before anything is pressed: no state is ever at it.

    The same for everybody in a place, whatever they told: a page of the app, a pinned panel.
    """
    ways = (
        ("report", Style.PRIMARY),
        ("help", Style.DANGER),
        ("advice", Style.PLAIN),
        ("my_reports", Style.PLAIN),
    )
    return Card(
        id="welcome",
        title=Say("title-welcome"),
        notices=(*say.practice(view), *_welcome_said(view)),
        buttons=tuple(Button(id=way, label=Say(key("welcome", way)), style=style) for way, style in ways),
    )


def _welcome_said(view: View) -> Iterator[Notice]:
    yield notice("welcome-lead", NoticeKind.LEAD)
    yield from say.emergency(view)
    yield from say.silent(view)
    yield from say.listeners(view)
    if has_desk(view.place):
        yield say.whose_this_is(view)
        yield say.not_shown_to(view)
        yield say.unlock(view)
    else:
        yield notice("welcome-no-desk", community=say.name(view.place.community_name))
    yield notice("welcome-never", NoticeKind.SMALL)
    yield from say.run_by(view)


def answer_form(view: View) -> Form:
    """One question, for whoever answers what the desk wrote."""
    return Form(
        id="answer",
        title=Say("title-answer"),
        notice=_form_notice(view, "answer-notice"),
        questions=(
            Question(id="own_words", label=Say("question-answer"), hint=Say("hint-answer"), ask=Ask.TEXT),
        ),
        submit=_button("send", "answer-send"),
    )


def answered(view: View, outcome: Outcome) -> Card:
    """What became of an answer; whom to call stands there while it is not stored."""
    stored = outcome is Outcome.STORED
    said = _answered_said(view, outcome)
    first = Button(
        id="refresh" if stored else "check",
        label=Say(_ANSWERED[outcome][1]),
        style=Style.PRIMARY,
    )
    return Card(
        id="my_report",
        title=Say(_ANSWERED[outcome][0]),
        notices=(*say.practice(view), *said),
        buttons=(first, _button("help"), _button("hide")),
    )


_ANSWERED: Mapping[Outcome, tuple[str, str]] = {
    Outcome.STORED: ("title-sent", "answer-see"),
    Outcome.STORING: ("title-storing", "button-check"),
    Outcome.UNKNOWN: ("title-not-known", "button-check"),
    Outcome.REFUSED: ("title-not-sent", "button-try-again"),
}
"""The title, and what the first button says."""


def _answered_said(view: View, outcome: Outcome) -> Iterator[Notice]:
    stored = outcome is Outcome.STORED
    practice = "-practice" if stored and view.practising else ""
    yield notice(f"answer-{outcome.value}{practice}", NoticeKind.LEAD)
    if stored:
        yield notice("answer-stop")
        return
    yield notice("answer-dont-wait", NoticeKind.STATE)
    yield from say.emergency(view)
    yield from say.silent(view)
    yield from say.listeners(view)


def country_pages(countries: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The countries in their order, as many a page as fit a list; at least one page."""
    starts = range(0, max(len(countries), 1), COUNTRIES_A_PAGE)
    return tuple(countries[start : start + COUNTRIES_A_PAGE] for start in starts)


def _card(view: View, screen: str, said: Iterator[Notice], *buttons: str | Button) -> Card:
    return Card(
        id=screen,
        title=Say(key("title", screen)),
        notices=(*say.practice(view), *say.fault(view), *said),
        questions=_questions(screen, view),
        buttons=tuple(button if isinstance(button, Button) else _button(button) for button in buttons),
    )


def _questions(screen: str, view: View) -> tuple[Question, ...]:
    if screen == "country":
        return (_country_question(view),)
    return tuple(
        ask(view.place, question, view.state.answers, view.categories) for question in _asked_on(screen, view)
    )


def _asked_on(screen: str, view: View) -> tuple[str, ...]:
    if screen == "choices":
        return choices(view.place, view.state.answers, view.categories)
    return {"first": FIRST, "more": MORE, "hand_off": ("category",)}.get(screen, ())


def _button(button: str, label: str = "") -> Button:
    said = Say(label or key("button", button))
    return Button(id=button, label=said, style=_STYLES.get(button, Style.PLAIN))


# Telling.


def _first(view: View) -> Card:
    send = _button("send", "button-send-practice" if view.practising else "")
    return _card(view, "first", _first_said(view), send, "more", "help", "hide")


def _first_said(view: View) -> Iterator[Notice]:
    yield notice("first-lead", NoticeKind.LEAD)
    yield say.who_reads(view)
    yield say.not_shown_to(view)
    yield from say.saved(view)
    yield notice("not-yet", NoticeKind.STATE)
    yield say.unlock(view)
    yield from say.run_by(view)


def _more(view: View) -> Form:
    return Form(
        id="more",
        title=Say("title-more"),
        notice=_form_notice(view, "more-notice"),
        questions=_questions("more", view),
        submit=_button("next"),
    )


def _form_notice(view: View, key_of_it: str) -> Notice:
    """One notice: whom to call, where help and leaving are, and in practice that it is practice."""
    found = view.help.emergency
    number = None if found is None else found.phone
    message = f"{key_of_it}-unknown" if number is None else key_of_it
    args = {} if number is None else {"number": number}
    return notice(f"{message}-practice" if view.practising else message, NoticeKind.SMALL, **args)


def _choices(view: View) -> Card:
    label = "button-send-added" if is_sent(view.state) else ""
    send = _button("send", "button-send-practice" if view.practising else label)
    change = _button("more", "button-change")
    return _card(view, "choices", _choices_said(view), send, change, "back", "help", "hide")


def _choices_said(view: View) -> Iterator[Notice]:
    yield notice("choices-lead", NoticeKind.LEAD)
    yield notice("addition-open" if is_sent(view.state) else "not-yet", NoticeKind.STATE)
    yield say.unlock(view)


# Help.


def _help(view: View) -> Card:
    return _card(view, "help", _help_said(view), "back", "country", _help_third(view), "talk", "hide")


def _help_third(view: View) -> str:
    """While it is not known to be stored, what finds that out or tries again comes before telling more."""
    if say.may_look_again(view):
        return "check"
    if view.state.outcome is Outcome.REFUSED and may_send(view.place, view.state.answers):
        return "try_again"
    return "add" if is_sent(view.state) and has_desk(view.place) else "advice"


def _help_said(view: View) -> Iterator[Notice]:
    yield from say.emergency(view)
    yield from say.silent(view)
    yield from say.listeners(view)
    yield from say.state_of_report(view)
    yield from say.look_again(view)
    yield from say.reference(view)
    if is_sent(view.state):
        yield from say.if_nobody(view)


def _country(view: View) -> Card:
    use = _button("country", "button-use-country")
    return _card(view, "country", _lead_only("country", view), use, "back", "help", "hide")


def _country_question(view: View) -> Question:
    pages = country_pages(view.countries)
    options = [_country_option(code) for code in pages[view.state.page % len(pages)]]
    options.append(Option(value=ELSEWHERE, label=Say("country-elsewhere")))
    if len(pages) > 1:
        options.append(Option(value=MORE_COUNTRIES, label=Say("country-more")))
    chosen = view.state.country or view.place.country
    shown = chosen if any(option.value == chosen for option in options) else None
    return Question(id="country", label=Say("question-country"), options=tuple(options), value=shown)


def _country_option(code: str) -> Option:
    return Option(value=code, label=Say(f"country-{code}"))


def _advice(view: View) -> Card:
    return _card(view, "advice", _advice_said(view), "back", "talk", "help", "hide")


def _advice_said(view: View) -> Iterator[Notice]:
    yield notice("advice-lead", NoticeKind.LEAD)
    yield say.emergency_short(view)
    yield from say.advice(view)
    yield from say.unsent(view)
    yield from say.run_by(view)


def _helplines(view: View) -> Card:
    return _card(view, "helplines", _helplines_said(view), "back", "country", "help", "hide")


def _helplines_said(view: View) -> Iterator[Notice]:
    yield notice("helplines-lead", NoticeKind.LEAD)
    yield from say.listeners(view)
    yield from (say.contact("crisis", found) for found in view.help.crisis[:3])
    yield say.emergency_short(view)
    yield from say.unsent(view)


# After Send.


def _sent(view: View) -> Card:
    return _card(view, "sent", _sent_said(view), "advice", "talk", "add", "help", "hide")


def _sent_said(view: View) -> Iterator[Notice]:
    awake = view.place.duty.on_duty
    yield notice(_sent_lead(view), NoticeKind.LEAD)
    yield from say.addition_open(view)
    yield from say.reference(view)
    if awake is not None and not view.practising:
        yield say.on_duty(view, awake)
    yield say.emergency_short(view)
    yield from say.listeners(view)
    yield from say.advice(view)
    yield from say.if_nobody(view)


def _sent_lead(view: View) -> str:
    if view.practising:
        return "sent-practice"
    if view.state.added and not view.state.unsent:
        return "sent-added"
    return "sent-nobody" if view.place.duty.on_duty is None else "sent-on-duty"


def _in_doubt(screen: str, first_button: str) -> Callable[[View], Card]:
    def card(view: View) -> Card:
        return _card(view, screen, _in_doubt_said(screen, view), first_button, "talk", "help", "hide")

    return card


def _in_doubt_said(screen: str, view: View) -> Iterator[Notice]:
    lead = (screen, "added", "lead") if is_sent(view.state) else (screen, "lead")
    yield notice(key(*lead), NoticeKind.LEAD)
    yield notice(key(screen, "dont-wait"), NoticeKind.STATE)
    yield from say.look_again(view)
    yield from say.reference(view)
    yield from say.emergency(view)
    yield from say.silent(view)
    yield from say.listeners(view)
    yield from say.official(view)


# Where there is no team for this, and where somebody left.


def _hand_off(view: View) -> Card:
    last = "back" if has_desk(view.place) else "talk"
    card = _card(view, "hand_off", _hand_off_said(view), "advice", last, "country", "help", "hide")
    return msgspec.structs.replace(card, copy_text=_copy_text(view))


def _hand_off_said(view: View) -> Iterator[Notice]:
    why = "hand-off-staff" if has_desk(view.place) else "hand-off"
    yield notice(f"{why}-lead", NoticeKind.LEAD)
    yield notice(f"{why}-why", NoticeKind.STATE)
    if view.state.evidence is not None or (has_desk(view.place) and view.place.reads_around):
        yield notice("hand-off-staff-deleted")
    yield from say.emergency(view)
    yield from say.silent(view)
    yield from say.listeners(view)
    yield from say.places_for(view)
    if view.state.answers.category is Category.UNSPECIFIED:
        yield from say.official(view)
    yield notice("hand-off-copy")
    if not has_desk(view.place):
        yield from say.run_by(view)


def _copy_text(view: View) -> Say:
    """A text to send to somebody who can help; it names nobody and quotes nothing."""
    category = view.state.answers.category
    community = say.name(view.place.community_name)
    if category is Category.UNSPECIFIED:
        return Say("copy-text-unspecified", {"community": community})
    return Say("copy-text", {"community": community, "what": Say(key("category", category))})


def _hidden(view: View) -> Card:
    return _card(view, "hidden", _lead_only("hidden", view), "help")


def _lead_only(screen: str, view: View) -> Iterator[Notice]:
    yield notice(f"{screen}-lead", NoticeKind.LEAD)
    yield from say.unsent(view)


SCREENS: Mapping[str, Callable[[View], Screen]] = {
    "first": _first,
    "more": _more,
    "choices": _choices,
    "help": _help,
    "country": _country,
    "sent": _sent,
    "storing": _in_doubt("storing", "check"),
    "not_known": _in_doubt("not_known", "check"),
    "not_sent": _in_doubt("not_sent", "try_again"),
    "not_saved": _in_doubt("not_saved", "try_again"),
    "advice": _advice,
    "helplines": _helplines,
    "hand_off": _hand_off,
    "hidden": _hidden,
}
