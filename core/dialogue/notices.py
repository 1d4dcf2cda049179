"""The sentences that screens are made of, chosen from the place, the state and the help there is."""

from collections.abc import Iterator

import msgspec

from core.dialogue.model import Contact, Notice, NoticeKind, Outcome, Place, Say, State
from core.dialogue.questions import key, shorten
from core.dialogue.sources import CategorySource, HelpFor
from core.dialogue.standing import has_desk, is_in_flight, is_sent, may_send
from core.reports.model import AgeBand, Category, Standing, Who, YesNo

NAME_UNITS = 60
"""How much of a name from outside a sentence shows."""
TAKEDOWN = frozenset({Category.IMAGE_SHARED, Category.SEXUAL_EXTORTION, Category.SEXUAL_PRESSURE})
"""Kinds where a picture may have to be taken down."""
OFFICIAL = frozenset(
    {
        Category.GROOMING,
        Category.SEXUAL_PRESSURE,
        Category.SEXUAL_EXTORTION,
        Category.IMAGE_SHARED,
        Category.MEETING,
        Category.CONTACT_ABUSE,
        Category.EXPLOITATION,
        Category.UNWANTED_SEXUAL,
    }
)
"""Kinds that the official places for reporting take; for the others a listener or the app comes first."""
_SERVICES = {"ambulance": "ambulance", "police": "police", "fire, ambulance": "rescue", "all": "all"}
"""Whom a further emergency number reaches, as the helplines say it, to the word for it in a key."""
_YOUNG = frozenset({AgeBand.UNDER_10, AgeBand.TEN_TO_TWELVE})
_GROWN_UP = frozenset({Who.CHILD_I_LOOK_AFTER, Who.MODERATE_HERE})


class View(msgspec.Struct, frozen=True, kw_only=True):
    """All that a screen is built from."""

    place: Place
    state: State
    help: HelpFor
    country: str | None
    """Where `help` is for; None where nothing is known of it."""
    categories: CategorySource
    countries: tuple[str, ...]

    @property
    def practising(self) -> bool:
        return self.place.standing is Standing.PRACTICE


def notice(message: str, kind: NoticeKind = NoticeKind.PLAIN, /, **args: str | int | Say) -> Notice:
    return Notice(text=Say(message, args), kind=kind)


def name(text: str) -> str:
    """A name from outside, as much of it as a sentence holds."""
    return shorten(text, NAME_UNITS)


def practice(view: View) -> Iterator[Notice]:
    if view.practising:
        yield notice("practice", NoticeKind.PRACTICE)


def fault(view: View) -> Iterator[Notice]:
    if view.state.fault is not None:
        yield notice(view.state.fault, NoticeKind.STATE)


# Who reads this, and when.


def who_reads(view: View) -> Notice:
    """From the standing and the duty alone; no time to wait is named."""
    duty, desk = view.place.duty, name(view.place.desk_name)
    if view.practising:
        return notice("reads-practice", desk=desk)
    if duty.on_duty is None:
        return when_open(view, "reads-nobody", desk=desk)
    if duty.closes is None:
        return notice("reads-on-duty", who=name(duty.on_duty), desk=desk)
    return notice("reads-on-duty-until", who=name(duty.on_duty), desk=desk, closes=duty.closes)


def on_duty(view: View, awake: str) -> Notice:
    """How long urgent reports usually wait is said only beside somebody who is there."""
    usually = view.place.duty.usually
    if usually is None:
        return notice("on-duty", who=name(awake))
    return notice("on-duty-usually", who=name(awake), minutes=usually)


def whose_this_is(view: View) -> Notice:
    """Who reads, without a word about when: what stands for days would be untrue at some hour."""
    return notice("reads-practice" if view.practising else "welcome-reads", desk=name(view.place.desk_name))


def when_open(view: View, message: str, /, **args: str | int | Say) -> Notice:
    """`message`, or where an hour of opening is known, the one that names it."""
    opens = view.place.duty.opens
    return notice(message, **args) if opens is None else notice(f"{message}-opens", opens=opens, **args)


