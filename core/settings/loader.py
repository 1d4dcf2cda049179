"""Reads the settings: shipped < operator's file < environment < command line, and refuses what is wrong.

Every fault is collected before anything is refused. Starts nothing, opens nothing but the one file.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from core import datafile
from core.datafile import DataFile, Fault, KeyPath
from core.settings import consistency, shipped
from core.settings.model import (
    Alarm,
    Community,
    Desk,
    Discord,
    KnownRoad,
    Live,
    Road,
    Server,
    Settings,
    Slack,
    Storage,
    Web,
)

__all__ = ["Fault", "Overrides", "load"]

ENVIRONMENT = "environment"
COMMAND_LINE = "command line"
_SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "server": Server,
    "storage": Storage,
    "road": Road,
    "web": Web,
    "discord": Discord,
    "slack": Slack,
    "alarm": Alarm,
}
_NAMED: Mapping[str, type[msgspec.Struct]] = {
    "desks": Desk,
    "communities": Community,
    "roads": KnownRoad,
    "live": Live,
}
_URLS = {
    "ROAD_DATABASE_URL": ("storage", "road_database_url"),
    "DESK_DATABASE_URL": ("storage", "desk_database_url"),
    "REDIS_URL": ("storage", "redis_url"),
}
_PREFIX = "LIFEBELT_"
OIDC_SECRET = "LIFEBELT_OIDC_CLIENT_SECRET"  # noqa: S105 - the name of a variable
"""Of the one desk of this process."""


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says; None where it says nothing."""

    data: str | None = None
    host: str | None = None
    port: int | None = None
    desk_host: str | None = None
    desk_port: int | None = None


def load(
    file: Path | None, environ: Mapping[str, str] | None = None, overrides: Overrides | None = None
) -> Settings:
    """The settings in force. Raises SettingsInvalid with every fault of the file and the environment."""
    source = datafile.read(file) if file else DataFile("settings", {}, {})
    reading = _Reading(source)
    reading.file()
    reading.environment(environ or {})
    reading.command_line(overrides or Overrides())
    settings = reading.settings()
    if not reading.faults:
        reading.faults += consistency.faults(settings, source)
    datafile.refuse(reading.faults)
    return settings


class _Origin(NamedTuple):
    """Where a value came from, for the fault it may have."""

    file: str
    line: int | None
    key: str

    def fault(self, reason: str, mend: str) -> Fault:
        return Fault(self.file, self.line, self.key, reason, mend)


