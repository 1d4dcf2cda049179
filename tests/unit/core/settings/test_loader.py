"""What an operator may write, what wins over what, and that every fault is told with line and mend."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.datafile import Fault
from core.errors import SettingsInvalid
from core.reports.model import Standing
from core.settings.loader import Overrides, load
from core.settings.model import Server, Settings, Storage

Write = Callable[[str], Path]
Faults = Callable[..., list[Fault]]


# What is there without a file.


def test_without_a_file_there_is_one_practice_desk_and_its_community() -> None:
    loaded = load(None, {}, Overrides())
    assert {name: desk.standing for name, desk in loaded.desks.items()} == {"practice": Standing.PRACTICE}
    assert [(name, one.desk) for name, one in loaded.communities.items()] == [("practice", "practice")]


def test_an_empty_file_is_like_none(write: Write) -> None:
    assert load(write("# nothing\n"), {}, Overrides()) == load(None, {}, Overrides())


def test_a_community_of_the_operator_may_use_the_practice_desk(write: Write) -> None:
    loaded = load(write('[communities.club]\nname = "Club"\ndesk = "practice"\n'))
    assert list(loaded.communities) == ["club"]
    assert list(loaded.desks) == ["practice"]


def test_where_every_community_is_without_a_desk_none_is_made_up(write: Write) -> None:
    loaded = load(write('[communities.club]\nname = "Club"\n'))
    assert loaded.desks == {}


def test_the_operators_desks_replace_the_practice_desk(write: Write, centre: str) -> None:
    loaded = load(write(centre))
    assert (list(loaded.desks), loaded.communities) == (["centre"], {})


# What wins.


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(write: Write) -> None:
    file = write("[server]\nport = 1000\ndesk_port = 1001\nhost = '127.0.0.2'\n")
    environ = {"LIFEBELT_SERVER_PORT": "2000", "LIFEBELT_SERVER_DESK_PORT": "2001"}
    loaded = load(file, environ, Overrides(port=3000)).server
    assert loaded == Server(port=3000, desk_port=2001, host="127.0.0.2")


def test_database_addresses_come_from_their_own_variables(write: Write) -> None:
    file = write('[storage]\nroad_database_url = "sqlite:///file"\n')
    environ = {
        "ROAD_DATABASE_URL": "postgresql://road:secret@db/road",
        "DESK_DATABASE_URL": "postgresql://desk:secret@db/desk",
        "REDIS_URL": "redis://:secret@signals",
    }
    assert load(file, environ, Overrides(data="/srv")).storage == Storage(
        data="/srv",
        road_database_url="postgresql://road:secret@db/road",
        desk_database_url="postgresql://desk:secret@db/desk",
        redis_url="redis://:secret@signals",
    )


def test_an_empty_variable_sets_nothing(write: Write) -> None:
    file = write('[storage]\nredis_url = "redis://signals"\n')
    assert load(file, {"REDIS_URL": ""}).storage.redis_url == "redis://signals"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_yes_and_no_from_the_environment(text: str, value: bool) -> None:
    assert load(None, {"LIFEBELT_SERVER_IN_CONTAINER": text}).server.in_container is value


def test_lists_from_the_environment_are_divided_by_commas() -> None:
    assert load(None, {"LIFEBELT_ROAD_PLATFORMS": "web, matrix,"}).road.platforms == ("web", "matrix")


def test_other_variables_are_none_of_our_business() -> None:
    assert load(None, {"PATH": "/bin", "LIFEBELTS": "3"}) == load(None)


def test_a_variable_that_carries_a_secret_is_no_fault_and_no_setting() -> None:
    environ = {"LIFEBELT_ALARM_SMTP_PASSWORD": "correct horse", "LIFEBELT_ALARM_WEBHOOK_SECRET": "whsec_x"}
    assert "correct horse" not in repr(load(None, environ))


# Faults.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[serve]\nport = 1\n", (1, "serve", "is no table.", "Did you mean server?")),
        ("[server]\n\nprot = 1\n", (3, "server.prot", "is no setting.", "Did you mean port?")),
        ("[server]\nweather = 1\n", (2, "server.weather", "is no setting.", "Remove it.")),
        (
            '[server]\nport = "1"\n',
            (2, "server.port", "Expected `int`, got `str`.", "Write a whole number."),
        ),
        (
            "[server]\nin_container = 1\n",
            (2, "server.in_container", "Expected `bool`, got `int`.", "Write true or false."),
        ),
        (
            "[road]\nplatforms = 'web'\n",
            (2, "road.platforms", "Expected `array`, got `str`.", 'Write a list of texts: ["…", "…"].'),
        ),
        (
            "[road]\nplatforms = [\n  'web',\n  7,\n]\n",
            (2, "road.platforms[2]", "Expected `str`, got `int`.", 'Write a list of texts: ["…", "…"].'),
        ),
        ("server = 3\n", (1, "server", "is a table.", "Write [server] and its keys below.")),
        ("desks = []\n", (1, "desks", "is a table.", "Write [desks] and its keys below.")),
        (
            "[desks]\ncentre = 1\n",
            (2, "desks.centre", "is a table.", "Write [desks.centre] and its keys below."),
        ),
        (
            '[desks.a]\nname = "A"\nstanding = "expert"\n',
            (
                3,
                "desks.a.standing",
                "Invalid enum value 'expert'.",
                "Write one of: practice, none, lead, specialist.",
            ),
        ),
        ('[desks.a]\nname = "A"\n', (1, "desks.a", "needs standing.", "Add standing = … here.")),
        (
            '[live.a]\nstanding = "me"\n',
            (
                2,
                "live.a.standing",
                "Expected `object | null`, got `str`.",
                'Write { by = "Full Name", on = 2026-01-31 }.',
            ),
        ),
    ],
)
def test_a_fault_says_line_key_reason_and_mend(
    faults: Faults, text: str, expected: tuple[object, ...]
) -> None:
    (fault,) = faults(text)
    assert fault.file.endswith("lifebelt.toml")
    assert fault[1:] == expected


def test_all_faults_of_file_and_environment_are_told_at_once(faults: Faults) -> None:
    text = '[server]\nprot = 1\nport = "x"\n[nonsense]\n[desks.a]\nname = 3\n[communities.b]\ncolour = 1\n'
    environ = {"LIFEBELT_SERVER_PRT": "1", "LIFEBELT_SERVER_DESK_PORT": "many"}
    found = faults(text, environ)
    assert [fault.key for fault in found] == [
        "server.prot",
        "server.port",
        "nonsense",
        "desks.a.name",
        "desks.a",
        "communities.b.colour",
        "communities.b",
        "LIFEBELT_SERVER_DESK_PORT",
        "LIFEBELT_SERVER_PRT",
    ]
    assert all(fault.mend and fault.reason for fault in found)


def test_a_fault_of_the_environment_names_the_variable_and_the_nearest(faults: Faults) -> None:
    (fault,) = faults("", {"LIFEBELT_SERVER_PROT": "1"})
    assert fault == Fault(
        "environment", None, "LIFEBELT_SERVER_PROT", "is no setting.", "Did you mean LIFEBELT_SERVER_PORT?"
    )


def test_a_missing_file_broken_toml_and_another_encoding_are_clear(tmp_path: Path) -> None:
    broken, latin = tmp_path / "broken.toml", tmp_path / "latin.toml"
    broken.write_text("[server\nport = 1\n")
    latin.write_bytes('[communities.a]\nname = "Café"\n'.encode("latin-1"))
    for file, says in (
        (tmp_path / "none.toml", "none.toml"),
        (broken, "broken.toml:1:"),
        (latin, "latin.toml:2:"),
    ):
        with pytest.raises(SettingsInvalid) as caught:
            load(file)
        assert says in str(caught.value)


# Secrets.


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter2"',
        'smtp_password = "hunter2"',
        'webhook_secret = "hunter2"',
        'api_key = "hunter2"',
        'discord_token = "hunter2"',
        'webhook_secret_file = "whsec_hunter2"',
        'smtp_user = "AGE-SECRET-KEY-1hunter2"',
        'mail_to = ["-----BEGIN PRIVATE KEY hunter2"]',
        'webhook_url = "https://me:hunter2@alarms.example"',
    ],
)
def test_what_looks_like_a_secret_is_refused_and_never_repeated(faults: Faults, line: str) -> None:
    (fault,) = faults(f"[alarm]\n{line}\n")
    assert (fault.line, "looks like a secret" in fault.reason) == (2, True)
    assert "hunter2" not in str(fault)


def test_the_mend_for_a_secret_names_the_setting_for_its_file(faults: Faults) -> None:
    (fault,) = faults('[alarm]\nsmtp_password = "x"\n')
    assert "name that file in smtp_password_file" in fault.mend


def test_the_mend_for_a_database_password_names_the_variable(faults: Faults) -> None:
    (fault,) = faults('[storage]\ndesk_database_url = "postgresql://desk:x@db/desk"\n')
    assert "DESK_DATABASE_URL" in fault.mend


def test_a_desks_secret_key_in_place_of_its_public_one_is_never_repeated(faults: Faults, centre: str) -> None:
    text = centre.replace('recipients = ["', 'recipients = ["AGE-SECRET-KEY-1ABC", "')
    (fault,) = faults(text)
    assert fault.key == "desks.centre.recipients"
    assert "AGE-SECRET" not in str(fault)


def test_addresses_without_a_password_are_no_secret(write: Write) -> None:
    text = '[storage]\nroad_database_url = "postgresql://road@db:5432/road"\nredis_url = "redis://signals:6379/0"\n'
    assert load(write(text)).storage.redis_url == "redis://signals:6379/0"


def test_a_wrong_address_of_redis_is_refused_on_its_line(faults: Faults) -> None:
    (fault,) = faults('[storage]\nredis_url = "redis+sentinel://signals"\n')
    assert (fault.line, fault.key) == (2, "storage.redis_url")
    assert "not supported" in fault.reason


def test_a_wrong_address_of_redis_from_the_environment_is_never_repeated() -> None:
    with pytest.raises(SettingsInvalid, match=r"storage\.redis_url") as refused:
        load(None, {"REDIS_URL": "redis://:s3cret@kiosk?ssl_cert_reqs=none"})
    assert "s3cret" not in str(refused.value)
    assert "kiosk" not in str(refused.value)


def test_a_password_for_redis_in_the_file_is_sent_to_the_environment(faults: Faults) -> None:
    (fault,) = faults('[storage]\nredis_url = "redis://:s3cret@kiosk"\n')
    assert "REDIS_URL" in fault.mend


# Anything at all.

SCALARS = st.one_of(st.integers(), st.booleans(), st.text(max_size=12), st.floats(allow_nan=False))
ROWS = st.dictionaries(st.sampled_from(["name", "standing", "x"]), SCALARS)
TABLES = st.dictionaries(
    st.sampled_from(["server", "storage", "alarm", "desks", "communities", "live", "web", "elsewhere"]),
    st.one_of(
        SCALARS,
        st.dictionaries(
            st.sampled_from(["port", "host", "data", "name", "a", "mail_to", "token"]),
            st.one_of(SCALARS, st.lists(SCALARS, max_size=3), ROWS),
            max_size=3,
        ),
    ),
    max_size=4,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    TABLES,
    st.dictionaries(
        st.sampled_from(["LIFEBELT_SERVER_PORT", "LIFEBELT_X", "REDIS_URL"]), st.text(max_size=5)
    ),
)
def test_any_settings_load_or_are_refused_with_faults_that_have_a_mend(
    tmp_path: Path, tables: dict[str, object], environ: dict[str, str]
) -> None:
    file = tmp_path / "any.toml"
    file.write_text(toml(tables), encoding="utf-8", newline="")
    try:
        loaded = load(file, environ)
    except SettingsInvalid as refused:
        told = refused.faults
    else:
        assert isinstance(loaded, Settings)
        return
    assert told
    assert all(isinstance(fault, Fault) and fault.reason and fault.mend for fault in told)


def toml(tables: dict[str, object]) -> str:
    return "".join(f"{name} = {inline(value)}\n" for name, value in tables.items())


def inline(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, float):
        return repr(value) if "." in repr(value) or "inf" in repr(value) else f"{value:.1f}"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
    return str(value).lower()
