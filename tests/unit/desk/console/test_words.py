"""Every sentence of the console exists, is used, and is said as written."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import desk.console
from core.delivery.wire import ItemKind
from core.dialogue.model import Say
from core.dialogue.texts import Texts
from core.evidence.model import Note, ReadFrom, Source
from core.evidence.parts import PartKind
from core.reports.model import AgeBand, Priority, ReporterRole, Who, YesNo
from core.testing.clock import START
from desk.care.keeping import CHANGED
from desk.care.model import Choice
from desk.cases import LOOKED
from desk.casework.folds import FOLDED
from desk.casework.folds import UNDONE as FOLD_UNDONE
from desk.casework.joins import JOINED, UNDONE
from desk.casework.model import CaseState, NoteKind
from desk.casework.saved import FORGOTTEN, SAVED
from desk.casework.searching import SEARCHED
from desk.casework.service import NOTES_READ
from desk.console import (
    alike,
    duties,
    links,
    pack,
    pressing,
    releasing,
    rota,
    subject_access,
    talk,
    unlocking,
)
from desk.console.gate import KNOWN_FAULTS
from desk.console.queue import SAVED_FAULTS
from desk.console.reading import UNSAID, Told
from desk.console.review import FAULTS as REVIEW_FAULTS
from desk.console.view import RowState
from desk.console.words import Pages, exact, exact_iso, exact_short, since
from desk.console.work import FAULTS
from desk.demo.filling import FILLED
from desk.duties.acts import CALLED_BACK, HANDED_ON, NOT_OWED, RECORDED
from desk.duties.catalogue import Sure
from desk.duties.model import DutyState, Receiver, Way, Whose
from desk.figures.counting import Within
from desk.filtering import Holder, Waits
from desk.keeping.erasing import ERASED
from desk.linking.alike import Apart
from desk.linking.conflicts import NOTED
from desk.linking.suggesting import REFUSED, TAKEN_BACK, Strength
from desk.linking.values import Kind
from desk.model import Check, Fault
from desk.pack.asking import DEEDS as EXPORTING
from desk.pack.model import ExportState, Purpose
from desk.releasing.deciding import Basis
from desk.releasing.service import ACTIONS as RELEASED
from desk.releasing.service import REFUSED as NOT_RELEASED
from desk.review.model import Answer
from desk.review.model import Why as WhyReviewed
from desk.review.reviewing import ANSWERED as REVIEW_ANSWERED
from desk.review.reviewing import NOTE_READ
from desk.rota.contacts import SET
from desk.rota.duty import Why as WhyNot
from desk.rota.model import Place, Reply, Step, Unsent
from desk.rota.service import ANSWERED, DRILL_ANSWERED, DRILL_BEGUN
from desk.rota.shifts import ACCEPTED, DECLINED, PLANNED
from desk.staff.browsers import Browser
from desk.staff.model import Role
from desk.staff.second import Proof
from desk.subject_access.deciding import Why
from desk.subject_access.model import Verdict as AccessVerdict
from desk.subject_access.service import ASKED as ACCESS_ASKED
from desk.subject_access.service import DECIDED as ACCESS_DECIDED
from desk.subject_access.service import GIVEN as ACCESS_GIVEN
from desk.subject_access.service import READ as ACCESS_READ
from desk.talk.service import TALK_READ
from desk.talk.writing import WROTE
from desk.unlocking.acts import ASKED as UNLOCK_ASKED
from desk.unlocking.acts import LOOKED as UNLOCKED_LOOKED
from desk.unlocking.acts import REVIEWED
from desk.unlocking.model import Verdict

ROOM = Path(desk.console.__file__).parent
TEMPLATES = sorted((ROOM / "templates").glob("*.html"))
KEY = re.compile(r"\bt\(\s*[\"'](desk-[a-z0-9_-]+)[\"'](\s*~)?")
KNOWN = re.compile(r"known\(\"(desk-[a-z-]+)\"")
CHOICE = ("yes", "no", UNSAID)
STAFF_FAULTS = (
    "wrong", "too-many", "name-length", "name-symbols", "name-taken", "password-short", "password-long",
    "password-easy", "password-differs", "password-wrong", "person-self", "person-unknown", "roles-self",
    "roles-none", "last-admin", "session-unknown", "code", "code-many", "code-wrong", "step-over",
    "offer-over", "second-self", "second-none", "passkey", "passkey-not-made", "passkey-unknown",
    "passkeys-many", "provider-down", "provider-refused", "provider-state", "provider-unknown",
    "provider-taken", "provider-over",
)  # fmt: skip
DEEDS = (
    "person_invited", "person_joined", "signed_in", "sign_in_failed", "signed_out", "signed_out_everywhere",
    "password_changed", "access_ended", "roles_changed", "session_ended", "sessions_ended",
    "second_factor_set", "second_factor_ended", "passkey_made", "passkey_ended",
    LOOKED, JOINED, UNDONE,
    SEARCHED, NOTES_READ, "case_taken", "case_let_go", "case_handed_over", "state_changed", "case_closed",
    "closing_asked", "closing_agreed", "closing_refused", "closing_withdrawn", "priority_changed",
    "note_written", "task_written", "task_done", "case_held", "hold_lifted", ERASED,
    REFUSED, TAKEN_BACK, FOLDED, FOLD_UNDONE, SAVED, FORGOTTEN, NOTED,
    PLANNED, ACCEPTED, DECLINED, SET, ANSWERED, DRILL_BEGUN, DRILL_ANSWERED, WROTE, TALK_READ,
    *EXPORTING,
    RECORDED, CALLED_BACK, HANDED_ON, NOT_OWED,
    UNLOCK_ASKED, UNLOCKED_LOOKED, *REVIEWED.values(),
    *RELEASED.values(), NOT_RELEASED,
    ACCESS_ASKED, ACCESS_READ, *ACCESS_DECIDED.values(), ACCESS_GIVEN,
    FILLED, CHANGED, REVIEW_ANSWERED, NOTE_READ,
)  # fmt: skip
LAW_FAULTS = (duties.FAULTS, unlocking.FAULTS, releasing.FAULTS, subject_access.FAULTS)
FAMILIES: dict[str, tuple[object, ...]] = {
    "desk-priority-": tuple(Priority),
    "desk-help-priority-": tuple(Priority),
    "desk-state-": tuple(state for state in RowState if state is not RowState.READ),
    "desk-danger-": (*YesNo, UNSAID),
    "desk-runs-place-": (*YesNo, UNSAID),
    "desk-who-": (*Who, UNSAID),
    "desk-age-": (*AgeBand, UNSAID),
    "desk-choice-": CHOICE,
    "desk-phone-": CHOICE,
    "desk-sure-": (*Source, "word"),
    "desk-role-": tuple(ReporterRole),
    "desk-case-state-": tuple(CaseState),
    "desk-step-": (CaseState.WORKING, CaseState.WAITING, CaseState.HANDED_ON),
    "desk-refused-": tuple(sorted(FAULTS | talk.FAULTS | REVIEW_FAULTS)),
    "desk-note-kind-": (NoteKind.TASK, NoteKind.REASON, NoteKind.HANDED, NoteKind.CALLED),
    "desk-review-why-": tuple(WhyReviewed),
    "desk-review-answer-": tuple(Answer),
    "desk-choice-of-": tuple(Choice),
    "desk-choice-means-": tuple(Choice),
    "desk-role-name-": tuple(Role),
    "desk-role-means-": tuple(Role),
    "desk-source-": tuple(Source),
    "desk-help-source-": tuple(Source),
    "desk-part-": tuple(PartKind),
    "desk-part-fault-": tuple(Fault),
    "desk-check-": tuple(Check),
    "desk-talk-": (PartKind.REPORTED, PartKind.CONTEXT),
    "desk-read-from-": tuple(ReadFrom),
    "desk-added-": Told.__struct_fields__,
    "desk-fault-": STAFF_FAULTS,
    "desk-error-": tuple(KNOWN_FAULTS),
    "desk-deed-": DEEDS,
    "desk-note-": tuple(Note),
    "desk-nav-": (
        "queue",
        "duties",
        "search",
        "rota",
        "figures",
        "trail",
        "review",
        "people",
        "care",
        "help",
    ),
    "desk-law-refused-": (
        pressing.UNCLEAR,
        *sorted(duties.FAULTS | unlocking.FAULTS | releasing.FAULTS | subject_access.FAULTS),
    ),
    "desk-duties-column-": ("due", "law", "whose", "case", "asked"),
    "desk-duty-state-": tuple(DutyState),
    "desk-duty-whose-": tuple(Whose),
    "desk-duty-sure-": tuple(Sure),
    "desk-duty-receiver-": tuple(Receiver),
    "desk-duty-way-": tuple(Way),
    "desk-access-": tuple(AccessVerdict),
    "desk-access-do-": tuple(AccessVerdict),
    "desk-access-column-": ("asked", "by", "stands", "open"),
    "desk-withheld-": tuple(Why),
    "desk-unlock-": tuple(Verdict),
    "desk-unlock-do-": tuple(Verdict),
    "desk-release-": tuple(RELEASED),
    "desk-release-basis-": tuple(Basis),
    "desk-strength-": tuple(Strength),
    "desk-link-": tuple(Kind),
    "desk-link-refused-": tuple(sorted(links.FAULTS)),
    "desk-alike-refused-": tuple(sorted(alike.FAULTS)),
    "desk-apart-": tuple(Apart),
    "desk-saved-refused-": tuple(sorted(SAVED_FAULTS)),
    "desk-filter-": ("priority", "state", "holder", "waits"),
    "desk-filter-holder-": tuple(Holder),
    "desk-filter-waits-": tuple(Waits),
    "desk-export-purpose-": tuple(Purpose),
    "desk-export-state-": tuple(ExportState),
    "desk-export-refused-": tuple(sorted(pack.FAULTS)),
    "desk-exports-": ("case", "what", "who", "needs"),
    "desk-pack-item-": tuple(ItemKind),
    "desk-within-": tuple(Within),
    "desk-duty-": tuple(WhyNot),
    "desk-place-": tuple(Place),
    "desk-reply-": tuple(Reply),
    "desk-rung-": tuple(Step),
    "desk-page-step-": (*Step, "drill"),
    "desk-pages-": ("when", "who", "what", "sent", "answer"),
    "desk-unsent-": tuple(Unsent),
    "desk-weekday-": tuple(range(7)),
    "desk-rota-fault-": tuple(sorted(rota.FAULTS)),
    "desk-browser-": tuple(Browser),
    "desk-proof-": tuple(Proof),
    "desk-column-": ("priority", "about", "since", "due", "community", "evidence", "state"),
    "desk-trail-": ("number", "when", "who", "did", "what"),
    "desk-keys-": ("down", "up", "open", "refresh", "back", "cover", "reported", "help", "take", "search"),
}
MEMBERS = [
    f"{family}{int(value) if isinstance(value, Priority) else value}"
    for family, values in FAMILIES.items()
    for value in values
]


def _used() -> set[str]:
    sources = [*TEMPLATES, *ROOM.glob("*.py")]
    written = re.compile(r"[\"'](desk-[a-z0-9_-]+[a-z0-9_])[\"']")
    return {key for source in sources for key in written.findall(source.read_text())}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_sentence_a_template_asks_for_is_in_the_catalogue(template: Path, texts: Texts) -> None:
    asked = KEY.findall(template.read_text())
    assert not [key for key, open_end in asked if not open_end and not texts.has(key)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_family_a_template_asks_for_is_checked_here(template: Path) -> None:
    asked = KEY.findall(template.read_text())
    families = {key for key, open_end in asked if open_end} | set(KNOWN.findall(template.read_text()))
    assert families <= FAMILIES.keys()


@pytest.mark.parametrize("key", MEMBERS)
def test_every_value_that_can_be_shown_has_words(key: str, texts: Texts) -> None:
    assert texts.has(key)


def test_the_catalogue_has_nothing_that_nobody_says(texts: Texts, shipped: Path) -> None:
    written = (shipped / "locales" / "en" / "desk.ftl").read_text()
    keys = set(re.findall(r"^(desk-[a-z0-9_-]+) =", written, re.MULTILINE))
    next_steps = {f"{key}-next" for key in MEMBERS if key.startswith("desk-error-")}
    assert not sorted(keys - _used() - set(MEMBERS) - next_steps)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=0), "under a minute"),
        (timedelta(seconds=59), "under a minute"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(minutes=60), "1 h 0 min"),
        (timedelta(hours=23, minutes=59), "23 h 59 min"),
        (timedelta(hours=24), "1 d 0 h"),
        (timedelta(days=12, hours=5, minutes=59), "12 d 5 h"),
        (timedelta(minutes=-12), "12 min"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(span: timedelta, words: str, texts: Texts) -> None:
    assert since(Pages(texts).say, span) == words


def test_exact_times_are_in_utc_wherever_they_were_noted() -> None:
    at = datetime(2026, 3, 4, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert exact(at) == "3 Mar 2026, 23:02:03 UTC"
    assert exact_short(at) == "3 Mar, 23:02:03 UTC"
    assert exact_iso(at) == "2026-03-03T23:02:03Z"
    assert exact(START.astimezone(UTC)) == exact(START)


def test_no_sentence_of_staff_shouts(texts: Texts, shipped: Path) -> None:
    written = (shipped / "locales" / "en" / "desk.ftl").read_text()
    assert "!" not in written


def test_a_template_escapes_whatever_it_is_given(texts: Texts) -> None:
    pages = Pages(texts)
    shown = pages._env.from_string("{{ value }}").render(value="<script>'\"&")
    assert "<" not in shown
    assert '"' not in shown


def test_a_value_a_template_was_not_given_is_an_error_and_not_a_blank(texts: Texts) -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        Pages(texts)._env.from_string("{{ nothing_here }}").render()


@pytest.mark.parametrize("code", ["newer_than_us", "", "<b>", "../x", "a b"])
def test_a_code_without_words_is_shown_as_it_is(code: str, texts: Texts) -> None:
    known = Pages(texts)._env.globals["known"]
    assert callable(known)
    assert known("desk-deed-", code) == code


def test_a_country_is_named_beside_its_code(texts: Texts) -> None:
    country = Pages(texts)._env.globals["country"]
    assert callable(country)
    assert country("GB") == "United Kingdom (GB)"
    assert country("ZZ") == "ZZ"


def test_every_say_in_the_catalogue_can_be_said(texts: Texts) -> None:
    assert texts.say(Say("desk-count-waiting", {"waiting": 0}), "en") == "Everything here is read."
    assert texts.say(Say("desk-count-waiting", {"waiting": 1}), "en") == "1 not read."
    assert texts.say(Say("desk-count-waiting", {"waiting": 5}), "en") == "5 not read."
