"""Renders config/example.toml from the settings model: what an operator reads is what the loader takes.

Every setting stands there behind a `#` with its default, or with a sample where it has none.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from core.reports.model import Standing
from core.settings.model import (
    Alarm,
    Community,
    Desk,
    Discord,
    KnownRoad,
    Live,
    Road,
    Server,
    Slack,
    Storage,
    Vouched,
    Web,
)

WIDTH = 110
HEAD = """\
# The settings of Lifebelt: lifebelt up --config FILE. Everything left out keeps the default shown.
#
# Made from the code by `python -m core.settings.example`; a test holds the two together.
# Lines that begin with # and a letter are settings: remove the # to change one.
#
# The environment comes before this file: ROAD_DATABASE_URL, DESK_DATABASE_URL, REDIS_URL, and for the
# sections [server] to [alarm] LIFEBELT_<SECTION>_<KEY>, such as LIFEBELT_SERVER_PORT=8470.
# Secrets never stand here: they lie in files of their own, readable by you alone, or in the environment.
"""
KEY = "age1…"
"""No key: whoever uncomments a sample must not seal reports to a key that nobody has."""
_WORD = Vouched(by="Full Name", on=date(2026, 1, 31))
SAMPLES: Mapping[str, msgspec.Struct] = {
    "server": Server(),
    "storage": Storage(),
    "road": Road(),
    "web": Web(),
    "discord": Discord(),
    "slack": Slack(),
    "alarm": Alarm(),
    "desks.centre": Desk(
        name="Example safety centre",
        standing=Standing.SPECIALIST,
        url="https://desk.example.org",
        recipients=(KEY,),
        recovery=KEY,
        opens="08:00",
        closes="22:00",
        live_check="centre.live",
    ),
    "communities.chess-club": Community(
        name="Chess club",
        desk="centre",
        country="GB",
        origins=("https://chess.example.org",),
        moderators_may_handle=True,
    ),
    "roads.chess-server": KnownRoad(secret_files=("secrets/chess-server",)),
    "live.centre": Live(
        standing=_WORD,
        rota=_WORD,
        drill=_WORD,
        numbers={"GB": _WORD},
        dialogue={"en": _WORD},
        screens={"en": _WORD},
        advice={"en": _WORD},
        privacy_notice="https://www.example.org/privacy",
        data_protection_assessment="DPIA 2026-1",
    ),
}


def render() -> str:
    """The whole of config/example.toml."""
    return "\n".join((HEAD, *(_section(name, sample) for name, sample in SAMPLES.items())))


def uncommented(text: str) -> str:
    """The example with every setting in force: what a reader gets who removes every # before a setting."""
    lines = (line[1:] if line[1:2].isalpha() or line.startswith("#[") else line for line in text.splitlines())
    return "\n".join(lines) + "\n"


def _section(name: str, sample: msgspec.Struct) -> str:
    lines = [*_comment(inspect.getdoc(type(sample)) or ""), f"#[{name}]"]
    said = _said(type(sample))
    for field, value in msgspec.structs.asdict(sample).items():
        lines += ["", *_comment(said[field]), f"#{field} = {_toml(value)}"]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(" ".join(text.split()), WIDTH - 2, break_on_hyphens=False):
        yield f"# {line}"


def _said(kind: type) -> dict[str, str]:
    """The sentence below each field of a model class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    said: dict[str, str] = {}
    field = ""
    for node in body.body if isinstance(body, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and field:
            said[field], field = str(node.value.value), ""
    return said


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, Vouched):
        return f"{{ by = {_toml(value.by)}, on = {value.on} }}"
    if isinstance(value, msgspec.Struct):
        return _toml(msgspec.structs.asdict(value))
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    return str(value)


if __name__ == "__main__":
    sys.stdout.write(render())
