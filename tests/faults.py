"""Everything that can be down or slow behind a platform, named, and put upon a ledger. For every platform."""

from enum import StrEnum

from core.errors import LedgerUnavailable, LedgerUnknown
from core.reports.road import Limits
from core.testing.ledger import EVERY, WRITES, FaultyLedger

UNHURRIED = Limits(press=30, send=30, read=30, help=30)
"""What does come may take its time on a busy machine; only for what never comes is nobody kept waiting."""


class LedgerFault(StrEnum):
    """What the road's ledger does from now on."""

    FINE = "ledger fine"
    SLOW = "ledger slow"  # writes wait, reads do not
    STUCK = "ledger stuck"  # reads wait too
    GONE = "ledger gone"
    FULL = "disk full"  # reads work
    BROKEN_OFF = "ledger fails mid-way"  # nobody can say what is stored, and nothing is
    ANSWER_LOST = "answer lost after the commit"  # nobody can say what is stored, and all of it is


class DeskFault(StrEnum):
    """What stands where the desk should."""

    FINE = "desk fine"
    GONE = "desk gone"  # nobody listens there
    HANGING = "desk hanging"  # takes what is sent and says nothing
    FAILING = "desk 500"


class NewsFault(StrEnum):
    """What the desk's news does."""

    FINE = "news fine"
    HANGING = "news hanging"


def put_upon(ledger: FaultyLedger, fault: LedgerFault) -> None:
    """From now on `ledger` has this fault."""
    match fault:
        case LedgerFault.FINE:
            return
        case LedgerFault.SLOW:
            ledger.hold()
        case LedgerFault.STUCK:
            ledger.hold(on=EVERY)
        case LedgerFault.GONE:
            ledger.fail_with(LedgerUnavailable("gone"))
        case LedgerFault.FULL:
            ledger.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)
        case LedgerFault.BROKEN_OFF:
            ledger.fail_with(LedgerUnknown("broken off"), on=WRITES)
        case LedgerFault.ANSWER_LOST:
            ledger.lose_after_commit()


def mend(ledger: FaultyLedger) -> None:
    """It works again, and goes on with whatever waited."""
    ledger.fail_with(None)
    ledger.lose_after_commit(losing=False)
    ledger.release()
