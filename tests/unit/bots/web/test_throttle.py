import pytest

from bots.web.throttle import address_of


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "made up", "127.0.0.1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed(peer: str, forwarded: str, address: str) -> None:
    assert address_of(peer, forwarded) == address
