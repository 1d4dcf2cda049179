"""Keys that the tests of this room share: making one is cheap, but the same ones read better in a failure."""

import pytest

from core.evidence.sealing import SecretKey, new_key


@pytest.fixture(scope="session")
def desk_key() -> SecretKey:
    return new_key()


@pytest.fixture(scope="session")
def other_key() -> SecretKey:
    return new_key()
