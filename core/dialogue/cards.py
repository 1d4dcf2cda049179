"""Every screen, built from the place and the state: its sentences, questions and buttons. Moves nothing."""

from collections.abc import Callable, Iterator, Mapping

from core.dialogue import notices as say
from core.dialogue.model import (
    Button,
    Card,
    Form,
    Notice,
    NoticeKind,
    Option,
    Place,
    Question,
    Say,
    Screen,
    Style,
)
from core.dialogue.notices import View, notice
from core.dialogue.questions import ask
from core.dialogue.standing import has_desk, is_sent, moderators_may_be_asked
from core.reports.model import Answers, Standing

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


def asked_on(screen: str, view: View) -> tuple[str, ...]:
    """The questions whose answers are taken on this screen, here and now."""
    place = view.place
    if screen == "country":
        return ("country",)
    if screen == "hand_off":
        return ("category",)
    if not has_desk(place):
        return ()
    if screen == "choices":
        return _choices(place, view.state.answers, view)
    return {"first": ("danger", "category", "runs_place"), "more": ("own_words", "about", "who", "age")}.get(
        screen, ()
    )


def _choices(place: Place, answers: Answers, view: View) -> tuple[str, ...]:
    asked = ["team_may_know_name"] if place.knows_accounts else ["contact"]
    if moderators_may_be_asked(place, answers, view.categories):
        asked.append("moderators_may_know")
    return (*asked, "others_use_phone")


def _card(view: View, screen: str, said: Iterator[Notice], *buttons: str | Button, title: str = "") -> Card:
    return Card(
        id=screen,
        title=Say(title or f"title-{screen}"),
        notices=(*say.practice(view), *say.fault(view), *said),
        questions=_questions(screen, view),
        buttons=tuple(button if isinstance(button, Button) else _button(button) for button in buttons),
    )


def _questions(screen: str, view: View) -> tuple[Question, ...]:
    if screen == "country":
        return (_country_question(view),)
    return tuple(ask(question, view.state.answers) for question in asked_on(screen, view))


def _button(button: str, label: str = "") -> Button:
    return Button(id=button, label=Say(label or f"button-{button}"), style=_STYLES.get(button, Style.PLAIN))


def _first(view: View) -> Card:
    send = _button("send", "button-send-practice" if _is_practice(view) else "")
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
    number = view.help.emergency.phone if view.help.emergency is not None else None
    key = "more-notice" if number else "more-notice-unknown"
    if _is_practice(view):
        key = f"{key}-practice"
    opening = Notice(
        text=Say(key, {"number": number} if number else {}),
        kind=NoticeKind.PRACTICE if _is_practice(view) else NoticeKind.SMALL,
    )
    return Form(
        id="more",
        title=Say("title-more"),
        notice=opening,
        questions=_questions("more", view),
        submit=_button("next"),
    )


def _choices_card(view: View) -> Card:
    label = "button-send-added" if is_sent(view.state) else ""
    if _is_practice(view):
        label = "button-send-practice"
    return _card(
        view,
        "choices",
        _choices_said(view),
        _button("send", label),
        _button("more", "button-change"),
        "back",
        "help",
        "hide",
    )


def _choices_said(view: View) -> Iterator[Notice]:
    yield notice("choices-lead", NoticeKind.LEAD)
    yield notice("addition-open" if is_sent(view.state) else "not-yet", NoticeKind.STATE)
    yield say.unlock(view)


def _help(view: View) -> Card:
    tell_more = "add" if is_sent(view.state) and has_desk(view.place) else "advice"
    return _card(view, "help", _help_said(view), "back", "country", tell_more, "talk", "hide")


def _help_said(view: View) -> Iterator[Notice]:
    yield say.emergency(view)
    yield from say.silent(view)
    yield from say.listeners(view)
    if has_desk(view.place):
        yield say.state_of_report(view)
    yield from say.reference(view)


def _country(view: View) -> Card:
    use = _button("country", "button-use-country")
    lead = notice("country-lead", NoticeKind.LEAD)
    return _card(view, "country", iter((lead,)), use, "back", "help", "hide")


def _country_question(view: View) -> Question:
    pages = country_pages(view.countries)
    page = pages[view.state.page % len(pages)]
    options = [Option(value=code, label=Say(f"country-{code}")) for code in page]
    options.append(Option(value=ELSEWHERE, label=Say("country-elsewhere")))
    if len(pages) > 1:
        options.append(Option(value=MORE_COUNTRIES, label=Say("country-more")))
    chosen = view.state.country or view.place.country
    shown = chosen if any(option.value == chosen for option in options) else None
    return Question(id="country", label=Say("question-country"), options=tuple(options), value=shown)


