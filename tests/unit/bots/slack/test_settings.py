"""What the room reads: from files or variables, never printed, and only what is named."""

from pathlib import Path

import pytest

from bots.slack.settings import APP_TOKEN, BOT_TOKEN, PLATFORM, SIGNING_SECRET, SlackSettings
from core.errors import SettingsInvalid
from core.settings.model import Settings, Slack

NONE: dict[str, str] = {}


def test_all_three_are_read_from_variables() -> None:
    environ = {BOT_TOKEN: "xoxb-1", SIGNING_SECRET: "s", APP_TOKEN: "xapp-1", "SLACK_CLIENT_ID": "x"}
    found = SlackSettings.of(Settings(), environ)
    assert (found.bot_token, found.signing_secret, found.app_token) == ("xoxb-1", "s", "xapp-1")
    assert PLATFORM == "slack"


def test_files_work_in_place_of_variables(tmp_path: Path) -> None:
    for name in ("bot", "app", "secret"):
        (tmp_path / name).write_text(f"of-{name}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    slack = Slack(
        bot_token_file=str(tmp_path / "bot"),
        app_token_file=str(tmp_path / "app"),
        signing_secret_file=str(tmp_path / "secret"),
    )
    found = SlackSettings.of(Settings(slack=slack), NONE)
    assert (found.bot_token, found.signing_secret, found.app_token) == ("of-bot", "of-secret", "of-app")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    slack = Slack(bot_token_file=str(tmp_path / "nowhere"))
    with pytest.raises(SettingsInvalid):
        SlackSettings.of(Settings(slack=slack), NONE)


def test_no_secret_is_in_what_is_printed_of_it() -> None:
    found = SlackSettings(bot_token="SECRETWORD", signing_secret="SECRETWORD", app_token="SECRETWORD")
    assert "SECRETWORD" not in repr(found)


@pytest.mark.parametrize(
    ("signing_secret", "app_token", "reachable"),
    [("", "", False), ("s", "", True), ("", "x", True), ("s", "x", True)],
)
def test_presses_come_in_by_either_way(signing_secret: str, app_token: str, *, reachable: bool) -> None:
    found = SlackSettings(bot_token="x", signing_secret=signing_secret, app_token=app_token)
    assert found.is_reachable is reachable


def test_the_operators_proxy_is_taken_and_the_settings_count_more() -> None:
    environ = {"HTTPS_PROXY": "http://proxy.example:3128"}
    assert SlackSettings.of(Settings(), environ).proxy == "http://proxy.example:3128"
    named = Settings(slack=Slack(proxy="http://other.example:3128"))
    assert SlackSettings.of(named, environ).proxy == "http://other.example:3128"
    assert SlackSettings.of(Settings(), NONE).proxy == ""
