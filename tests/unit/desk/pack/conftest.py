"""Exports of a desk that has a key to sign with, and whoever asks for them and takes them."""

import pytest

from core.evidence.keys import DeskKeys, TagKey
from core.evidence.sealing import SecretKey, new_key
from core.evidence.signatures import new_signing_key
from core.reports.categories import Categories
from core.testing.clock import FixedClock
from core.testing.ids import counting_ids
from desk.console.pack_pages import pack_pages
from desk.console.words import Pages
from desk.pack.making import Pages as PackPages
from desk.pack.service import Packing
from desk.service import DeskService
from tests.desk_exports import Exporting
from tests.desk_roads import PRACTICE
from tests.desk_room import TEXTS


@pytest.fixture(scope="session")
def keys() -> DeskKeys:
    return DeskKeys(
        current=new_key(),
        reference=TagKey(b"r" * 32),
        linking=TagKey(b"l" * 32),
        signing=new_signing_key(),
    )


@pytest.fixture
def packing(desk: DeskService, clock: FixedClock, keys: DeskKeys) -> Packing:
    return Packing(desk.ledger, clock, keys, PRACTICE, new_id=counting_ids(0xE0))


@pytest.fixture
def pages(categories: Categories) -> PackPages:
    return pack_pages(Pages(TEXTS), categories)


@pytest.fixture(scope="session")
def police() -> SecretKey:
    return new_key()


@pytest.fixture
def exporting(packing: Packing, pages: PackPages, police: SecretKey) -> Exporting:
    return Exporting(packing, pages, police)
