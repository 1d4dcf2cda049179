"""A process that counts three times, wakes whoever waits for the outbox, and ends.

Run as `python child.py URL NAMESPACE`; it prints what it counted.
"""

import asyncio
import sys

from core.clock import SystemClock
from tests.signals_room import LONG, connected


async def main(url: str, namespace: str) -> None:
    async with connected(url, SystemClock(), namespace=namespace) as signals:
        for _ in range(3):
            print(await signals.count("a", LONG), flush=True)
        await signals.wake("outbox")


asyncio.run(main(*sys.argv[1:]))
