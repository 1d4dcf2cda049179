"""The tables of the README, the manifest and the code say the same."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bots.slack import adapter, client, outbound
from core.dialogue.flow import Dialogue
from core.dialogue.model import Say
from core.platform import Platform
from tests.dialogue_room import PLACE
from tests.slack_payloads import elements
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

README = Path("bots/slack/README.md").resolve()
MANIFEST = README.with_name("manifest.yaml")
HERE = "tests/unit/bots/slack/"
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<state>done|to do|cannot) \| (?P<where>.+) \|$", re.MULTILINE)
TRAP = re.compile(
    r"^\| (?P<what>[^|]+) \| (?P<why>[^|]+) \| `(?P<test>[\w/.]+\.py::test_\w+)` \|$", re.MULTILINE
)
NAMED = re.compile(r"`([^`]+)`")
TEXT = README.read_text(encoding="utf-8")
COMMANDS = {client.REPORT_COMMAND, client.ADVICE_COMMAND}
SHORTCUTS = {client.REPORT_MESSAGE: "message", client.GET_HELP: "global"}
LIMITS = {"name": 35, "description": 140, "shortcut": 24, "shortcut_description": 150, "command": 2000}
"""Characters that Slack takes in a manifest."""


def rows(state: str) -> list[tuple[str, str]]:
    return [(row["what"], row["where"]) for row in ROW.finditer(TEXT) if row["state"] == state]


def done() -> set[str]:
    return {name for _, where in rows("done") for name in NAMED.findall(where)}


def traps() -> str:
    return TEXT.split("## What Slack does, and why it does no harm here")[1]


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return found


def ways_in() -> set[str]:
    """What stands on the page of the app."""
    home = outbound.Renderer(TEXTS).home(Dialogue(HELPLINES, CATEGORIES).welcome(PLACE), "en")
    return {element["action_id"] for _, element in elements(home["blocks"])}


def test_every_capability_called_done_is_offered_or_kept_as_a_platform_and_the_reverse() -> None:
    contract = {name for name in vars(Platform) if not name.startswith("_")} - {"name"}
    assert done() == COMMANDS | set(SHORTCUTS) | ways_in() | contract


def test_what_is_to_do_or_cannot_be_done_says_why() -> None:
    others = rows("to do") + rows("cannot")
    assert others
    assert all(len(why.split()) >= 5 for _, why in others)


def test_the_manifest_offers_what_the_code_answers_and_nothing_else() -> None:
    features = manifest()["features"]
    assert {each["command"] for each in features["slash_commands"]} == COMMANDS
    assert {each["callback_id"]: each["type"] for each in features["shortcuts"]} == SHORTCUTS
    assert features["app_home"]["home_tab_enabled"]
    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert manifest()["settings"]["interactivity"]["is_enabled"]
    assert set(manifest()["settings"]["event_subscriptions"]["bot_events"]) == {
        "app_home_opened",
        "message.im",
    }


def test_no_command_takes_text() -> None:
    """A hint would ask for words that a slip posts to the room."""
    assert all("usage_hint" not in each for each in manifest()["features"]["slash_commands"])


def test_menus_and_commands_say_what_the_catalogue_says() -> None:
    features = manifest()["features"]
    commands = {each["command"]: each["description"] for each in features["slash_commands"]}
    assert commands == {
        "/report": TEXTS.say(Say("slack-command-report"), "en"),
        "/advice": TEXTS.say(Say("slack-command-advice"), "en"),
    }
    shortcuts = {each["callback_id"]: each["name"] for each in features["shortcuts"]}
    assert shortcuts == {
        "report_message": TEXTS.say(Say("slack-shortcut-message"), "en"),
        "get_help": TEXTS.say(Say("slack-shortcut-global"), "en"),
    }


def test_every_text_of_the_manifest_is_within_what_slack_takes() -> None:
    found = manifest()
    assert len(found["display_information"]["name"]) <= LIMITS["name"]
    assert len(found["display_information"]["description"]) <= LIMITS["description"]
    for each in found["features"]["shortcuts"]:
        assert len(each["name"]) <= LIMITS["shortcut"]
        assert len(each["description"]) <= LIMITS["shortcut_description"]


def test_every_right_that_is_asked_for_has_its_reason_in_both_files() -> None:
    scopes = manifest()["oauth_config"]["scopes"]["bot"]
    assert len(scopes) == len(set(scopes))
    text = MANIFEST.read_text(encoding="utf-8")
    assert all(re.search(rf"^ +- {scope} # .{{20,}}$", text, re.MULTILINE) for scope in scopes)
    assert all(f"`{scope}`" in TEXT for scope in scopes)


def test_no_right_is_asked_for_that_nothing_here_needs() -> None:
    called = set(re.findall(r'"((?:chat|conversations|users|views|auth)\.\w+)"', "".join(sources())))
    needs = {
        "chat.postMessage": {"chat:write"},
        "users.info": {"users:read"},
        "conversations.info": {"channels:read", "groups:read"},
        "conversations.history": {"channels:history", "groups:history", "im:history"},
        "conversations.replies": {"channels:history", "groups:history", "im:history"},
        "auth.test": set(),
        "views.open": set(),
        "views.publish": set(),
        "views.push": set(),
        "views.update": set(),
    }
    assert called == set(needs)
    wanted = {scope for scopes in needs.values() for scope in scopes}
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == wanted | {"commands"}


def sources() -> Iterator[str]:
    yield from (each.read_text(encoding="utf-8") for each in README.parent.glob("*.py"))


def test_the_address_that_the_manifest_names_is_the_one_that_is_served() -> None:
    addresses = set(re.findall(r"https://report\.example(/\S+)", MANIFEST.read_text(encoding="utf-8")))
    assert addresses == {f"/slack{adapter.PATH}"}


def test_every_row_of_traps_names_a_test() -> None:
    lines = [line for line in traps().splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 25
    assert [line for line in lines if not TRAP.fullmatch(line)] == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for row in TRAP.finditer(traps()):
        path, _, name = row["test"].partition("::")
        file = Path(path if "/" in path else HERE + path)
        if not file.exists() or not _has(file, name):
            missing.append(row["test"])
    assert missing == []


def _has(file: Path, name: str) -> bool:
    return re.search(rf"^(async )?def {name}\(", file.read_text("utf-8"), re.MULTILINE) is not None
