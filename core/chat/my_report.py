"""The screen that says what became of a report, by its code. No state of the dialogue is ever at it."""

from typing import Final

from core.dialogue.model import Button, Card, Notice, NoticeKind, Place, Say, Style
from core.reports.model import Standing

SCREEN: Final = "my_report"
FIELD: Final = "reference"
LONGEST: Final = 60
"""Characters of what may be typed as a code."""
AGAIN: Final = "try_again"
"""Types the code once more."""

_AGAIN: Final = Button(id=AGAIN, label=Say("my-report-again"), style=Style.PRIMARY)
_BUTTONS: Final = (
    Button(id="help", label=Say("button-help"), style=Style.DANGER),
    Button(id="hide", label=Say("button-hide"), style=Style.QUIET),
)


def card(place: Place, *, fault: str | None = None) -> Card:
    """What is around the lines that tell; `fault`: wrong, empty or slow."""
    practising = place.standing is Standing.PRACTICE
    notices = (Notice(text=Say("practice"), kind=NoticeKind.PRACTICE),) if practising else ()
    said = () if fault is None else (Notice(text=Say(f"my-report-{fault}"), kind=NoticeKind.STATE),)
    again = () if fault in {None, "slow"} else (_AGAIN,)
    return Card(
        id=SCREEN, title=Say("my-report-title"), notices=(*notices, *said), buttons=(*again, *_BUTTONS)
    )
