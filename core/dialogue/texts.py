"""The catalogues: every sentence a person is shown, by key and language. The only module that imports fluent.

It chooses no words and knows no screen; a catalogue that lacks a key or a place is refused when it is loaded.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from core.dialogue.model import Say
from core.errors import SettingsInvalid

SOURCE_LANGUAGE = "en"
"""The language that every other catalogue is compared with, and what is spoken where there is no other."""

_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class TextMissing(LookupError):
    """No catalogue has this key: a fault of ours, found by the tests that show every screen."""


class Texts:
    """Words for keys. Made by `load`; never changes afterwards, so that threads may share it."""

    def __init__(
        self, bundles: Mapping[str, FluentBundle], places: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._bundles = dict(bundles)
        self.languages: tuple[str, ...] = tuple(sorted(bundles))
        self.places: Mapping[str, frozenset[str]] = dict(places or {})
        """Every key there is, with the places that its text has; the same in every language."""
        self._fixed: dict[tuple[str, str], str] = {}  # texts without places, as they were first said

    @classmethod
    def load(cls, locales: Path) -> "Texts":
        """Read every `*.ftl` under `locales/<language>/`.

        Raises SettingsInvalid with every fault: syntax, a key said twice, what one language lacks.
        """
        catalogues = {folder.name: _Catalogue.read(folder) for folder in _folders(locales)}
        faults = [fault for catalogue in catalogues.values() for fault in catalogue.faults]
        faults += _differences(catalogues)
        if faults:
            raise SettingsInvalid(tuple(faults))
        bundles = {language: catalogue.bundle(language) for language, catalogue in catalogues.items()}
        return cls(bundles, catalogues[SOURCE_LANGUAGE].places)

    def say(self, say: Say, language: str) -> str:
        """The words of `say`, in `language` or the nearest there is. Raises TextMissing."""
        spoken = self.nearest(language)
        if say.args:
            return self._format(say, spoken)
        if (spoken, say.key) not in self._fixed:
            self._fixed[spoken, say.key] = self._format(say, spoken)
        return self._fixed[spoken, say.key]

    def _format(self, say: Say, language: str) -> str:
        bundle = self._bundles[language]
        if not bundle.has_message(say.key):
            raise TextMissing(say.key)
        pattern = bundle.get_message(say.key).value
        if pattern is None:
            raise TextMissing(say.key)
        words, errors = bundle.format_pattern(pattern, self._args(say, language))
        if errors:
            raise TextMissing(f"{say.key}: {errors[0]}")
        return str(words)

    def nearest(self, language: str) -> str:
        """The catalogue that serves `language`: itself, the same without its region, else English."""
        for wanted in (language, language.split("-", maxsplit=1)[0]):
            if wanted in self._bundles:
                return wanted
        return SOURCE_LANGUAGE

    def has(self, key: str) -> bool:
        return key in self.places

    def _args(self, say: Say, language: str) -> dict[str, str | int]:
        return {name: self._arg(value, language) for name, value in say.args.items()}

    def _arg(self, value: str | int | Say, language: str) -> str | int:
        if isinstance(value, Say):
            return self.say(value, language)
        return plain(value) if isinstance(value, str) else value


def plain(text: str) -> str:
    """A name that came from outside, on one line, without marks that reorder or hide the words around it."""
    kept = _HIDDEN.sub("", text)
    return "".join(" " if unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} else mark for mark in kept)


def _folders(locales: Path) -> list[Path]:
    folders = sorted(folder for folder in locales.iterdir() if folder.is_dir()) if locales.is_dir() else []
    if SOURCE_LANGUAGE not in {folder.name for folder in folders}:
        raise SettingsInvalid((f"{locales}: has no catalogue in {SOURCE_LANGUAGE!r}",))
    return folders


class _Catalogue:
    """One language as it lies in its files: keys with their places, and what is wrong with them."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.places: dict[str, frozenset[str]] = {}
        self.faults: list[str] = []
        self._refers: list[tuple[Path, str, str]] = []

    @classmethod
    def read(cls, folder: Path) -> "_Catalogue":
        catalogue = cls()
        for file in sorted(folder.glob("*.ftl")):
            catalogue._take(file, file.read_text(encoding="utf-8"))
        catalogue._check_references()
        return catalogue

    def bundle(self, language: str) -> FluentBundle:
        bundle = FluentBundle([language], use_isolating=False)
        for source in self.sources:
            bundle.add_resource(FluentResource(source))
        return bundle

    def _take(self, file: Path, source: str) -> None:
        self.sources.append(source)
        for entry in FluentParser().parse(source).body:
            if isinstance(entry, ast.Junk):
                line = source.count("\n", 0, entry.span.start if entry.span else 0) + 1
                self.faults.append(f"{file}:{line}: cannot be read: {entry.annotations[0].message}")
            elif isinstance(entry, ast.Message):
                self._add(file, entry)

    def _add(self, file: Path, message: ast.Message) -> None:
        key = message.id.name
        if key in self.places:
            self.faults.append(f"{file}: {key}: is said twice")
        if message.value is None:
            self.faults.append(f"{file}: {key}: has no text")
        found = _Places()
        found.visit(message)
        self.places[key] = frozenset(found.names)
        self._refers += [(file, key, other) for other in sorted(found.messages)]

    def _check_references(self) -> None:
        unknown = [refers for refers in self._refers if refers[2] not in self.places]
        self.faults += [f"{file}: {key}: speaks of {other}, an unknown key" for file, key, other in unknown]


class _Places(Visitor):
    """Finds the places and the other messages that one message uses."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.messages: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802  # fluent's name
        self.names.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:  # noqa: N802  # fluent's name
        self.messages.add(node.id.name)


def _differences(catalogues: Mapping[str, _Catalogue]) -> Iterator[str]:
    source = catalogues[SOURCE_LANGUAGE].places
    for language, catalogue in catalogues.items():
        for key in sorted(source.keys() - catalogue.places.keys()):
            yield f"{language}: {key}: is missing"
        for key in sorted(catalogue.places.keys() - source.keys()):
            yield f"{language}: {key}: is not in {SOURCE_LANGUAGE}"
        for key in sorted(source.keys() & catalogue.places.keys()):
            if source[key] != catalogue.places[key]:
                yield f"{language}: {key}: has other places than in {SOURCE_LANGUAGE}"