def not_shown_to(view: View) -> Notice:
    if view.place.standing is Standing.LEAD:
        return notice("not-shown-lead")
    unless_yes = "not-shown-unless-yes" if view.place.moderators_may_handle else "not-shown"
    return notice(unless_yes, community=name(view.place.community_name))


def saved(view: View) -> Iterator[Notice]:
    """What was captured; said only where there is something."""
    evidence = view.state.evidence
    if evidence is not None and evidence.person:
        yield notice("saved-person")
    if evidence is not None and evidence.messages > 0:
        around = evidence.context > 0
        counts: dict[str, str | int | Say] = {"messages": evidence.messages}
        counts |= {"context": evidence.context} if around else {}
        yield notice("saved-around" if around else "saved", **counts)
    if view.place.reads_around and not (evidence is not None and evidence.person):
        yield notice("saves-last" if evidence is None else "saves-around")
    if view.place.may_be_let_in and not view.place.reads_around:
        yield notice("not-let-in")


def unlock(view: View) -> Notice:
    return notice("unlock" if view.place.knows_accounts else "unlock-no-account", NoticeKind.SMALL)


def run_by(view: View) -> Iterator[Notice]:
    if view.place.app_run_by:
        yield notice("app-run-by", NoticeKind.SMALL, who=name(view.place.app_run_by))


# Danger and helplines.


def emergency(view: View) -> Iterator[Notice]:
    """The number with its country, and the other numbers there; where none is known, the local one."""
    found = view.help.emergency
    if found is None or found.phone is None:
        known = {} if view.country is None else {"country": _country(view.country)}
        yield notice("emergency-local" if known else "emergency-unknown", NoticeKind.DANGER, **known)
        return
    country = _country(view.country) if view.country is not None else ""
    text = Say("emergency", {"number": found.phone, "country": country})
    yield Notice(text=text, kind=NoticeKind.DANGER, contact=found)
    yield from _other_numbers(view)


def emergency_short(view: View) -> Notice:
    """One sentence with the number, for screens that are about something else."""
    found = view.help.emergency
    if found is None or found.phone is None:
        return notice("danger-unknown", NoticeKind.DANGER)
    return Notice(text=Say("danger", {"number": found.phone}), kind=NoticeKind.DANGER, contact=found)


def silent(view: View) -> Iterator[Notice]:
    """The silent way to the emergency service, where all may use one. A chat is none: see `listeners`."""
    found, way_there = view.help.silent, view.help.silent_way
    if found is not None and way_there is not None and way_there != "chat":
        text = Say(key("silent", way_there), {"number": found.phone or found.text or ""})
        yield Notice(text=text, kind=NoticeKind.HELP, contact=found)


def listeners(view: View) -> Iterator[Notice]:
    """The national child line and its chat; where one of them is not checked, the international directory."""
    line, chat = view.help.child_line, view.help.child_chat
    if line is not None:
        yield contact("child-line", line)
    if chat is not None:
        yield contact("child-chat", msgspec.structs.replace(chat, phone=None))
    if line is None or chat is None:
        yield contact("directory" if line is None and chat is None else "directory-too", view.help.directory)


def contact(message: str, found: Contact) -> Notice:
    """How a contact is reached, in words: by its number, else its text, else its page."""
    channel, how = _way(found)
    text = Say(key(message, channel), {"name": found.name, "how": how})
    return Notice(text=text, kind=NoticeKind.HELP, contact=found)


def _country(code: str) -> Say:
    return Say(f"country-{code}")


def _other_numbers(view: View) -> Iterator[Notice]:
    for other in view.help.emergency_others:
        if other.name in _SERVICES and other.phone is not None:
            text = Say(f"emergency-{_SERVICES[other.name]}", {"number": other.phone})
            yield Notice(text=text, kind=NoticeKind.HELP, contact=other)


def _way(found: Contact) -> tuple[str, str]:
    if found.phone is not None:
        return "call", found.phone
    if found.text is not None:
        return "text", found.text
    return "page", found.url or ""


# What became of it.


