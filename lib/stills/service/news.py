"""What other services on the same ledger change is told here at once, without asking for it."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from functools import partial

from lib.observe import OncePerSecond
from lib.stage import Stage
from lib.stills.ledger.book import SharedConnection
from lib.stills.ledger.errors import LedgerError
from lib.stills.service.parts import StillParts

log = logging.getLogger(__name__)

WAIT_S = 0.1
MAPS = "map"


class LedgerNews(Stage):
    """On a thread of its own, which waits for the database. What is missed, as while that is away,
    is found by the beat of every second."""

    def __init__(self, parts: StillParts, connection: SharedConnection) -> None:
        super().__init__()
        self._parts, self._connection = parts, connection
        self._warn = OncePerSecond(log)

    def open(self, resources: ExitStack) -> None:
        """Nothing to open: the ledger is there before it."""

    def step(self) -> None:
        news = self._connection.news(WAIT_S)
        if MAPS in news:
            try:
                self._parts.locks.read()
            except LedgerError as error:
                self._warn.warning("locks", "the passwords of maps cannot be read: %s", error)
        if news:
            self._parts.link.call(partial(self._parts.hear, maps=MAPS in news))


def news_of(parts: StillParts) -> tuple[LedgerNews, ...]:
    """None where nobody else can use the ledger."""
    connection = parts.ledgers.kept.book.connection
    return (LedgerNews(parts, connection),) if isinstance(connection, SharedConnection) else ()
