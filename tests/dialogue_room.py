"""What the dialogue's tests share: places, what a screen must hold to, presses of every kind."""

from collections.abc import Iterator

import msgspec
from hypothesis import strategies as st

from core.dialogue import cards
from core.dialogue.model import (
    Ask,
    Card,
    Duty,
    Evidence,
    Limit,
    Notice,
    Outcome,
    Place,
    Press,
    Say,
    Screen,
    State,
    Wish,
)
from core.dialogue.questions import FIRST, MORE, length
from core.dialogue.texts import Texts
from core.ids import CommunityId, DeskName
from core.reports.model import AgeBand, Answers, Category, Standing, Who, YesNo

PLACE = Place(
    community=CommunityId("c1"),
    community_name="Blockworld",
    platform="chat",
    standing=Standing.SPECIALIST,
    desk=DeskName("main"),
    desk_name="the Harbour team",
    duty=Duty(on_duty="Mia", opens="8:00", closes="22:00"),
    country="GB",
    knows_accounts=True,
    moderators_may_handle=True,
)
NIGHT = msgspec.structs.replace(PLACE, duty=Duty(opens="8:00"))
WEB = msgspec.structs.replace(PLACE, knows_accounts=False)
PRACTICE = msgspec.structs.replace(PLACE, standing=Standing.PRACTICE)
NO_DESK = msgspec.structs.replace(PLACE, standing=Standing.NONE, desk=None)
NO_STAFF_ROUTE = msgspec.structs.replace(PLACE, staff_route=False)
REFERENCE = "LB-7KQ2-M4XD-9T3V-H"
CANARY = "zqxj-my-own-words-zqxj"

SAYS_SENT = frozenset(
    {
        "sent-on-duty",
        "sent-nobody",
        "sent-added",
        "sent-practice",
        "has-it",
        "has-it-urgent",
        "has-it-practice",
        "reference",
        "storing-added-lead",
        "not-known-added-lead",
        "not-sent-added-lead",
        "not-saved-added-lead",
        "addition-open",
        "button-send-added",
    }
)
"""Every sentence that takes it for stored."""
SAYS_NOT_SENT = frozenset(
    {
        "not-yet",
        "not-yet-storing",
        "not-yet-unknown",
        "not-yet-refused",
        "not-sent",
        "storing-lead",
        "not-known-lead",
        "not-sent-lead",
        "not-saved-lead",
        "hand-off-staff-why",
    }
)
BUTTONS = (
    "send",
    "more",
    "next",
    "add",
    "help",
    "hide",
    "back",
    "country",
    "advice",
    "talk",
    "check",
    "try_again",
    "refresh",
    "leave",
)
HINT_AT_MOST = 100


def keys(screen: Screen) -> set[str]:
    return {say.key for say in every_say(screen)}


def said(screen: Screen) -> tuple[Notice, ...]:
    return screen.notices if isinstance(screen, Card) else (screen.notice,)


def button_ids(screen: Screen) -> tuple[str, ...]:
    return tuple(button.id for button in (screen.buttons if isinstance(screen, Card) else (screen.submit,)))


def every_say(screen: Screen) -> Iterator[Say]:
    """Every text of a screen, those inside others too."""
    for say in _outer(screen):
        yield say
        yield from (inner for inner in say.args.values() if isinstance(inner, Say))


def _outer(screen: Screen) -> Iterator[Say]:
    yield screen.title
    yield from (notice.text for notice in said(screen))
    for question in screen.questions:
        yield question.label
        yield from () if question.hint is None else (question.hint,)
        for option in question.options:
            yield option.label
            yield from () if option.description is None else (option.description,)
    yield from (button.label for button in (screen.buttons if isinstance(screen, Card) else (screen.submit,)))
    if isinstance(screen, Card) and screen.copy_text is not None:
        yield screen.copy_text


def words_of(screen: Screen, texts: Texts, language: str = "en") -> str:
    return "\n".join(texts.say(say, language) for say in _outer(screen))


def too_large(screen: Screen, texts: Texts, language: str) -> list[str]:
    """Everything on a screen that some platform could not show, or that says nothing."""
    found = [
        f"{screen.id}: {text!r} is over {limit}"
        for say, limit in _limits(screen)
        for text in (texts.say(say, language),)
        if length(text) > limit or not text.strip()
    ]
    notices = "\n".join(texts.say(notice.text, language) for notice in said(screen))
    if length(notices) > Limit.NOTICES_TEXT:
        found.append(f"{screen.id}: the notices are {length(notices)} long")
    return found + list(_too_many(screen))


def _limits(screen: Screen) -> Iterator[tuple[Say, int]]:
    yield screen.title, Limit.TITLE
    for button in screen.buttons if isinstance(screen, Card) else (screen.submit,):
        yield button.label, Limit.LABEL
    for question in screen.questions:
        yield question.label, Limit.LABEL
        yield from () if question.hint is None else ((question.hint, HINT_AT_MOST),)
        for option in question.options:
            yield option.label, Limit.LABEL
            yield from () if option.description is None else ((option.description, Limit.OPTION),)
    if isinstance(screen, Card) and screen.copy_text is not None:
        yield screen.copy_text, Limit.TEXT