def state_of_report(view: View) -> Iterator[Notice]:
    """Whether the team has it; never says sent before it is stored."""
    state = view.state
    if not is_sent(state):
        yield from unsent(view)
        return
    if view.practising:
        yield notice("has-it-practice", NoticeKind.STATE)
    else:
        urgent = state.answers.danger is YesNo.YES and not _is_open(state)
        yield notice("has-it-urgent" if urgent else "has-it", NoticeKind.STATE)
    yield from addition_open(view)


def unsent(view: View) -> Iterator[Notice]:
    """Until it is stored, every screen says so; where there is no desk, nothing is ever sent."""
    if not is_sent(view.state) and has_desk(view.place) and not view.state.beside:
        sendable = may_send(view.place, view.state.answers)
        yield notice(_UNSENT.get(view.state.outcome, "not-yet") if sendable else "not-sent", NoticeKind.STATE)


_UNSENT: dict[Outcome | None, str] = {
    Outcome.STORING: "not-yet-storing",
    Outcome.UNKNOWN: "not-yet-unknown",
    Outcome.REFUSED: "not-yet-refused",
}


def may_look_again(view: View) -> bool:
    return is_in_flight(view.state) and has_desk(view.place)


def look_again(view: View) -> Iterator[Notice]:
    """A screen may stand still where no script looks by itself: what to press then."""
    if may_look_again(view):
        yield notice("look-again", NoticeKind.SMALL)


def if_nobody(view: View) -> Iterator[Notice]:
    if view.place.duty.on_duty is None and not view.practising:
        yield when_open(view, "dont-wait")


def addition_open(view: View) -> Iterator[Notice]:
    if is_sent(view.state) and _is_open(view.state):
        yield notice(_ADDED_UNSENT.get(view.state.outcome, "addition-open"), NoticeKind.STATE)


_ADDED_UNSENT: dict[Outcome | None, str] = {
    Outcome.STORING: "storing-added-lead",
    Outcome.UNKNOWN: "not-known-added-lead",
    Outcome.REFUSED: "not-sent-added-lead",
}


def _is_open(state: State) -> bool:
    """Whether something told after the report was sent is not known to be stored."""
    return state.unsent or state.wished is not None or state.outcome is not Outcome.STORED


def reference(view: View) -> Iterator[Notice]:
    if view.state.reference:
        yield notice("reference", NoticeKind.REFERENCE, reference=view.state.reference)


# Advice.


def advice(view: View) -> Iterator[Notice]:
    """What to do now, and who can help, for this very situation."""
    category, who = view.state.answers.category, view.state.answers.who
    yield notice(key("advice", category, "now"))
    yield notice(key("advice", category, "who"), age=_age(view))
    if who is not None and who is not Who.ME:
        yield notice(key("advice-for", who))
    yield from places_for(view)


def places_for(view: View) -> Iterator[Notice]:
    """The official places that take this kind of thing."""
    category, found = view.state.answers.category, view.help
    if category in TAKEDOWN:
        yield from (contact("takedown", place) for place in found.takedown[:1])
    if category is Category.CSAM_FOUND:
        yield from (contact("hotline", place) for place in found.hotlines[:2])
    if category is Category.SELF_HARM:
        yield from (contact("crisis", place) for place in found.crisis[:2])
    if category in OFFICIAL and not _desk_refers_on(view):
        yield from official(view)


def official(view: View) -> Iterator[Notice]:
    """Where to report in this country; where no such place is known, the hotline for links and pictures."""
    if view.help.report_places:
        yield from (contact("report-place", place) for place in view.help.report_places[:2])
    else:
        yield from (contact("hotline", place) for place in view.help.hotlines[:1])


def _desk_refers_on(view: View) -> bool:
    """Whoever is on duty passes a report on: nobody has to tell twice."""
    return is_sent(view.state) and view.place.duty.on_duty is not None and not view.practising


def _age(view: View) -> str:
    """Which variant of a sentence is meant; without an age of the reader's own, the one for everybody."""
    answers = view.state.answers
    return "under_13" if answers.age in _YOUNG and answers.who not in _GROWN_UP else "any"
