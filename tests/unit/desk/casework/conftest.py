import pytest

from core.evidence.keys import DeskKeys
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ids import counting_ids
from core.testing.ledger import FaultyLedger
from desk.casework.service import Casework
from desk.service import DeskService
from tests.desk_roads import PRACTICE


@pytest.fixture
def work(
    desk: DeskService, faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock, keys: DeskKeys
) -> Casework:
    """The cases of the practice desk."""
    return Casework(faulty, signals, clock, keys, PRACTICE, targets=desk.targets, new_id=counting_ids(0xCA5E))
