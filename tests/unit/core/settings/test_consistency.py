"""Settings that are each fine and together wrong: every one is refused, on its line, with a mend."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datafile import Fault
from core.settings.consistency import is_age_key, is_language, is_origin, is_time, is_web_address
from core.settings.model import Settings

Faults = Callable[..., list[Fault]]
SettingsOf = Callable[[str], Settings]
CLUB = '\n[communities.club]\nname = "Club"\n'


def test_a_whole_and_consistent_file_loads(settings_of: SettingsOf, centre: str) -> None:
    text = f'{centre}{CLUB}desk = "centre"\ncountry = "GB"\norigins = ["https://club.example"]\n'
    assert settings_of(text).communities["club"].desk == "centre"


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ('desk = "nowhere"', "desk", "there is no desk nowhere."),
        ('country = "UK"', "country", "is no country."),
        ('country = "gb"', "country", "is no country."),
        ('country = "England"', "country", "is no country."),
        ('language = "English"', "language", "is no language."),
        ('origins = ["*"]', "origins", "'*' is no exact origin."),
        ('origins = ["https://*.example.org"]', "origins", "'https://*.example.org' is no exact origin."),
        ('origins = ["https://example.org/"]', "origins", "'https://example.org/' is no exact origin."),
        (
            'origins = ["https://example.org/chat"]',
            "origins",
            "'https://example.org/chat' is no exact origin.",
        ),
        ('origins = ["example.org"]', "origins", "'example.org' is no exact origin."),
        ('origins = ["null"]', "origins", "'null' is no exact origin."),
        ('origins = ["https://a.example", "ftp://b"]', "origins", "'ftp://b' is no exact origin."),
        ('quick_exit_url = "javascript:alert(1)"', "quick_exit_url", "is no web address."),
    ],
)
def test_a_community_that_cannot_work_is_refused(faults: Faults, line: str, key: str, says: str) -> None:
    (fault,) = faults(CLUB + line)
    assert (fault.line, fault.key, fault.reason) == (4, f"communities.club.{key}", says)
    assert fault.mend


@pytest.mark.parametrize("word", ["a/b", "a b", "..", "caf\u00e9", "x" * 65, "-a", "?"])
def test_a_web_community_is_named_by_a_word_that_can_stand_in_an_address(faults: Faults, word: str) -> None:
    (fault,) = faults(f'[communities."{word}"]\nname = "Club"\n')
    assert (fault.line, fault.reason) == (1, "is no word for a web address.")


@pytest.mark.parametrize("name", ["skate-park", "0123456789012345678", "12345", "1" * 21, "\u0661" * 18])
def test_a_community_on_discord_is_named_by_the_id_of_its_server(faults: Faults, name: str) -> None:
    (fault,) = faults(f'[communities."{name}"]\nname = "Club"\nplatform = "discord"\n')
    assert (fault.line, fault.reason) == (1, "is no id of a Discord server.")
    assert "Copy Server ID" in fault.mend


def test_an_id_of_a_discord_server_is_taken(settings_of: SettingsOf) -> None:
    found = settings_of('[communities."1234567890123456789"]\nname = "Club"\nplatform = "discord"\n')
    assert list(found.communities) == ["1234567890123456789"]


def test_other_platforms_name_their_communities_as_they_like(settings_of: SettingsOf) -> None:
    matrix = settings_of('[communities."!room:example.org"]\nname = "Club"\nplatform = "matrix"\n')
    assert "!room:example.org" in matrix.communities


def test_a_community_needs_a_name_that_says_something(faults: Faults) -> None:
    (fault,) = faults('[communities.club]\nname = " "\n')
    assert fault.key == "communities.club.name"


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        (('"https://desk.example.org"', '"https://desk.example.org/api"'), "url", "is no exact origin."),
        (('"https://desk.example.org"', '"desk.example.org"'), "url", "is no exact origin."),
        (('opens = "08:00"', 'opens = "8 am"'), "opens", "is no time of day."),
        (('closes = "22:00"', 'closes = "24:30"'), "closes", "is no time of day."),
        (('closes = "22:00"', ""), "opens", "opens and closes belong together."),
        (
            ('opens = "08:00"', 'zone = "Europe/Nowhere"\nopens = "08:00"'),
            "zone",
            "There is no such time zone.",
        ),
        (
            ('opens = "08:00"', 'second_desk = "gone"\nopens = "08:00"'),
            "second_desk",
            "there is no desk gone.",
        ),
        (
            ('opens = "08:00"', 'second_desk = "centre"\nopens = "08:00"'),
            "second_desk",
            "a desk cannot take the reports about itself.",
        ),
        (('"Safety centre"', '""'), "name", "says nothing."),
        (('"specialist"', '"none"'), "standing", "a desk that nobody is behind is no desk."),
        (
            ('opens = "08:00"', 'oidc = { issuer = "http://id.example", client_id = "d" }\nopens = "08:00"'),
            "oidc.issuer",
            "is no safe web address.",
        ),
        (
            ('opens = "08:00"', 'oidc = { issuer = "https://id.example" }\nopens = "08:00"'),
            "oidc.client_id",
            "is empty.",
        ),
    ],
)
def test_a_desk_that_cannot_work_is_refused(
    faults: Faults, centre: str, change: tuple[str, str], key: str, says: str
) -> None:
    assert change[0] in centre
    told = [(fault.key, fault.reason) for fault in faults(centre.replace(*change))]
    assert (f"desks.centre.{key}", says) in told


def test_a_table_of_its_own_names_the_provider_of_a_desk(settings_of: SettingsOf, centre: str) -> None:
    text = (
        f'{centre}\n[desks.centre.oidc]\nissuer = "https://id.example"\nclient_id = "desk"\namr = ["mfa"]\n'
    )
    assert settings_of(text).desks["centre"].oidc.amr == ("mfa",)


@pytest.mark.parametrize("standing", ["lead", "specialist"])
def test_a_live_desk_needs_its_own_keys_and_a_recovery_key(faults: Faults, standing: str) -> None:
    found = faults(f'[desks.a]\nname = "A"\nstanding = "{standing}"\n')
    assert [fault.key for fault in found] == ["desks.a.recipients", "desks.a.recovery"]


def test_a_practice_desk_needs_no_keys(settings_of: SettingsOf) -> None:
    assert settings_of('[desks.a]\nname = "A"\nstanding = "practice"\n').desks["a"].recipients == ()


def test_a_key_with_one_wrong_letter_is_refused(faults: Faults, centre: str, key: str) -> None:
    wrong = key[:-1] + ("q" if key[-1] != "q" else "p")
    (fault,) = faults(centre.replace(key, wrong))
    assert (fault.key, fault.reason) == ("desks.centre.recipients", "one of them is no public age key.")


def test_an_everyday_key_is_no_recovery_key(faults: Faults, centre: str, key: str, recovery: str) -> None:
    (fault,) = faults(centre.replace(recovery, key))
    assert fault.reason == "is one of the desk's everyday keys."


def test_a_second_desk_that_a_community_runs_is_refused(faults: Faults, centre: str) -> None:
    school = (
        centre.replace("desks.centre", "desks.school") + 'run_by_community = true\nsecond_desk = "other"\n'
    )
    other = centre.replace("desks.centre", "desks.other") + "run_by_community = true\n"
    (fault,) = faults(school + other)
    assert (fault.key, fault.reason) == (
        "desks.school.second_desk",
        "is run by people of a community itself.",
    )


@pytest.mark.parametrize("practising", ["school", "centre"])
def test_practice_and_what_is_real_never_stand_in_for_each_other(
    faults: Faults, centre: str, practising: str
) -> None:
    school = (
        centre.replace("desks.centre", "desks.school") + 'run_by_community = true\nsecond_desk = "centre"\n'
    )
    both = {"school": school, "centre": centre}
    both[practising] = both[practising].replace('"specialist"', '"practice"')
    (fault,) = faults("".join(both.values()))
    assert fault.reason == "practice and what is real never mix."


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[server]\nport = 70000\n", "server.port"),
        ("[server]\ndesk_port = -1\n", "server.desk_port"),
        ("[server]\nport = 9000\ndesk_port = 9000\n", "server.desk_port"),
        ('[server]\npublic_url = "https://a.example/path"\n', "server.public_url"),
        (
            '[server]\npublic_url = "https://a.example"\ndesk_public_url = "https://a.example"\n',
            "server.desk_public_url",
        ),
        ('[web]\nquick_exit_url = "weather"\n', "web.quick_exit_url"),
        ('[alarm]\nwebhook_url = "alarms"\n', "alarm.webhook_url"),
        ('[alarm]\nmail_to = ["a@example.org"]\nmail_from = "b@example.org"\n', "alarm.mail_to"),
        ('[alarm]\nmail_to = ["a@example.org"]\nsmtp_host = "mail"\n', "alarm.mail_to"),
        ("[alarm]\nsmtp_port = 0\n", "alarm.smtp_port"),
        ("[alarm]\nurgent_after_s = 0\n", "alarm.urgent_after_s"),
        ('[live.gone]\nprivacy_notice = "https://a.example"\n', "live.gone"),
    ],
)
def test_what_cannot_stand_elsewhere_is_refused(faults: Faults, text: str, key: str) -> None:
    (fault,) = faults(text)
    assert fault.key == key
    assert fault.line


def test_two_listeners_may_both_take_any_free_port(settings_of: SettingsOf) -> None:
    assert settings_of("[server]\nport = 0\ndesk_port = 0\n").server.port == 0


def test_contradictions_are_all_told_at_once(faults: Faults) -> None:
    text = '[server]\nport = 70000\n[communities.a]\nname = "A"\ndesk = "x"\ncountry = "UK"\n'
    assert [fault.line for fault in faults(text)] == [2, 5, 6]


@pytest.mark.parametrize(
    "origin",
    ["https://example.org", "http://127.0.0.1:8470", "http://localhost:3000", "https://a-b.example:8443", "http://[::1]:80"],
)  # fmt: skip
def test_exact_origins(origin: str) -> None:
    assert is_origin(origin)


@pytest.mark.parametrize(
    "text",
    [
        "", "https://", "https://*", "https://*.a.example", "https://a.example/", "https://a.example?x",
        "https://a.example#x",
        "https://user@a.example", "https://a.example:99999", "https://a.example:port", "//a.example",
        "a.example", "https://a b.example", "https://a.example\n", "https://A.example", "file:///etc",
        "data:text/html,x", "https://-a.example",
    ],
)  # fmt: skip
def test_what_is_no_exact_origin(text: str) -> None:
    assert not is_origin(text)


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_the_judging_of_addresses_keys_and_times(text: str) -> None:
    assert is_origin(text) in {True, False}
    assert is_web_address(text) in {True, False}
    assert not is_age_key(text)
    assert is_time(text) in {True, False}
    assert is_language(text) in {True, False}


@given(st.sampled_from(["https://a.example", "http://b.example:80"]), st.text(min_size=1, max_size=5))
def test_anything_after_an_origin_makes_it_none_but_a_longer_host_or_port(origin: str, more: str) -> None:
    if is_origin(origin + more):
        assert more.replace(".", "").replace("-", "").replace(":", "").isalnum()


@pytest.mark.parametrize("text", ["00:00", "08:30", "23:59"])
def test_times_of_day(text: str) -> None:
    assert is_time(text)


@pytest.mark.parametrize(
    "text", ["", "8:00", "24:00", "12:60", "noon", "08:00:00", "\u0660\u0668:\u0660\u0660"]
)
def test_what_is_no_time_of_day(text: str) -> None:
    assert not is_time(text)
