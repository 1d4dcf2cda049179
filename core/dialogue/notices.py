"""The sentences that screens are made of, chosen from the place, the state and the help there is."""

from collections.abc import Iterator

import msgspec

from core.dialogue.model import Contact, Notice, NoticeKind, Outcome, Place, Say, State
from core.dialogue.questions import shorten
from core.dialogue.sources import CategorySource, HelpFor
from core.dialogue.standing import is_sent
from core.reports.model import AgeBand, Category, Standing, YesNo

NAME_UNITS = 60
"""How much of a name from outside a sentence shows."""
SILENT_SENTENCES = frozenset({"AU", "FR", "GB", "US"})
"""Countries whose silent way has a sentence of its own that says how to use it."""
TAKEDOWN = frozenset({Category.IMAGE_SHARED, Category.SEXUAL_EXTORTION, Category.SEXUAL_PRESSURE})
HOTLINES = frozenset({Category.CSAM_FOUND})
NOT_FOR_POLICE = frozenset(
    {Category.BULLYING, Category.ACCOUNT, Category.SELF_HARM, Category.OTHER, Category.UNSPECIFIED}
)
"""Kinds that official places for reporting do not take, or where a listener comes first."""
_YOUNG = frozenset({AgeBand.UNDER_10, AgeBand.TEN_TO_TWELVE})


class View(msgspec.Struct, frozen=True, kw_only=True):
    """All that a screen is built from."""

    place: Place
    state: State
    help: HelpFor
    categories: CategorySource
    countries: tuple[str, ...]


def notice(key: str, kind: NoticeKind = NoticeKind.PLAIN, /, **args: str | int | Say) -> Notice:
    return Notice(text=Say(key, args), kind=kind)


def name(text: str) -> str:
    """A name from outside, as much of it as a sentence holds."""
    return shorten(text, NAME_UNITS)


def age(view: View) -> str:
    """Which variant of a sentence is meant; without an age given, the one for everybody."""
    return "under_13" if view.state.answers.age in _YOUNG else "any"


def practice(view: View) -> Iterator[Notice]:
    if view.place.standing is Standing.PRACTICE:
        yield notice("practice", NoticeKind.PRACTICE)


def fault(view: View) -> Iterator[Notice]:
    if view.state.fault is not None:
        yield notice(view.state.fault, NoticeKind.STATE)


# Who reads this, and when.


def who_reads(view: View) -> Notice:
    """From the standing and the duty alone; no time to wait is named."""
    place, duty = view.place, view.place.duty
    desk = name(place.desk_name)
    if place.standing is Standing.PRACTICE:
        return notice("reads-practice", desk=desk)
    if duty.on_duty is None:
        return nobody_awake(view, "reads-nobody", desk=desk)
    if duty.closes is None:
        return notice("reads-on-duty", who=name(duty.on_duty), desk=desk)
    return notice("reads-on-duty-until", who=name(duty.on_duty), desk=desk, closes=duty.closes)


def nobody_awake(view: View, key: str, /, **args: str | int | Say) -> Notice:
    opens = view.place.duty.opens
    return notice(key, **args) if opens is None else notice(f"{key}-opens", opens=opens, **args)


def not_shown_to(view: View) -> Notice:
    lead = view.place.standing is Standing.LEAD
    return notice("not-shown-lead" if lead else "not-shown", community=name(view.place.community_name))


def saved(view: View) -> Iterator[Notice]:
    """What was captured; said only where there is something."""
    evidence = view.state.evidence
    if evidence is None or evidence.messages + evidence.context == 0:
        return
    key = "saved-around" if evidence.context else "saved"
    yield notice(key, messages=evidence.messages, context=evidence.context)


def unlock(view: View) -> Notice:
    return notice("unlock" if view.place.knows_accounts else "unlock-no-account", NoticeKind.SMALL)


def run_by(view: View) -> Iterator[Notice]:
    if view.place.app_run_by:
        yield notice("app-run-by", NoticeKind.SMALL, who=name(view.place.app_run_by))


# Danger and helplines.


