"""What is there before an operator writes anything: the folder of data files, and the practice desk.

Finds files only; reads none.
"""

from pathlib import Path

from core.datafile import Fault
from core.errors import SettingsInvalid
from core.reports.model import Standing
from core.settings.model import Community, Desk

PRACTICE_DESK = "practice"
PRACTICE_COMMUNITY = "practice"
MARK = "categories.toml"
"""A folder without this file is none of ours."""


def config_dir(core: Path = Path(__file__).parent.parent) -> Path:
    """The folder of shipped data: inside an installed wheel, else beside lifebelt.py in a checkout.

    Raises SettingsInvalid if neither is there.
    """
    places = (core / "shipped_config", core.parent / "config")
    for place in places:
        if (place / MARK).is_file():
            return place
    reason = "the data files that Lifebelt is shipped with are missing."
    raise SettingsInvalid((Fault(str(places[-1]), None, "", reason, "Install Lifebelt again."),))


def practice_desk() -> Desk:
    """The desk of a fresh start: nobody reads it, and every screen says so."""
    return Desk(name="Practice desk", standing=Standing.PRACTICE)


def practice_community() -> Community:
    """The community of a fresh start."""
    return Community(name="Practice room", desk=PRACTICE_DESK, country="GB")
