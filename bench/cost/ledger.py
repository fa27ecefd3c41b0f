"""What the stills' ledger costs: jobs a second and how long a claim takes.

    python -m bench.ledger                    five rounds of 200 jobs, 2000 others waiting
    python -m bench.ledger --waiting 8000 --folder /dev/shm      without the disk

A job is one claim, one beat and one finish, each a transaction that is synced. `bare` is the least
that could be called a queue, on the same disk and in the same run: one table, three UPDATEs.
`rows` is the ledger with its pictures in memory, `all` with a file of 50 kB for each, synced before
its row, `sealed` the same with a LEDGER_KEY. The order changes from round to round, since a disk's
own speed drifts.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.report import Report, command, machine, percentiles, say_broken
from lib.config.ledger_key import SIZE
from lib.stills.ledger.files import MemoryPictures, PictureFiles, PictureStore
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import Ledger
from lib.stills.ledger.queue import MOST_OF_OWNER, Asker, StillRequest
from lib.stills.ledger.room import Retention
from lib.stills.ledger.sqlite import SqliteConnection

# Below this the ledger's own work, not the disk's, would be what a claim waits for. Where a sync
# costs nothing the share tells only how fast this Python is.
LEAST_SHARE, SYNCED_MS = 0.15, 1.0
Work = Callable[[], float]  # one job; how long its claim took


class Bare:
    """One table, one UPDATE each."""

    def __init__(self, path: Path, waiting: int) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute(
            "CREATE TABLE job (id INTEGER PRIMARY KEY, lane, turn, state, token, deadline)"
        )
        self.database.execute("CREATE INDEX place ON job (state, lane DESC, turn, id)")
        self.add(waiting)

    def add(self, jobs: int) -> None:
        self.database.execute("BEGIN")
        self.database.executemany(
            "INSERT INTO job (lane, turn, state, token) VALUES (1, ?, 'queued', 0)",
            [(number,) for number in range(jobs)],
        )
        self.database.execute("COMMIT")

    def job(self) -> float:
        begin_s = time.perf_counter()
        ((job, token),) = self.database.execute(
            "UPDATE job SET state = 'running', token = token + 1, deadline = 1 WHERE id = (SELECT "
            "id FROM job WHERE state = 'queued' ORDER BY lane DESC, turn, id LIMIT 1) "
            "RETURNING id, token"
        ).fetchall()
        took_s = time.perf_counter() - begin_s
        where = "WHERE id = ? AND token = ?"
        self.database.execute(f"UPDATE job SET deadline = 2 {where}", (job, token))
        self.database.execute(f"UPDATE job SET state = 'done' {where}", (job, token))
        return took_s


class Whole:
    """The ledger as the service has it, in one thread."""

    def __init__(
        self, path: Path, waiting: int, files: PictureStore, picture: bytes,
        key: bytes | None = None,
    ) -> None:  # fmt: skip
        connection = SqliteConnection(path)
        self.ledger = Ledger(connection, files, lambda: 1 << 40, Retention(), key=key)
        self._picture, self._asked, self._claims = picture, 0, 0
        self.add(waiting)

    def add(self, jobs: int) -> None:
        for _ in range(jobs):
            owner = f"owner {self._asked // MOST_OF_OWNER}"
            request = StillRequest({"prompt": f"a picture of {self._asked}"})
            self.ledger.queue.submit(request, Asker(owner))
            self._asked += 1

    def job(self) -> float:
        self._claims += 1
        begin_s = time.perf_counter()
        still = self.ledger.leases.claim(Offer(f"claim {self._claims:06}"))
        took_s = time.perf_counter() - begin_s
        assert still is not None
        self.ledger.leases.beat(still.id, still.token)
        picture = self._picture + b"%d" % self._claims
        self.ledger.leases.finish(still.id, still.token, 0, picture, "png")
        return took_s


def main() -> int:
    parser = command(__doc__, rounds=5, jobs=200, waiting=2000, folder=".")
    options = parser.parse_args()
    print(f"{machine()}; median of {options.rounds} (lowest to highest)")
    report = Report()
    with tempfile.TemporaryDirectory(dir=options.folder) as name, ExitStack() as resources:
        folder, picture, waiting = Path(name), os.urandom(50_000), options.waiting
        begin_s = time.perf_counter()
        rows = Whole(folder / "rows", waiting + options.rounds * options.jobs, MemoryPictures(),
                     picture)  # fmt: skip
        asked = (time.perf_counter() - begin_s) / (waiting + options.rounds * options.jobs)
        files = PictureFiles(folder / "pictures")
        every = Whole(folder / "all", waiting + options.rounds * options.jobs, files, picture)
        apart = PictureFiles(folder / "sealed pictures")
        sealed = Whole(folder / "sealed", waiting + options.rounds * options.jobs, apart, picture,
                       os.urandom(SIZE))  # fmt: skip
        bare = Bare(folder / "bare", waiting + options.rounds * options.jobs)
        resources.callback(bare.database.close)
        resources.callback(rows.ledger.close)
        resources.callback(every.ledger.close)
        resources.callback(sealed.ledger.close)
        kinds: list[tuple[str, Work]] = [
            ("bare", bare.job), ("rows", rows.job), ("all", every.job), ("sealed", sealed.job)
        ]  # fmt: skip
        rates: dict[str, list[float]] = {kind: [] for kind, _ in kinds}
        claims: dict[str, list[float]] = {kind: [] for kind, _ in kinds}
        for turn in range(options.rounds):
            for kind, job in kinds[turn % 4 :] + kinds[: turn % 4]:
                begin_s = time.perf_counter()
                claims[kind] += [job() for _ in range(options.jobs)]
                rates[kind].append(options.jobs / (time.perf_counter() - begin_s))
    report.line("asked for", [1 / asked], "/s")
    for kind, _ in kinds:
        report.line(f"{kind}: jobs", rates[kind], "/s")
        took = percentiles([1000 * one for one in claims[kind]])
        report.line(f"{kind}: claim p50", [took["p50"]], "ms")
        report.line(f"{kind}: claim p99", [took["p99"]], "ms")
    shares = [whole / least for whole, least in zip(rates["rows"], rates["bare"], strict=True)]
    synced = percentiles([1000 * one for one in claims["bare"]])["p50"] > SYNCED_MS
    sealed_shares = [one / all_ for one, all_ in zip(rates["sealed"], rates["all"], strict=True)]
    report.line("sealed: share of all", sealed_shares, "")
    report.line("rows: share of bare", shares, "", least=LEAST_SHARE if synced else None)
    return say_broken(report.missed)