def country_pages(countries: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The countries in their order, as many a page as fit a list; at least one page."""
    starts = range(0, max(len(countries), 1), COUNTRIES_A_PAGE)
    return tuple(countries[start : start + COUNTRIES_A_PAGE] for start in starts)


def _sent(view: View) -> Card:
    return _card(view, "sent", _sent_said(view), "advice", "talk", "add", "help", "hide")


def _sent_said(view: View) -> Iterator[Notice]:
    yield notice(_sent_lead(view), NoticeKind.LEAD)
    yield from say.addition_open(view)
    yield from say.reference(view)
    if view.place.duty.on_duty is not None and not _is_practice(view):
        yield notice("on-duty", who=say.name(view.place.duty.on_duty))
    yield say.emergency_short(view)
    yield from say.listeners(view)
    yield from say.advice(view)
    if view.place.duty.on_duty is None and not _is_practice(view):
        yield say.nobody_awake(view, "dont-wait")


def _sent_lead(view: View) -> str:
    if _is_practice(view):
        return "sent-practice"
    if view.state.added and not view.state.unsent:
        return "sent-added"
    return "sent-nobody" if view.place.duty.on_duty is None else "sent-on-duty"


def _in_doubt(screen: str, first_button: str) -> Callable[[View], Card]:
    def card(view: View) -> Card:
        return _card(view, screen, _in_doubt_said(screen, view), first_button, "talk", "help", "hide")

    return card


def _in_doubt_said(screen: str, view: View) -> Iterator[Notice]:
    key = f"{screen}-added" if is_sent(view.state) else screen
    yield notice(f"{key}-lead", NoticeKind.LEAD)
    yield notice(f"{screen}-dont-wait", NoticeKind.STATE)
    yield from say.reference(view)
    yield say.emergency(view)
    yield from say.listeners(view)
    yield from (say.contact("report-place", found) for found in view.help.report_places[:1])


def _advice(view: View) -> Card:
    return _card(view, "advice", _advice_said(view), "back", "talk", "help", "hide")


def _advice_said(view: View) -> Iterator[Notice]:
    yield notice("advice-lead", NoticeKind.LEAD)
    yield from say.advice(view)
    yield say.emergency_short(view)


def _helplines(view: View) -> Card:
    return _card(view, "helplines", _helplines_said(view), "back", "country", "help", "hide")


def _helplines_said(view: View) -> Iterator[Notice]:
    yield notice("helplines-lead", NoticeKind.LEAD)
    yield from say.listeners(view)
    yield from (say.contact("crisis", found) for found in view.help.crisis[:3])
    if view.help.child_line is not None or view.help.child_chat is not None:
        yield say.contact("directory-too", view.help.directory)
    yield say.emergency_short(view)


def _hand_off(view: View) -> Card:
    first = "back" if has_desk(view.place) else "talk"
    card = _card(view, "hand_off", _hand_off_said(view), "advice", first, "country", "help", "hide")
    category = view.state.answers.category
    told = {"category": str(category), "community": say.name(view.place.community_name)}
    return Card(
        id=card.id,
        title=card.title,
        notices=card.notices,
        questions=card.questions,
        buttons=card.buttons,
        copy_text=Say("copy-text", dict(told)),
    )


def _hand_off_said(view: View) -> Iterator[Notice]:
    key = "hand-off-staff" if has_desk(view.place) else "hand-off"
    yield notice(f"{key}-lead", NoticeKind.LEAD)
    yield notice(f"{key}-why", NoticeKind.STATE)
    yield say.emergency(view)
    yield from say.listeners(view)
    yield from (say.contact("report-place", found) for found in view.help.report_places[:2])
    yield notice("hand-off-copy")


def _hidden(view: View) -> Card:
    return _card(view, "hidden", iter((notice("hidden-lead", NoticeKind.LEAD),)), "help")


def _is_practice(view: View) -> bool:
    return view.place.standing is Standing.PRACTICE


SCREENS: Mapping[str, Callable[[View], Screen]] = {
    "first": _first,
    "more": _more,
    "choices": _choices_card,
    "help": _help,
    "country": _country,
    "sent": _sent,
    "storing": _in_doubt("storing", "check"),
    "not_known": _in_doubt("not_known", "check"),
    "not_sent": _in_doubt("not_sent", "try_again"),
    "advice": _advice,
    "helplines": _helplines,
    "hand_off": _hand_off,
    "hidden": _hidden,
}
