"""What a screen is, on every platform: cards and forms, questions and buttons, and what is pressed on them.

Every text is a `Say`: the key of a message and its arguments; `core.dialogue.texts` turns it into words.
Sizes that every platform can show are in `Limit`, and property tests hold every screen to them.
"""

from enum import IntEnum, StrEnum

import msgspec

from core.ids import CommunityId, DeskName
from core.reports.model import Answers, Standing


class Limit(IntEnum):
    """The largest that every platform can show; lengths in characters (UTF-16 units)."""

    TITLE = 24
    LABEL = 45
    OPTION = 75
    RADIOS = 10
    OPTIONS = 25
    TEXT = 3000
    NOTICES_TEXT = 3000
    QUESTIONS = 3
    BUTTONS = 5
    FORM_ITEMS = 5


class Say(msgspec.Struct, frozen=True):
    """A sentence or a label: the key of a message in the catalogues, and what goes into its places.

    A place may take another `Say`: the name of a country or a category inside a sentence.
    """

    key: str
    args: "dict[str, str | int | Say]" = {}


class NoticeKind(StrEnum):
    """How a notice is shown; the words never depend on it."""

    LEAD = "lead"  # the one sentence that is read first
    PLAIN = "plain"
    DANGER = "danger"  # what to do when life is in danger; the only red
    PRACTICE = "practice"
    STATE = "state"  # sent, not sent yet, still storing
    REFERENCE = "reference"
    HELP = "help"  # a helpline
    SMALL = "small"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One way to reach help: what to show, and what a press on it does where the platform can do that."""

    name: str
    phone: str | None = None  # as shown: "0800 1111"
    text: str | None = None  # as shown: "SHOUT to 85258"
    url: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something said. The text is complete by itself; `contact` only makes its number or page pressable."""

    text: Say
    kind: NoticeKind = NoticeKind.PLAIN
    contact: Contact | None = None


class Option(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    label: Say
    description: Say | None = None
    sends_at_once: bool = False
    """This choice is a press of its own where the platform can show one: "Yes, now"."""


class Ask(StrEnum):
    """How a question is answered."""

    ONE_OF = "one_of"  # radios up to ten, a list up to 25
    TEXT = "text"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: Say
    ask: Ask = Ask.ONE_OF
    options: tuple[Option, ...] = ()
    hint: Say | None = None
    value: str | None = None
    """What was chosen before, for choices only: a text is never shown back."""
    answered: bool = False
    """A text was already given and stays unless another is typed."""


class Style(StrEnum):
    PRIMARY = "primary"
    PLAIN = "plain"
    DANGER = "danger"
    QUIET = "quiet"


class Button(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: Say
    style: Style = Style.PLAIN
    url: str | None = None
    """An official page to open instead of a press; shown only where it is data of ours."""


class Card(msgspec.Struct, frozen=True, kw_only=True, tag="card"):
    """Notices, at most three questions and five buttons; each press reaches us."""

    id: str
    title: Say
    notices: tuple[Notice, ...]
    questions: tuple[Question, ...] = ()
    buttons: tuple[Button, ...] = ()
    copy_text: Say | None = None
    """A text for the young person to keep or copy (the hand-off sheet)."""


class Form(msgspec.Struct, frozen=True, kw_only=True, tag="form"):
    """A notice and at most four questions, answered together. Leads to a card, never to a form."""

    id: str
    title: Say
    notice: Notice
    questions: tuple[Question, ...]
    submit: Button


Screen = Card | Form


class Press(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did on a screen: a button (or none), and any subset of its questions answered."""

    screen: str | None = None
    """The screen it was done on; an older one is taken as far as that is still possible."""
    button: str | None = None
    values: dict[str, str] = {}


class Outcome(StrEnum):
    """What became of the attempt to store; an input of the dialogue like any answer."""

    STORED = "stored"
    STORING = "storing"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Wish(StrEnum):
    """What a turn asks the road to do before the next screen is shown."""

    SEND = "send"
    ADD = "add"
    ASK_AGAIN = "ask_again"  # look whether a write of before is stored
    HIDE = "hide"


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers now. `on_duty` only while a named person has accepted the shift."""

    on_duty: str | None = None
    opens: str | None = None  # "8:00", local to the community
    closes: str | None = None
    usually: int | None = None
    """Minutes that urgent reports of late waited for a person; said only while somebody is on duty."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """All that the dialogue knows of where it runs."""

    community: CommunityId
    community_name: str
    platform: str
    standing: Standing
    desk: DeskName | None
    desk_name: str
    app_run_by: str = ""
    """Who controls the app here, said on the first screen where the platform needs it."""
    duty: Duty = Duty()
    country: str | None = None
    """ISO 3166-1 alpha-2, from the community; the child may change it. Never from the language."""
    language: str = "en"
    knows_accounts: bool = False
    """Whether the platform knows who presses; on the web nobody is known."""
    moderators_may_handle: bool = False
    """Whether this community's moderators take reports of the kinds they may handle."""
    reads_around: bool = False
    """Whether what was said around a press is read as well, right behind it."""
    may_be_let_in: bool = False
    """Whether the app was not let in where this was pressed, and could be, to read what is said around."""
    staff_route: bool = True
    """Whether a report about those who run the place has a desk that is not theirs."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was captured, as much as a screen may say of it: counts, never content."""

    messages: int
    context: int = 0
    truncated: bool = False
    source: str = "platform"
    person: bool = False
    """An account was pressed on."""


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where somebody is in the dialogue. Encrypted under a key that only the open screen carries."""

    at: str = "first"
    back_to: tuple[str, ...] = ()
    answers: Answers = Answers()
    country: str | None = None
    """Chosen by the child; else the community's."""
    page: int = 0
    reference: str | None = None
    """Set once the report is stored."""
    outcome: Outcome | None = None
    evidence: Evidence | None = None
    added: int = 0
    """How many supplements were stored."""
    unsent: bool = False
    """Something was told that no Wish has carried yet."""
    wished: Wish | None = None
    """What the last press wished of the road, until `outcome` tells what became of it."""
    fault: str | None = None
    """The key of what was wrong with the last answer, said on the next card."""
    beside: bool = False
    """Opened where a report may have been sent that this state knows nothing of: help says nothing of it."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a press: the new state, the screen to show, and what is wished of the road first."""

    state: State
    screen: Screen
    wish: Wish | None = None
