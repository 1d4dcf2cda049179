"""The rules of core, asked by the desk: what was told and captured becomes what they may look at."""

from core.evidence.model import Transcript
from core.reports.categories import Categories
from core.reports.triage import Rules, TriageFacts, triage
from desk.triaging import Decide, Decision, Telling, Why


def by_rules(rules: Rules, categories: Categories) -> Decide:
    """A decision by these rules, with every reason."""

    def decide(telling: Telling) -> Decision:
        facts = TriageFacts(
            told=(telling.facts.answers, telling.answers),
            role=telling.facts.role,
            subject_is_staff=any(map(_is_about_staff, telling.captured)),
        )
        found = triage(facts, rules, categories)
        return Decision(found.priority, tuple(Why(reason.code, reason.text) for reason in found.reasons))

    return decide


def _is_about_staff(transcript: Transcript) -> bool:
    return any(message.reported and message.author.is_staff for message in transcript.messages)
