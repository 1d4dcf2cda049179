"""How urgent a report is, and why: pure rules over what was told. A machine raises; only a person lowers.

The rules are config/triage.toml. No sentence given as a reason repeats anything that was written.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from core import datafile
from core.datafile import DataFile, Fault
from core.reports.categories import Categories, Floor
from core.reports.model import AgeBand, Answers, Category, Priority, ReporterRole, Who, YesNo


class Reason(NamedTuple):
    """Why a report has the priority it has: a stable code, and a sentence for the specialist."""

    code: str
    text: str


class Triage(NamedTuple):
    """What came of it: the priority, and every reason that spoke for it, the floor first."""

    priority: Priority
    reasons: tuple[Reason, ...]


class TriageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rules may look at."""

    told: tuple[Answers, ...]
    """The report's answers and those of each supplement, in order. Empty: they could not be read."""
    role: ReporterRole = ReporterRole.YOUNG_PERSON
    subject_is_staff: bool = False
    other_reports: int = 0
    """Reports from elsewhere about the same subject."""
    already: Priority | None = None
    """What it was before; the result is never less urgent."""


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be so for a rule to fit: everything that is set."""

    danger: tuple[YesNo, ...] = ()
    category: tuple[Category, ...] = ()
    runs_place: tuple[YesNo, ...] = ()
    age: tuple[AgeBand, ...] = ()
    who: tuple[Who, ...] = ()
    role: tuple[ReporterRole, ...] = ()
    words: tuple[str, ...] = ()
    sexual_abuse: bool = False
    subject_is_staff: bool = False
    near_wordless: bool = False
    other_reports: int = 0


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reason to be more urgent."""

    code: str
    text: str
    when: When
    at_least: Floor | None = None
    raise_by: int = 0