class _Reading:
    """One reading of all sources: later ones replace earlier ones, and faults add up."""

    def __init__(self, source: DataFile) -> None:
        self.faults: list[Fault] = []
        self._source = source
        self._values: dict[tuple[str, str], Any] = {}
        self._named: dict[str, dict[str, Any]] = {table: {} for table in _NAMED}

    def file(self) -> None:
        for table, value in self._source.values.items():
            if table in _SECTIONS:
                self._section(table, value)
            elif table in _NAMED:
                self._table_of_tables(table, value)
            else:
                self._unknown((table,), (*_SECTIONS, *_NAMED), "table")

    def environment(self, environ: Mapping[str, str]) -> None:
        for variable, path in _URLS.items():
            if environ.get(variable):
                self._values[path] = environ[variable]
        known = _variables()
        for variable in sorted(environ):
            if not variable.startswith(_PREFIX) or variable in _secret_variables():
                continue
            if variable not in known:
                origin = _Origin(ENVIRONMENT, None, variable)
                self.faults.append(origin.fault("is no setting.", _nearest(variable, known, "Remove it.")))
                continue
            self._text(variable, *known[variable], text=environ[variable])

    def command_line(self, overrides: Overrides) -> None:
        for name, value in msgspec.structs.asdict(overrides).items():
            if value is not None:
                self._values["storage" if name == "data" else "server", name] = value

    def settings(self) -> Settings:
        """What was read, over the defaults; what is faulty is left at its default."""
        sections = {
            section: kind(**{key: value for (table, key), value in self._values.items() if table == section})
            for section, kind in _SECTIONS.items()
        }
        named = dict(self._named)
        if not named["desks"] and not named["communities"]:
            named["communities"] = {shipped.PRACTICE_COMMUNITY: shipped.practice_community()}
        practising = {community.desk for community in named["communities"].values()}
        if not named["desks"] and shipped.PRACTICE_DESK in practising:
            named["desks"] = {shipped.PRACTICE_DESK: shipped.practice_desk()}
        return Settings(**cast("Any", {**sections, **named}))

    def _section(self, section: str, value: object) -> None:
        kind = _SECTIONS[section]
        if not isinstance(value, dict):
            self._not_a_table((section,))
            return
        for name, given in self._known(kind, (section,), value):
            self._values[section, name] = given

    def _table_of_tables(self, table: str, value: object) -> None:
        kind = _NAMED[table]
        if not isinstance(value, dict):
            self._not_a_table((table,))
            return
        for name, row in value.items():
            if not isinstance(row, dict):
                self._not_a_table((table, name))
                continue
            before = len(self.faults)
            given = dict(self._known(kind, (table, name), row))
            self._missing(kind, (table, name), row)
            if len(self.faults) == before:
                self._named[table][name] = kind(**given)

    def _known(
        self, kind: type[msgspec.Struct], path: KeyPath, table: dict[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """The keys of a table that are settings and hold a good value; faults for the others."""
        types = _types(kind)
        for name, value in table.items():
            at = (*path, name)
            if (fault := _secret_fault(self._source, at, value, types)) is not None:
                self.faults.append(fault)
            elif name not in types:
                self._unknown(at, types, "setting")
            else:
                given, fault = datafile.convert(self._source, at, value, types[name])
                if fault is not None:
                    self.faults.append(fault._replace(mend=_example(types[name])))
                else:
                    yield name, given

    def _missing(self, kind: type[msgspec.Struct], path: KeyPath, table: dict[str, Any]) -> None:
        for field in fields(kind):
            if field.required and field.name not in table:
                reason = f"needs {field.name}."
                self.faults.append(self._source.fault(path, reason, f"Add {field.name} = … here."))

    def _not_a_table(self, path: KeyPath) -> None:
        name = datafile.dotted(path)
        self.faults.append(self._source.fault(path, "is a table.", f"Write [{name}] and its keys below."))

    def _unknown(self, path: KeyPath, known: Iterable[str], what: str) -> None:
        mend = _nearest(str(path[-1]), known, "Remove it.")
        self.faults.append(self._source.fault(path, f"is no {what}.", mend))

    def _text(self, variable: str, section: str, field: FieldInfo, *, text: str) -> None:
        raw: object = text
        if get_origin(field.type) is tuple:
            raw = [part.strip() for part in text.split(",") if part.strip()]
        try:
            self._values[section, field.name] = msgspec.convert(raw, field.type, strict=False)
        except msgspec.ValidationError:
            origin = _Origin(ENVIRONMENT, None, variable)
            self.faults.append(origin.fault("has a value of another kind.", _example(field.type)))


def _types(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in fields(kind)}


def _variables() -> dict[str, tuple[str, FieldInfo]]:
    """Each variable of the environment that is a setting: its section and field."""
    return {
        f"{_PREFIX}{section}_{field.name}".upper(): (section, field)
        for section, kind in _SECTIONS.items()
        for field in fields(kind)
    }


def _secret_variables() -> frozenset[str]:
    """Variables that carry the secret itself, each beside the setting that names a file."""
    beside = {variable.removesuffix("_FILE") for variable in _variables() if variable.endswith("_FILE")}
    return frozenset(beside | {OIDC_SECRET})


def _nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean {found[0]}?" if found else otherwise


_SECRET_NAME = re.compile(r"password|passwd|secret|token|api_?key|private_?key|credential", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"AGE-SECRET-KEY-1|whsec_|-----BEGIN|://[^/@\s:]*:[^/@\s]+@", re.IGNORECASE)


def _secret_fault(source: DataFile, path: KeyPath, value: object, known: Iterable[str]) -> Fault | None:
    """A fault that never repeats the value, where a secret seems to stand in the file."""
    name = str(path[-1])
    secret_name = name not in known and _SECRET_NAME.search(name)
    if not secret_name and not any(_SECRET_VALUE.search(text) for text in _texts(value)):
        return None
    return source.fault(
        path, "looks like a secret, and secrets do not stand here.", _secret_mend(name, known)
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _secret_mend(name: str, known: Iterable[str]) -> str:
    if f"{name}_file" in known:
        return f"Put it into a file that only you can read, and name that file in {name}_file."
    if variable := next((variable for variable, path in _URLS.items() if path[1] == name), None):
        return f"Give the whole address as {variable} in the environment."
    return "Put it into a file that only you can read, or into the environment."


def _example(kind: Any) -> str:
    """How a value of this kind is written."""
    if get_origin(kind) is tuple:
        return 'Write a list of texts: ["…", "…"].'
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"Write one of: {', '.join(kind)}."
    names = {str: 'Write a text in quotes: "…".', int: "Write a whole number.", bool: "Write true or false."}
    vouched = get_args(kind) or get_origin(kind) is dict
    return names.get(
        kind, 'Write { by = "Full Name", on = 2026-01-31 }.' if vouched else "Write another value."
    )
