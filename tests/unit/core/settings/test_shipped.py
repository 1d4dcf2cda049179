"""The data files are found from a checkout and from an installed wheel, which is what the image holds."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from core.errors import SettingsInvalid
from core.reports.model import Standing
from core.settings import shipped

ROOT = Path(__file__).parents[4]
FILES = ("categories.toml", "triage.toml", "helplines.toml", "example.toml", "locales/en/dialogue.ftl")
ASK = """
import core, lifebelt
from pathlib import Path
from core.advice.helplines import HelpBook
from core.reports.categories import Categories
from core.reports.triage import Rules
from core.settings.loader import load
from core.settings.shipped import config_dir

folder = config_dir()
categories = Categories.load(folder / "categories.toml")
Rules.load(folder / "triage.toml", categories)
assert HelpBook.load(folder / "helplines.toml").help_for("GB").emergency.phone == "999"
assert load(None).desks
print(Path(core.__file__).parent)
print(folder)
"""


def test_a_checkout_has_its_data_beside_the_front_door() -> None:
    assert shipped.config_dir() == ROOT / "config"
    assert (ROOT / "lifebelt.py").is_file()
    assert [name for name in FILES if not (shipped.config_dir() / name).is_file()] == []


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this very tree, built without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


def test_the_wheel_carries_the_data_under_a_name_of_its_own(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert [name for name in FILES if f"core/shipped_config/{name}" not in names] == []
    assert not any(name.startswith(("config/", "tests/")) for name in names)


def test_an_unpacked_wheel_finds_its_own_data_and_not_the_checkouts(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    # -S keeps out the checkout that is installed here; the libraries come back by name.
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *libraries])}
    asked = subprocess.run(
        [sys.executable, "-S", "-c", ASK],
        cwd=tmp_path / "elsewhere",
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.split() == [
        str(tmp_path / "site" / "core"),
        str(tmp_path / "site" / "core" / "shipped_config"),
    ]


def test_without_its_data_it_says_so_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(
        SettingsInvalid, match="data files that Lifebelt is shipped with are missing"
    ) as caught:
        shipped.config_dir(tmp_path / "core")
    assert "Install Lifebelt again" in str(caught.value)


def test_a_folder_called_config_beside_an_installed_package_is_not_taken_for_ours(tmp_path: Path) -> None:
    inside = tmp_path / "core" / "shipped_config"
    beside = tmp_path / "config"
    for folder in (inside, beside):
        folder.mkdir(parents=True)
        (folder / shipped.MARK).touch()
    assert shipped.config_dir(tmp_path / "core") == inside


def test_the_practice_desk_is_named_as_what_it_is() -> None:
    assert shipped.practice_desk().standing is Standing.PRACTICE
    assert shipped.practice_community().desk == shipped.PRACTICE_DESK
