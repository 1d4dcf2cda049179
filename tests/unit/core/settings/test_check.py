"""What `lifebelt check` says, and what may not start."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.errors import SettingsInvalid
from core.reports.model import Standing
from core.settings import live
from core.settings.check import Finding, Level, check, is_loopback, refuse_start
from core.settings.loader import load
from core.settings.model import Alarm, Community, Desk, Server, Settings, Storage

EVERYWHERE = str(IPv4Address(0))
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PRACTICE = load(None)
CLUB = Community(name="Club", desk="centre", country="GB")
CENTRE = Settings(
    desks={"centre": Desk(name="Centre", standing=Standing.SPECIALIST, url="https://desk.example")},
    communities={"chess": Community(name="Chess", desk="centre", country="GB")},
    alarm=Alarm(webhook_url="https://alarms.example"),
)


def found(settings: Settings, level: Level | None = None) -> dict[str, Finding]:
    return {one.key: one for one in check(settings, NOW) if level in {None, one.level}}


def served(**given: object) -> Settings:
    return replace(PRACTICE, server=replace(Server(), **given))


# What may start.


def test_practice_on_loopback_may_start() -> None:
    refuse_start(PRACTICE, NOW)
    assert found(PRACTICE, Level.FAULT) == {}


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.5", "example.org", ""])
@pytest.mark.parametrize("which", ["host", "desk_host"])
def test_practice_where_others_can_reach_it_is_refused(host: str, which: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"server.{which}") as caught:
        refuse_start(served(**{which: host}), NOW)
    assert "Mend: Set server" in str(caught.value)


@pytest.mark.parametrize("which", ["public_url", "desk_public_url"])
def test_practice_behind_a_public_name_is_refused_in_a_container_as_well(which: str) -> None:
    for in_container in (True, False):
        with pytest.raises(SettingsInvalid, match=which):
            refuse_start(served(in_container=in_container, **{which: "https://help.example"}), NOW)


def test_practice_in_a_container_may_listen_on_every_address() -> None:
    refuse_start(served(in_container=True, host=EVERYWHERE, desk_host=EVERYWHERE), NOW)
    refuse_start(served(public_url="http://localhost:8470"), NOW)


def test_a_live_desk_that_has_not_passed_is_refused_with_all_that_is_missing() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        refuse_start(CENTRE, NOW)
    told = str(caught.value)
    for missing in (
        "live_check",
        "rota",
        "drill",
        "numbers of GB",
        "privacy notice",
        "data-protection",
        "dialogue",
    ):
        assert missing in told


def test_a_desk_with_a_pass_that_holds_may_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shipped: Path
) -> None:
    file = tmp_path / "pass"
    centre = replace(CENTRE.desks["centre"], live_check=str(file))
    settings = replace(CENTRE, desks={"centre": centre}, server=Server(host=EVERYWHERE, desk_host=EVERYWHERE))
    with monkeypatch.context() as patched:
        patched.setattr(live, "live_check", lambda *_: ())
        file.write_bytes(live.live_pass(settings, "centre", NOW, shipped))
    refuse_start(settings, NOW)
    assert found(settings)["desks.centre.standing"].level is Level.OK


def test_an_installation_without_desks_may_stand_anywhere() -> None:
    bare = Settings(communities={"chess": Community(name="Chess")}, server=Server(host=EVERYWHERE))
    refuse_start(bare, NOW)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", EVERYWHERE, "::", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org"]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


# What is said.


def test_faults_come_first_then_warnings() -> None:
    levels = [finding.level for finding in check(CENTRE, NOW)]
    assert levels == sorted(levels, key=list(Level).index)
    assert levels[0] is Level.FAULT


def test_every_fault_and_warning_says_its_mend() -> None:
    for settings in (PRACTICE, CENTRE, Settings()):
        for finding in check(settings, NOW):
            assert finding.level is Level.OK or finding.mend, finding


def test_a_finding_is_one_line() -> None:
    assert str(Finding(Level.FAULT, "server.port", "is no port.", "Write a number.")) == (
        "fault   server.port: is no port. Mend: Write a number."
    )


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (PRACTICE, "alarm"),
        (PRACTICE, "desks.practice.url"),
        (Settings(), "communities"),
        (replace(PRACTICE, communities={}), "desks.practice"),
        (
            replace(PRACTICE, desks={"practice": replace(PRACTICE.desks["practice"], run_by_community=True)}),
            "desks.practice.second_desk",
        ),
        (replace(CENTRE, communities={"chess": Community(name="Chess")}), "communities.chess.desk"),
        (replace(CENTRE, communities={"c": replace(CLUB, country="")}), "communities.c.country"),
        (replace(CENTRE, communities={"c": Community(name="C", language="tlh")}), "communities.c.language"),
        (
            replace(CENTRE, communities={"c": replace(CLUB, origins=("http://c.example",))}),
            "communities.c.origins",
        ),
    ],
)  # fmt: skip
def test_what_somebody_would_miss_is_a_warning(settings: Settings, key: str) -> None:
    assert key in found(settings, Level.WARNING)


def test_what_is_well_set_gives_no_such_warning() -> None:
    assert not set(found(CENTRE, Level.WARNING)) & {
        "alarm",
        "desks.centre",
        "desks.centre.url",
        "communities.chess.desk",
    }
    local = replace(
        CENTRE, communities={"c": Community(name="C", desk="centre", origins=("http://localhost:3000",))}
    )
    assert "communities.c.origins" not in found(local)


@pytest.mark.parametrize(
    ("country", "lacking"),
    [
        ("MX", "MX has no checked child helpline by telephone, no child helpline in writing"),
        ("BR", "BR has no checked child helpline by telephone:"),
        (
            "KE",
            "KE has no checked emergency number, no child helpline by telephone, no child helpline",
        ),
    ],
)
def test_a_community_where_help_is_missing_is_told_what_a_child_will_not_see(
    country: str, lacking: str
) -> None:
    settings = replace(CENTRE, communities={"c": Community(name="C", desk="centre", country=country)})
    assert found(settings, Level.WARNING)["helplines.toml"].says.startswith(lacking)
    assert "helplines.toml" not in found(CENTRE, Level.WARNING)


def test_a_secret_file_that_is_missing_or_open_to_others_is_a_fault(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    settings = replace(CENTRE, alarm=replace(CENTRE.alarm, webhook_secret_file=str(secret)))
    assert "is not there" in found(settings, Level.FAULT)["alarm.webhook_secret_file"].says
    secret.write_text("whsec_x")
    secret.chmod(0o644)
    assert found(settings, Level.FAULT)["alarm.webhook_secret_file"].mend == f"chmod 600 {secret}"
    secret.chmod(0o600)
    assert "alarm.webhook_secret_file" not in found(settings)


def test_redis_on_another_host_without_encryption_is_a_warning() -> None:
    def warned(url: str) -> bool:
        settings = replace(CENTRE, storage=Storage(redis_url=url))
        return "storage.redis_url" in found(settings, Level.WARNING)

    assert warned("redis://:s3cret@signals.example/0")
    for fine in (
        "",
        "rediss://signals.example",
        "redis://127.0.0.1",
        "redis://localhost",
        "unix:///redis.sock",
    ):
        assert not warned(fine)


def test_a_certificate_for_redis_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    settings = replace(CENTRE, storage=Storage(redis_url=f"rediss://signals?ssl_ca_certs={authority}"))
    assert "ssl_ca_certs is not there" in found(settings, Level.FAULT)["storage.redis_url"].says
    authority.write_text("")
    assert "storage.redis_url" not in found(settings)


def test_a_broken_data_file_is_a_fault_with_its_line(tmp_path: Path, shipped: Path) -> None:
    for name in live.DATA_FILES:
        (tmp_path / name).write_bytes((shipped / name).read_bytes())
    (tmp_path / "helplines.toml").write_text("order = [\n", encoding="utf-8")
    (tmp_path / "triage.toml").unlink()
    faults = [str(one) for one in check(PRACTICE, NOW, tmp_path) if one.level is Level.FAULT]
    assert any("helplines.toml:1" in fault for fault in faults)
    assert any("triage.toml" in fault for fault in faults)