def emergency(view: View) -> Notice:
    """The number, with the country it is for; where none is known, the local one."""
    found, country = view.help.emergency, country_of(view)
    if found is None or found.phone is None:
        key = "emergency-unknown" if country is None else "emergency-local"
        return notice(key, NoticeKind.DANGER, **({} if country is None else {"country": country}))
    args: dict[str, str | int | Say] = {"number": found.phone, "country": country or ""}
    return Notice(text=Say("emergency", args), kind=NoticeKind.DANGER, contact=found)


def emergency_short(view: View) -> Notice:
    """One sentence with the number, for screens that are about something else."""
    found = view.help.emergency
    if found is None or found.phone is None:
        return notice("danger-unknown", NoticeKind.DANGER)
    return Notice(text=Say("danger", {"number": found.phone}), kind=NoticeKind.DANGER, contact=found)


def country_of(view: View) -> Say | None:
    return None if view.help.country is None else Say(f"country-{view.help.country}")


def silent(view: View) -> Iterator[Notice]:
    """One way to get help without speaking: a silent call or text, else the child line's chat."""
    found = view.help.silent
    if found is not None:
        yield Notice(text=_silent_sentence(view.help.country, found), kind=NoticeKind.HELP, contact=found)
    elif (chat := view.help.child_chat) is not None:
        text = Say("silent-chat", {"name": chat.name, "how": way(chat)})
        yield Notice(text=text, kind=NoticeKind.HELP, contact=chat)


def _silent_sentence(country: str | None, found: Contact) -> Say:
    if country in SILENT_SENTENCES:
        return Say(f"silent-{country}", {"number": found.phone or found.text or ""})
    return Say("silent", {"name": found.name, "how": way(found)})


def listeners(view: View) -> Iterator[Notice]:
    """The national child line and its chat; where none is checked, the international directory."""
    line, chat = view.help.child_line, view.help.child_chat
    if line is not None:
        yield contact("child-line", line)
    if chat is not None:
        yield contact("child-chat", chat)
    if line is None and chat is None:
        yield contact("directory", view.help.directory)


def contact(key: str, found: Contact) -> Notice:
    text = Say(key, {"name": found.name, "how": way(found)})
    return Notice(text=text, kind=NoticeKind.HELP, contact=found)


def way(found: Contact) -> Say | str:
    """How a contact is reached, in words: its number, else its text, else its page."""
    if found.phone is not None:
        return found.phone
    return found.text or found.url or ""


# What became of it.


def state_of_report(view: View) -> Notice:
    """Whether the team has it; never says sent before it is stored."""
    state, practising = view.state, view.place.standing is Standing.PRACTICE
    if not is_sent(state):
        return notice(_unsent_key(view), NoticeKind.STATE)
    if practising:
        return notice("has-it-practice", NoticeKind.STATE)
    urgent = state.answers.danger is YesNo.YES and not state.unsent
    return notice("has-it-urgent" if urgent else "has-it", NoticeKind.STATE)


def _unsent_key(view: View) -> str:
    if view.state.outcome is Outcome.STORING:
        return "not-yet-storing"
    return "not-yet-unknown" if view.state.outcome is Outcome.UNKNOWN else "not-yet"


def reference(view: View) -> Iterator[Notice]:
    if view.state.reference:
        yield notice("reference", NoticeKind.REFERENCE, reference=view.state.reference)


def addition_open(view: View) -> Iterator[Notice]:
    if is_sent(view.state) and view.state.unsent:
        yield notice("addition-open", NoticeKind.STATE)


# Advice.


def advice(view: View) -> Iterator[Notice]:
    """What to do now, and who can help, for this very situation."""
    category = view.state.answers.category
    yield notice(f"advice-{category}-now")
    yield notice(f"advice-{category}-who", age=age(view))
    yield from places_for(view)


def places_for(view: View) -> Iterator[Notice]:
    """The official places that take this kind of thing."""
    category = view.state.answers.category
    if category in TAKEDOWN:
        yield from (contact("takedown", found) for found in view.help.takedown[:1])
    if category in HOTLINES:
        yield from (contact("hotline", found) for found in view.help.hotlines[:2])
    elif category is Category.SELF_HARM:
        yield from (contact("crisis", found) for found in view.help.crisis[:2])
    elif category not in NOT_FOR_POLICE:
        yield from (contact("report-place", found) for found in view.help.report_places[:1])
