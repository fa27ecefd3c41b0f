"""Where the stills of a trial are kept, on a disk whose power may be cut: SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.postgres import TemporaryPostgres

EVENTS = "SELECT job, what FROM event ORDER BY seq"
DATABASE = "stills"


class TriedLedger:
    """A file of SQLite: there is no server, and what is killed is the service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def flags(self, service: int) -> list[str]:
        """What the service of that number is started with."""
        assert service == 0, "one service has the file"
        return [f"--state_dir={self._folder}"]

    def kill(self, *, all_at_once: bool = False) -> None:
        """The server, if there is one."""

    def start(self) -> None:
        """The server again."""

    def events(self) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self._folder / "stills.sqlite")) as database:
            return database.execute(EVENTS).fetchall()

    def close(self) -> None:
        """The server ends."""


class TriedPostgres(TriedLedger):
    """`lasting`: synced as in use, without which no power may be cut."""

    def __init__(self, folder: Path, *, lasting: bool) -> None:
        super().__init__(folder)
        self._server = TemporaryPostgres(lasting=lasting, within=folder if lasting else None)
        self._server.__enter__()
        self._server.sql(f"CREATE DATABASE {DATABASE}")

    def flags(self, service: int) -> list[str]:
        return [f"--state_dir={self._folder / f'service-{service}'}",
                f"--ledger={self._server.url(DATABASE)}"]  # fmt: skip

    def kill(self, *, all_at_once: bool = False) -> None:
        self._server.kill(all_at_once=all_at_once)

    def start(self) -> None:
        self._server.start()

    def events(self) -> list[tuple[str, str]]:
        rows = self._server.sql(EVENTS, DATABASE).splitlines()
        return [(job, what) for job, what in (row.split("|") for row in rows)]

    def close(self) -> None:
        self._server.__exit__()
