"""What may carry signals, and how an address that may not is refused: without being repeated."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsInvalid
from core.signals.backends import BACKENDS, address_fault, open_signals
from core.signals.lines import database
from core.signals.memory import MemorySignals
from core.signals.redis import RedisSignals
from core.testing.clock import FixedClock

GOOD = {
    "redis://signals": 0,
    "redis://signals:6379/3": 3,
    "redis://user:s3cret%40@[::1]:6379/": 0,
    "rediss://:s3cret@signals.example:6380/1?ssl_ca_certs=/etc/ca.pem": 1,
    "rediss://signals?ssl_certfile=/a.pem&ssl_keyfile=/a.key": 0,
    "unix:///run/redis.sock?db=2": 2,
    "unix://user:s3cret@/run/redis.sock": 0,
}
BAD = {
    "kiosk:6379": "carries signals",
    "http://u:s3cret@kiosk": "carries signals",
    "redis://": "no host",
    "redis://:s3cret@/0": "no host",
    "redis://kiosk:port": "no address",
    "redis://[::1": "no address",
    "redis://:s3#cret@kiosk": "no address.*%23",
    "redis://kiosk#s3cret": "must be escaped",
    "redis://:s3 cret@kiosk": "must be escaped",
    "redis://kiosk/lifebelt": "number of a database",
    "redis://kiosk/1/2": "number of a database",
    "unix:///run/redis.sock?db=x": "number of a database",
    "unix://": "no socket",
    "redis://kiosk?password=s3cret": "option",
    "redis://kiosk?ssl_ca_certs=/ca.pem": "option",
    "rediss://kiosk?ssl_cert_reqs=none": "option",
    "rediss://kiosk?ssl_check_hostname=false": "option",
    "redis://kiosk?socket_timeout=3600": "option",
    "redis+sentinel://kiosk/primary": "more than one server",
    "rediss+cluster://kiosk": "more than one server",
    "redis://:s3cret@one,two:6379": "more than one server",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_good_address_is_taken_and_connects_to_nothing_yet(url: str) -> None:
    signals = open_signals(url, FixedClock())
    assert isinstance(signals, RedisSignals)
    assert database(url) == GOOD[url]
    assert (signals.connected, signals.outside) == (False, "away: connecting")


@pytest.mark.parametrize("url", BAD)
def test_a_wrong_address_is_refused_with_the_mend_and_never_repeated(url: str) -> None:
    with pytest.raises(SettingsInvalid, match=BAD[url]) as refused:
        open_signals(url, FixedClock())
    (said,) = refused.value.faults
    assert str(said).startswith("storage.redis_url ")
    assert "s3" not in str(said)
    assert "kiosk" not in str(said)


@given(st.sampled_from(["", *(f"{scheme}://" for scheme in BACKENDS)]), st.text())
def test_any_text_is_an_address_or_has_a_fault(begin: str, text: str) -> None:
    url = begin + text
    if url and address_fault(url) is None:
        assert isinstance(open_signals(url, FixedClock()), RedisSignals)


def test_without_an_address_signals_stay_in_this_process_and_no_library_is_read_in() -> None:
    signals = open_signals("", FixedClock())
    assert isinstance(signals, MemorySignals)
    assert (signals.connected, signals.outside) == (True, None)
    words = (
        "import sys, core.signals.backends as b; b.open_signals('', None); assert 'redis' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", words], check=True)
