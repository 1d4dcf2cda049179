"""Which numbers may be shown: none under ten, and none that the others would give away. Pure.

Where a desk serves one school, its totals are that school's. So the rule holds for every number of a table.
"""

from collections.abc import Mapping
from typing import Final

LEAST: Final = 10


def hidden(counts: Mapping[str, int], least: int = LEAST) -> frozenset[str]:
    """The codes whose number is not shown.

    Beside a small number another one is hidden, and together they are at least `least`: whoever knows the
    sum of the table learns neither. A nought is shown: it says of nobody anything.
    """
    some = sorted((value, code) for code, value in counts.items() if value > 0)
    small = [code for value, code in some if value < least]
    if not small:
        return frozenset()
    rest = [code for value, code in some if value >= least]
    while rest and (len(small) < 2 or sum(counts[code] for code in small) < least):  # noqa: PLR2004 - one and another
        small.append(rest.pop(0))
    return frozenset(small)
