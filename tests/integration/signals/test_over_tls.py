"""Redis over TLS, with an authority of one's own: who cannot prove who it is gets nothing from us."""

import ipaddress
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from core.clock import SystemClock
from core.signals.redis import RedisSignals
from core.testing.clock import FixedClock
from tests.program import free_port
from tests.redis_server import QUOTED, RedisServer, redis_server
from tests.signals_room import LONG, NOT_AT_ALL, PULSE, SHARP, connected, heard, run, until

TLS_PORT = free_port()


def certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """One that signs itself, for this address; the files of it and of its key."""
    folder.mkdir(exist_ok=True)
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signals")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.fixture(params=["127.0.0.1"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    made, key = certificate(tmp_path, request.param)
    more = (f"tls-port {TLS_PORT}", f"tls-cert-file {made}", f"tls-key-file {key}", "tls-auth-clients no")
    with redis_server(tmp_path / "redis", *more) as server:
        yield server


def address(authority: Path | None) -> str:
    trusted = f"?ssl_ca_certs={authority}" if authority else ""
    return f"rediss://:{QUOTED}@127.0.0.1:{TLS_PORT}/0{trusted}"


async def test_what_crosses_is_encrypted_and_arrives(server: RedisServer, tmp_path: Path) -> None:
    url, clock = address(tmp_path / "certificate.pem"), SystemClock()
    async with connected(url, clock) as one, connected(url, clock) as other:
        await other.wait("outbox", NOT_AT_ALL)
        await one.wake("outbox")
        await heard(other, "outbox")
        assert [await each.count("a", LONG) for each in (one, other)] == [1, 2]


async def test_a_frozen_server_is_let_go_and_found_again(server: RedisServer, tmp_path: Path) -> None:
    async with connected(address(tmp_path / "certificate.pem"), pulse=SHARP) as signals:
        server.freeze()
        await until(lambda: not signals.connected)
        server.thaw()
        await until(lambda: signals.connected)


async def until_away(url: str, why: str) -> None:
    """Until nothing comes of it, for this reason; whatever is counted then is counted alone."""
    async with run(RedisSignals(url, FixedClock(), pulse=PULSE)) as signals:
        await until(lambda: signals.outside == f"away: {why}")
        assert await signals.count("a", LONG) == 1


def told_a_password(server: RedisServer) -> int:
    """How often, but for our own question here."""
    calls = re.search(r"cmdstat_auth:calls=(\d+)", server.ask("INFO", "commandstats"))
    assert calls is not None
    return int(calls[1]) - 1


async def test_a_server_that_nobody_vouches_for_is_told_nothing(server: RedisServer) -> None:
    await until_away(address(None), "SSLCertVerificationError")
    assert told_a_password(server) == 0


@pytest.mark.parametrize("server", ["127.0.0.2"], indirect=True)
async def test_a_certificate_of_another_host_is_none(server: RedisServer, tmp_path: Path) -> None:
    await until_away(address(tmp_path / "certificate.pem"), "SSLCertVerificationError")
    assert told_a_password(server) == 0


async def test_an_authority_that_is_not_there_is_said(server: RedisServer, tmp_path: Path) -> None:
    await until_away(address(tmp_path / "nowhere.pem"), "FileNotFoundError")


async def test_a_server_without_tls_is_told_nothing(server: RedisServer, tmp_path: Path) -> None:
    url = address(tmp_path / "certificate.pem").replace(str(TLS_PORT), str(server.port))
    async with run(RedisSignals(url, FixedClock(), pulse=SHARP)) as signals:
        await until(lambda: bool(signals._asking.why and signals._listening.why))
    assert told_a_password(server) == 0