def _too_many(screen: Screen) -> Iterator[str]:
    for question in screen.questions:
        if question.ask is Ask.ONE_OF and not 1 < len(question.options) <= Limit.OPTIONS:
            yield f"{screen.id}: {question.id} has {len(question.options)} options"
    if isinstance(screen, Card):
        if len(screen.questions) > Limit.QUESTIONS or not 0 < len(screen.buttons) <= Limit.BUTTONS:
            yield f"{screen.id}: {len(screen.questions)} questions, {len(screen.buttons)} buttons"
    elif len(screen.questions) + 1 > Limit.FORM_ITEMS:
        yield f"{screen.id}: {len(screen.questions)} questions and a notice"


# Strategies.

names = st.text(max_size=80) | st.sampled_from(
    ["Harbour", "قرية", "a\u202eb", "x" * 500, "\ud800", "🏴" * 90]
)
places = st.builds(
    Place,
    community=st.just(CommunityId("c1")),
    community_name=names,
    platform=st.just("chat"),
    standing=st.sampled_from(Standing),
    desk=st.sampled_from([DeskName("main"), DeskName("main"), None]),
    desk_name=names,
    app_run_by=st.just("") | names,
    duty=st.builds(
        Duty,
        on_duty=st.none() | names,
        opens=st.none() | st.just("8:00"),
        closes=st.none() | st.just("22:00"),
    ),
    country=st.sampled_from(["GB", "CH", "DE", "US", "FR", "MX", "JP", "XX", "ZZ", None]),
    knows_accounts=st.booleans(),
    moderators_may_handle=st.booleans(),
    staff_route=st.booleans(),
)
desk_places = places.filter(lambda place: place.desk is not None and place.standing is not Standing.NONE)
own_texts = st.sampled_from(["", CANARY]) | st.text(max_size=40).map(lambda text: text + CANARY)
evidences = st.none() | st.builds(
    Evidence,
    messages=st.integers(0, 30),
    context=st.integers(0, 30),
    truncated=st.booleans(),
    person=st.booleans(),
)
yes_no = st.none() | st.booleans()
answers = st.builds(
    Answers,
    danger=st.none() | st.sampled_from(YesNo),
    category=st.sampled_from(Category),
    runs_place=st.none() | st.sampled_from(YesNo),
    own_words=own_texts,
    about=own_texts,
    who=st.none() | st.sampled_from(Who),
    age=st.none() | st.sampled_from(AgeBand),
    team_may_know_name=yes_no,
    moderators_may_know=yes_no,
    others_use_phone=yes_no,
    may_push=yes_no,
    contact=own_texts,
)
screens = st.sampled_from(sorted(cards.SCREENS))
states = st.builds(
    State,
    at=screens | st.text(max_size=9),
    back_to=st.lists(screens | st.text(max_size=9), max_size=7).map(tuple),
    answers=answers,
    country=st.sampled_from(["GB", "CH", "XX", "ZZ", "", None]),
    page=st.integers(-3, 2**40),
    reference=st.sampled_from([None, None, REFERENCE, ""]),
    outcome=st.none() | st.sampled_from(Outcome),
    evidence=evidences,
    added=st.integers(0, 3),
    unsent=st.booleans(),
    wished=st.none() | st.sampled_from(Wish),
    fault=st.sampled_from([None, "fault-choice", "fault-too-long"]),
    beside=st.booleans(),
)
"""Any state, also such as no press leads to."""

any_text = st.text(alphabet=st.characters(codec=None, categories=["L", "N", "P", "Z", "C", "S"]), max_size=60)
questions = (
    *FIRST,
    *MORE,
    "team_may_know_name",
    "moderators_may_know",
    "others_use_phone",
    "contact",
    "country",
)
good_values = [
    "yes",
    "no",
    "no_tell",
    "not_sure",
    "bullying",
    "grooming",
    "self_harm",
    "me",
    "10_12",
    "GB",
    "more",
    "ZZ",
]
presses = st.builds(
    Press,
    screen=st.none() | screens | any_text,
    button=st.none() | st.sampled_from(BUTTONS) | any_text,
    values=st.dictionaries(
        st.sampled_from(questions) | any_text, st.sampled_from(good_values) | any_text, max_size=6
    ),
)
"""Any press, junk too: unknown buttons and values, half characters, values of other screens."""


@st.composite
def honest_presses(draw: st.DrawFn, screen: Screen) -> Press:
    """A press that somebody who sees `screen` can make on it."""
    pressable = [None, *button_ids(screen)]
    values = {}
    for question in screen.questions:
        if draw(st.booleans()):
            choice = st.sampled_from([option.value for option in question.options] or [""])
            values[question.id] = draw(own_texts if question.ask is Ask.TEXT else choice)
    return Press(screen=screen.id, button=draw(st.sampled_from(pressable)), values=values)
