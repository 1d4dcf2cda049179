"""Every screen of Slack drawn as people see it: `python -m tests.slack_pictures FOLDER`, or `make pictures`.

To be looked at by somebody, light and dark, on a desk and on a telephone. Needs Chromium.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bots.slack.outbound import Carry, Renderer
from core.chat import my_report
from core.dialogue.flow import Dialogue
from core.dialogue.model import Duty, Evidence, Form, Outcome, Place, State
from core.evidence.drafts import DraftKey
from core.ids import CommunityId, DeskName
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.told import UNREAD_AFTER, Told, ToldLine, lines
from tests.block_kit import page, pictures, sheet
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

NIGHT = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
REFERENCE = "LB-7KQ2-M4XD-9T3V-H"
DIALOGUE = Dialogue(HELPLINES, CATEGORIES)
RENDERER = Renderer(TEXTS)
CARRY = Carry(key=DraftKey(bytes(16)))
PLACE = Place(
    community=CommunityId("T0123ABCD"),
    community_name="Code club",
    platform="slack",
    standing=Standing.SPECIALIST,
    desk=DeskName("centre"),
    desk_name="The Harbour team",
    duty=Duty(on_duty="Mia", closes="22:00"),
    country="GB",
    knows_accounts=True,
    reads_around=True,
    app_run_by="Park Youth Trust",
    moderators_may_handle=True,
)
PRACTICE = msgspec.structs.replace(PLACE, standing=Standing.PRACTICE, duty=Duty())
AT_NIGHT = msgspec.structs.replace(PLACE, duty=Duty(opens="8:00"))
NO_DESK = msgspec.structs.replace(PLACE, standing=Standing.NONE, desk=None)
OUTSIDE = msgspec.structs.replace(PLACE, reads_around=False, may_be_let_in=True)
ONE = Evidence(messages=1)
EXTORTION = Answers(category=Category.SEXUAL_EXTORTION)
A_SHEET = 6

View = Mapping[str, Any]


def modals() -> Iterator[tuple[str, View]]:
    """Every modal there is, by a name."""
    sent = State(at="sent", reference=REFERENCE, outcome=Outcome.STORED, answers=EXTORTION)
    answered = Answers(danger=YesNo.NO, category=Category.GROOMING, runs_place=YesNo.NO)
    choosing = Answers(runs_place=YesNo.NO, category=Category.BULLYING)
    urgent = Answers(danger=YesNo.YES)
    minutes = timedelta(minutes=1)
    yield "first", shown(PLACE, State(evidence=ONE))
    yield "first, app not let in", shown(OUTSIDE, State(evidence=ONE))
    yield "first, practice, answered", shown(PRACTICE, State(evidence=ONE, answers=answered))
    yield "more", shown(PLACE, State(at="more"))
    yield "choices", shown(PLACE, State(at="choices", answers=choosing))
    yield "help", shown(PLACE, State(at="help"))
    yield (
        "help, sent",
        shown(PLACE, State(at="help", reference=REFERENCE, outcome=Outcome.STORED, answers=urgent), told(-2)),
    )
    yield "country", shown(PLACE, State(at="country"))
    yield "sent", shown(PLACE, sent, told(0, received_at=NIGHT))
    yield "sent at night, unread", shown(AT_NIGHT, sent, told(-7, received_at=NIGHT - 7 * minutes))
    yield "storing", shown(PLACE, State(at="storing", outcome=Outcome.STORING))
    yield "not sent", shown(PLACE, State(at="not_sent", outcome=Outcome.REFUSED))
    yield "not known", shown(PLACE, State(at="not_known", outcome=Outcome.UNKNOWN))
    yield "not saved", shown(PLACE, State(at="not_saved"))
    yield "advice", shown(PLACE, State(at="advice", answers=EXTORTION))
    yield "helplines", shown(PLACE, State(at="helplines"))
    yield "hand-off", shown(NO_DESK, State(at="hand_off"))
    yield "hidden", shown(PLACE, State(at="hidden"))
    read = told(0, received_at=NIGHT, read_at=NIGHT)
    yield "my report", RENDERER.card(my_report.card(PLACE), CARRY, "en", read)
    yield "my report, wrong code", RENDERER.card(my_report.card(PLACE, fault="wrong"), CARRY, "en")
    yield "code", RENDERER.code_form("en")
    yield "closed", RENDERER.closed("en")


def shown(place: Place, state: State, said: tuple[ToldLine, ...] = ()) -> View:
    screen = DIALOGUE.show(place, state)
    if isinstance(screen, Form):
        return RENDERER.form(screen, CARRY, "en")
    return RENDERER.card(screen, CARRY, "en", said)


def told(minutes: int, **times: Any) -> tuple[ToldLine, ...]:
    """What is said of a report that was stored so many minutes from now."""
    known = Told(known=True, urgent=True, stored_at=NIGHT + timedelta(minutes=minutes), **times)
    return lines(known, NIGHT, UNREAD_AFTER, DIALOGUE.help(PLACE))


def drawn() -> dict[str, str]:
    """Every screen as a page, by a name; some of them dark, on a telephone, or opened too."""
    views = dict(modals())
    found = {name: page(view, surface="modal") for name, view in views.items()}
    found["home"] = page(RENDERER.home(DIALOGUE.welcome(PLACE), "en"), surface="home")
    found["home, no desk"] = page(RENDERER.home(DIALOGUE.welcome(NO_DESK), "en"), surface="home")
    found["home, dark"] = page(RENDERER.home(DIALOGUE.welcome(PRACTICE), "en"), surface="home", dark=True)
    found["answer to a direct message"] = page(RENDERER.written("en"), surface="message")
    found["nothing opened"] = page(RENDERER.aside(DIALOGUE.help(PLACE), CARRY.key, "en"), surface="message")
    found["first, options open"] = page(views["first"], surface="modal", opened=True)
    for name in ("first", "help", "sent at night, unread"):
        found[f"{name}, dark"] = page(views[name], surface="modal", dark=True)
        found[f"{name}, phone"] = page(views[name], surface="modal", phone=True)
    return found


def sheets(pages: Mapping[str, str]) -> dict[str, str]:
    """A few side by side, to look at many at once."""
    names = list(pages)
    groups = [names[start : start + A_SHEET] for start in range(0, len(names), A_SHEET)]
    return {
        f"sheet-{number:02}": sheet({name: pages[name] for name in group}, columns=3)
        for number, group in enumerate(groups, 1)
    }


if __name__ == "__main__":
    where = Path(sys.argv[1] if sys.argv[1:] else "pictures")
    where.mkdir(parents=True, exist_ok=True)
    for picture in asyncio.run(pictures(where, sheets(drawn()))):
        print(picture)
