"""How Discord's events are cut into shards, and the shards into groups that processes share out. Pure."""

from datetime import timedelta
from typing import Any, Final, NamedTuple, Self

LEASES: Final = "discord/"
PROCESSES: Final = f"{LEASES}processes/"
"""Under this each process that can take groups says that it is there."""
READY: Final = "ready"
"""What a holder says of a group once all its shards are connected."""


class Advice(NamedTuple):
    """What Discord says of connecting (`/gateway/bot`)."""

    shards: int = 1
    at_once: int = 1
    """Shards that may identify within five seconds; those with the same remainder wait for each other."""
    left: int = 1000
    """Sessions that may still be begun."""
    anew_after: timedelta = timedelta()
    """When there are as many as at first again."""

    @classmethod
    def of(cls, shards: int, limit: Any) -> Self:
        """From `session_start_limit`, as Discord sends it."""
        anew = timedelta(milliseconds=limit["reset_after"])
        return cls(max(shards, 1), max(limit["max_concurrency"], 1), limit["remaining"], anew)


class Plan(NamedTuple):
    """So many shards, in groups of so many; the same in every process with the same settings."""

    shards: int
    size: int

    @property
    def groups(self) -> int:
        return -(-self.shards // self.size)

    def of(self, group: int) -> tuple[int, ...]:
        """The shards of a group."""
        return tuple(range(self.shards))[group * self.size : (group + 1) * self.size]

    def lease(self, group: int) -> str:
        """What the lease of a group is called: other cuts are other groups."""
        return f"{LEASES}shards/{self.shards}-{self.size}/{group}"


def share(groups: int, processes: int) -> int:
    """How many groups a process may hold: none has two more than another because it came first."""
    return -(-groups // max(processes, 1))


def bucket(shard: int, at_once: int) -> str:
    """What the lease is called that whoever identifies this shard takes."""
    return f"{LEASES}identify/{shard % at_once}"