class NearWordless(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    categories: tuple[Category, ...]
    under_words: int


WordLists = Mapping[str, tuple[str, ...]]


class Rules:
    """The rules, with their word lists made ready to search."""

    def __init__(
        self, rules: tuple[Rule, ...], words: Mapping[str, WordLists], near_wordless: NearWordless
    ) -> None:
        self.rules = rules
        self.near_wordless = near_wordless
        self._patterns = {name: _pattern(phrases) for name, phrases in _united(words).items()}

    @classmethod
    def load(cls, path: Path, categories: Categories) -> "Rules":
        """Raises SettingsInvalid with every fault, also where the rules would break what must always hold."""
        file = datafile.read(path)
        found = tuple(datafile.entries(file, "rule", Rule))
        words = datafile.table(file, "words", dict[str, dict[str, tuple[str, ...]]])
        near_wordless = datafile.table(file, "near_wordless", NearWordless)
        datafile.refuse((*_faults(file, found, words), *_word_faults(file, words)))
        rules = cls(found, words, near_wordless)
        datafile.refuse(_law_faults(file, rules, categories))
        return rules

    def says(self, name: str, text: str) -> bool:
        """Whether normalised text has a word or phrase of that list."""
        return self._patterns[name].search(text) is not None


def triage(facts: TriageFacts, rules: Rules, categories: Categories) -> Triage:
    """Start at the highest floor, take every rule that fits, never go below what it already was."""
    seen = _Seen(facts, rules, categories)
    floor = min(seen.categories, key=lambda code: categories[code].floor)
    fitting = [rule for rule in rules.rules if _fits(rule.when, seen)]
    priority = min([categories[floor].floor, *(rule.at_least.priority for rule in fitting if rule.at_least)])
    priority = Priority(max(Priority.P0, priority - sum(rule.raise_by for rule in fitting)))
    reasons = [_floor_reason(floor, facts, categories), *(Reason(rule.code, rule.text) for rule in fitting)]
    if facts.already is not None and facts.already < priority:
        priority = facts.already
        text = f"It was {priority.name} before. Only a named person makes a report less urgent."
        reasons.append(Reason("not_lowered", text))
    return Triage(priority, tuple(reasons))


def is_urgent(answers: Answers, rules: Rules, categories: Categories) -> bool:
    """Whether these answers by themselves are P0: all that a road may say of them in clear."""
    return triage(TriageFacts(told=(answers,)), rules, categories).priority is Priority.P0


def normalised(text: str) -> str:
    """Small letters; no invisible signs or apostrophes; one space for all that is no letter or digit."""
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    kept = "".join(sign for sign in text.translate(_APOSTROPHES) if unicodedata.category(sign) != "Cf")
    return re.sub(r"[\W_]+", " ", kept).strip()


_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc\uff07"))
_YOUNG = frozenset({None, Who.ME, Who.FRIEND})


class _Seen:
    """The facts as conditions ask for them, over all that was told."""

    def __init__(self, facts: TriageFacts, rules: Rules, categories: Categories) -> None:
        self.facts = facts
        self.told = facts.told or (Answers(),)
        self.categories = frozenset(answers.category for answers in self.told)
        self.sexual_abuse = any(categories[code].sexual_abuse for code in self.categories)
        self._rules = rules

    @cached_property
    def text(self) -> str:
        return normalised("\n".join(f"{answers.own_words}\n{answers.about}" for answers in self.told))

    @cached_property
    def near_wordless(self) -> bool:
        young = self.facts.role is ReporterRole.YOUNG_PERSON
        return young and any(self._says_little(answers) for answers in self.told)

    def says(self, name: str) -> bool:
        return self._rules.says(name, self.text)

    def _says_little(self, answers: Answers) -> bool:
        few = len(normalised(answers.own_words).split()) < self._rules.near_wordless.under_words
        return few and answers.who in _YOUNG and answers.category in self._rules.near_wordless.categories


def _fits(when: When, seen: _Seen) -> bool:
    facts = seen.facts
    return (
        all(_answered(getattr(when, name), name, seen) for name in ("danger", "runs_place", "age", "who"))
        and (not when.category or not seen.categories.isdisjoint(when.category))
        and (not when.role or facts.role in when.role)
        and (not when.sexual_abuse or seen.sexual_abuse)
        and (not when.subject_is_staff or facts.subject_is_staff)
        and (not when.near_wordless or seen.near_wordless)
        and facts.other_reports >= when.other_reports
        and all(seen.says(name) for name in when.words)
    )


def _answered(wanted: tuple[Any, ...], name: str, seen: _Seen) -> bool:
    return not wanted or any(getattr(answers, name) in wanted for answers in seen.told)


def _floor_reason(code: Category, facts: TriageFacts, categories: Categories) -> Reason:
    info = categories[code]
    if not facts.told:
        return Reason("unreadable", f"What was told could not be read. {info.floor.name} until a person has.")
    return Reason(f"category_{code}", f"{info.professional}: starts at {info.floor.name}.")


def _united(words: Mapping[str, WordLists]) -> dict[str, list[str]]:
    """Each list with its words of every language: people write in the language they have."""
    united: dict[str, list[str]] = {}
    for lists in words.values():
        for name, phrases in lists.items():
            united.setdefault(name, []).extend(phrases)
    return united


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    ways = "|".join(" ".join(map(_word, phrase.split())) for phrase in sorted(phrases))
    return re.compile(rf"(?<!\w)(?:{ways})(?!\w)")


def _word(choice: str) -> str:
    """One word of a phrase: `he|she` is either, `shoot*` has any ending."""
    return f"(?:{'|'.join(re.escape(word).replace(_ANY_ENDING, _ENDING) for word in choice.split('|'))})"


_ANY_ENDING = re.escape("*")
_ENDING = r"\w*"
_PHRASE = re.compile(r"[^\W_]+\*?(\|[^\W_]+\*?)*( [^\W_]+\*?(\|[^\W_]+\*?)*)*")
"""Words with one space between, each perhaps with choices, each perhaps ending in a star."""


def _faults(file: DataFile, rules: tuple[Rule, ...], words: Mapping[str, WordLists]) -> Iterator[Fault]:
    counts = Counter(rule.code for rule in rules)
    known = _united(words)
    for place, rule in enumerate(rules):
        at = ("rule", place)
        if counts[rule.code] > 1:
            yield file.fault((*at, "code"), f"{rule.code} stands here more than once.", "Rename one.")
        if not rule.text.strip():
            yield file.fault((*at, "text"), f"{rule.code} gives no reason.", "Write a sentence.")
        if rule.when == When():
            yield file.fault((*at, "when"), f"{rule.code} fits everything.", "Say when it fits.")
        if rule.raise_by < 0:
            yield file.fault((*at, "raise_by"), "a machine never lowers.", "Write 1 or more.")
        if rule.at_least is None and rule.raise_by == 0:
            yield file.fault(at, f"{rule.code} does nothing.", "Set at_least or raise_by.")
        for name in set(rule.when.words) - known.keys():
            yield file.fault((*at, "when"), f"there is no list {name}.", "Name one under [words.<language>].")


def _word_faults(file: DataFile, words: Mapping[str, WordLists]) -> Iterator[Fault]:
    for language, lists in words.items():
        for name, phrases in lists.items():
            at = ("words", language, name)
            if not phrases:
                yield file.fault(at, "is empty.", "Write words, or remove the list and its rules.")
            for phrase in phrases:
                if not _PHRASE.fullmatch(phrase) or normalised(_bare(phrase)) != _bare(phrase):
                    mend = "Small letters, digits and single spaces; * only at the end of a word."
                    yield file.fault(at, f"{phrase!r} can never be found.", mend)


def _bare(phrase: str) -> str:
    return phrase.replace("*", "").replace("|", " ")


def _law_faults(file: DataFile, rules: Rules, categories: Categories) -> Iterator[Fault]:
    """What holds whatever the file says: danger is P0; doubt about it, and saying little, at least P1."""
    for code in Category:
        for danger, at_most in ((YesNo.YES, Priority.P0), (YesNo.NOT_SURE, Priority.P1)):
            if _priority(Answers(category=code, danger=danger), rules, categories) > at_most:
                reason = f"danger “{danger}” with {code} comes out below {at_most.name}."
                yield file.fault(("rule",), reason, "Restore the rules that were shipped.")
    for code in (Category.UNSPECIFIED, Category.OTHER):
        if _priority(Answers(category=code), rules, categories) > Priority.P1:
            reason = f"{code} without a word comes out below P1."
            yield file.fault(("near_wordless",), reason, "Restore the rules that were shipped.")


def _priority(answers: Answers, rules: Rules, categories: Categories) -> Priority:
    return triage(TriageFacts(told=(answers,)), rules, categories).priority
