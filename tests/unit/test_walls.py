"""Every wall of the house is shown to stand, by running into it."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent

IMPORTS = {
    "core never imports the desk": ("core/reports/model.py", "import desk"),
    "core never imports a platform's room": ("core/delivery/wire.py", "import bots.web"),
    "bots never import the desk": ("bots/web/settings.py", "import desk"),
    "the desk never imports bots": ("desk/model.py", "import bots"),
    "core knows no platform library": ("core/reports/model.py", "import discord"),
    "core knows no template engine": ("core/evidence/model.py", "import jinja2"),
    "only core knows the age library": ("desk/model.py", "import pyrage"),
    "no room imports the front door": ("desk/model.py", "import lifebelt"),
    "the dialogue waits for nothing": ("core/dialogue/model.py", "import core.ledger.port"),
}

BANNED = {
    "core knows no web framework": ("core/reports/model.py", "from aiohttp import web"),
    "time is passed in": (
        "core/reports/model.py",
        "import datetime\nNOW = datetime.datetime.now",
    ),
    "the wall clock is banned by its other name": ("desk/model.py", "import time\nNOW = time.time()"),
    "the environment is read in the front door": ("core/settings/model.py", "import os\nHOME = os.environ"),
    "every task has an owner": ("core/reports/model.py", "import asyncio\nT = asyncio.create_task"),
}

LONELY = {
    "fluent": "core/dialogue/texts.py",
    "pyrage": "core/evidence/sealing.py",
    "pysqlite3": "core/ledger/sqlite.py",
    "standardwebhooks": "core/delivery/signing.py",
    "redis": "core/signals/lines.py",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for room in ("core", "bots", "desk"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("lifebelt.py", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_a_platform_that_imports_another_is_found(house: Path) -> None:
    other = house / "bots" / "other"
    other.mkdir()
    (other / "__init__.py").write_text("import bots.web\n")
    found = run(house, "lint-imports", "--no-cache")
    assert found.returncode == 1, found.stdout + found.stderr
    assert "No platform imports another BROKEN" in found.stdout


def break_wall(house: Path, file: str, line: str) -> None:
    path = house / file
    path.write_text(f"{path.read_text()}\n{line}\n")


def run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(TOOLS / command[0]), *command[1:]],
        cwd=house,
        env={"PYTHONPATH": str(house), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_walls_stand(house: Path) -> None:
    found = run(house, "lint-imports", "--no-cache")
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("file", "line"), IMPORTS.values(), ids=IMPORTS.keys())
def test_an_import_through_a_wall_is_found(house: Path, file: str, line: str) -> None:
    break_wall(house, file, line)
    found = run(house, "lint-imports", "--no-cache")
    assert found.returncode == 1, found.stdout + found.stderr
    assert "BROKEN" in found.stdout


@pytest.mark.parametrize(("file", "line"), BANNED.values(), ids=BANNED.keys())
def test_a_banned_call_is_found(house: Path, file: str, line: str) -> None:
    assert run(house, "ruff", "check", "--select", "TID251", "--no-cache", file).returncode == 0
    break_wall(house, file, line)
    found = run(house, "ruff", "check", "--select", "TID251", "--no-cache", file)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "TID251" in found.stdout


@pytest.mark.parametrize(("library", "only"), LONELY.items())
def test_a_library_that_may_rot_is_known_to_one_module(library: str, only: str) -> None:
    pattern = re.compile(rf"^\s*(?:from|import) {library}\b", re.MULTILINE)
    sources = [path for room in ("core", "bots", "desk") for path in (ROOT / room).rglob("*.py")]
    found = [str(path.relative_to(ROOT)) for path in sources if pattern.search(path.read_text())]
    assert found == [only]


@pytest.mark.parametrize("name", ["core", "bots", "desk", "lifebelt"])
def test_no_other_distribution_owns_our_names(name: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(name, []))
    assert owners <= {"lifebelt"}


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", (ROOT / "THREAT-MODEL.md").read_text())
    assert len(named) > 12
    assert [path for path in named if not (ROOT / path).exists()] == []
