"""Whether there is room for more: on the disk, for what is on maps, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lib.core.still import SECOND_NS, Keep
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book
from lib.stills.ledger.errors import DiskFullError

LEAST_FREE_BYTES = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
DAY_NS = 24 * HOUR_NS


@dataclass(frozen=True, slots=True)
class Retention:
    most_bytes: int = 10_000_000_000  # of history, and as much again of what is on maps
    most_ns: int = 0  # 0 for ever
    wait_ns: int = DAY_NS  # how long a job waits for a worker that can make it
    # Jobs that ended without pictures can still be asked for.
    ended_ns: int = 7 * DAY_NS
    most_ended: int = 10_000
    most_waiting: int = 10_000


# Of jobs that nothing is kept of the pictures wait in memory until their client has them. Nobody
# waits a day for what is lost with the process.
PRIVATE_RETENTION = Retention(256_000_000, 300 * SECOND_NS, HOUR_NS, 300 * SECOND_NS, 1_000, 1_000)


class Room:
    def __init__(self, book: Book, free_bytes: Callable[[], int], limits: Retention) -> None:
        self._book, self._free_bytes, self.limits = book, free_bytes, limits

    def is_full(self, size: int = 0) -> bool:
        return self._free_bytes() - size < LEAST_FREE_BYTES

    def check(self, keep: Keep, size: int = 0) -> None:
        """DiskFullError where no other picture can be kept so."""
        if self.is_full(size):
            raise DiskFullError("Less than 1 GB of the disk is free, so no picture can be kept.")
        if keep == Keep.CANVAS and self._book.number(sql.MAP_BYTES) + size > self._most:
            raise DiskFullError(
                f"What is on maps may take {self._shown}, and does; delete some of its pictures."
            )

    def check_in_use(self) -> None:
        """In memory: half of it is for what jobs are made from, the rest for what is made."""
        if self._book.number(sql.BYTES_IN_USE) > self._most // 2:
            raise DiskFullError(
                f"What private jobs on their way are made from may take {self._most // 2_000_000} "
                "MB, and does; ask again when some are done."
            )

    def trouble_with(self, size: int) -> str:
        """In memory: a reason why no other picture of a job on its way can be held; or empty."""
        if self._book.number(sql.BYTES_IN_USE) + size <= self._most:
            return ""
        return f"The pictures of private jobs on their way take more than {self._shown}."

    @property
    def _most(self) -> int:
        return self.limits.most_bytes

    @property
    def _shown(self) -> str:
        most = self._most
        return f"{most / 1e9:g} GB" if most >= 1_000_000_000 else f"{most // 1_000_000} MB"
