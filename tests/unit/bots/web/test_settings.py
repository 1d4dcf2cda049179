from bots.web.settings import WebSettings
from core.reports.model import Standing
from core.settings.model import Community, Desk, Settings

PRACTICE = Desk(name="Practice desk", standing=Standing.PRACTICE)
LIVE = Desk(name="The Centre", standing=Standing.SPECIALIST)
ROOM = Community(name="Room", desk="practice")


def test_the_practice_room_belongs_to_the_first_community_that_practises_on_the_web() -> None:
    settings = Settings(
        desks={"practice": PRACTICE},
        communities={"chat": Community(name="Chat", platform="discord", desk="practice"), "room": ROOM},
    )
    assert WebSettings.of(settings).practice_community == "room"


def test_where_any_desk_is_real_there_is_no_practice_room() -> None:
    settings = Settings(desks={"practice": PRACTICE, "centre": LIVE}, communities={"room": ROOM})
    assert WebSettings.of(settings).practice_community is None


def test_without_a_community_that_practises_there_is_no_practice_room() -> None:
    settings = Settings(desks={"practice": PRACTICE}, communities={"alone": Community(name="Alone")})
    assert WebSettings.of(settings).practice_community is None


def test_a_page_empties_itself_within_a_quarter_of_an_hour() -> None:
    assert WebSettings.of(Settings()).empties_after.total_seconds() <= 15 * 60


def test_the_exit_and_the_console_come_from_the_settings() -> None:
    found = WebSettings.of(Settings(), console_url="http://127.0.0.1:8471/")
    assert found.quick_exit_url == Settings().web.quick_exit_url
    assert found.console_url == "http://127.0.0.1:8471/"
