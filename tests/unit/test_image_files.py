"""The Dockerfile and the compose files: linted, and nothing in them is more than it has to be."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FILES = ("compose.yaml", "compose.several.yaml")
SERVICES = [
    (file, name, service)
    for file in FILES
    for name, service in yaml.safe_load((ROOT / file).read_text())["services"].items()
]
every_service = pytest.mark.parametrize(
    "service", [each[2] for each in SERVICES], ids=[f"{file}:{name}" for file, name, _ in SERVICES]
)
SECRETS = re.compile(r"(?i)(password|secret|token|_url)")


def test_the_linter_finds_nothing_in_the_dockerfile() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([linter, ROOT / "Dockerfile"], check=False, capture_output=True, text=True)

    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_is_not_run_as_root_is_asked_whether_it_is_well_and_holds_no_secret() -> None:
    assert re.search(r"(?m)^USER \d{4,}:\d{4,}$", DOCKERFILE)
    assert re.search(r"(?m)^HEALTHCHECK ", DOCKERFILE)
    set_or_asked_for = [line for line in DOCKERFILE.splitlines() if line.startswith(("ENV", "ARG"))]
    assert not any(SECRETS.search(line) for line in set_or_asked_for)


def test_only_what_the_product_needs_goes_into_the_image() -> None:
    copied = set(re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE))
    named = {word.split("/")[0] for line in copied for word in line.split()}

    assert named == {
        "requirements",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "lifebelt.py",
        "core",
        "bots",
        "desk",
        "config",
    }


@every_service
def test_a_container_may_do_as_little_as_possible(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "user" not in service


@every_service
def test_what_is_secret_is_passed_on_and_stands_nowhere(service: dict[str, Any]) -> None:
    for given in service.get("environment", []):
        name, _, value = given.partition("=")
        assert not SECRETS.search(name) or re.fullmatch(r"(\$\{\w+\})?", value)


@every_service
def test_nothing_listens_on_more_than_this_machine(service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_roads_hosts_never_get_the_desks_address_and_the_other_way_round() -> None:
    services = yaml.safe_load((ROOT / "compose.several.yaml").read_text())["services"]
    for name in ("bots", "worker"):
        assert "DESK_DATABASE_URL" not in services[name]["environment"]
        assert "road-keys:/data" in services[name]["volumes"]
    assert "ROAD_DATABASE_URL" not in services["desk"]["environment"]
    assert "desk-keys:/data" in services["desk"]["volumes"]
