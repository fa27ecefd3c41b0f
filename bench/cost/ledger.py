"""What the stills' ledger costs: jobs a second and how long a claim takes.

    python -m bench.ledger                    five rounds of 200 jobs, 2000 others waiting
    python -m bench.ledger --waiting 8000 --folder /dev/shm      without the disk
    python -m bench.ledger --grow 1000000     what a history of so many costs (ledger_growth.py)

A job is one claim, one beat and one finish, each a transaction that is synced. `bare` is the least
that could be called a queue, on the same disk and in the same run: one table, three UPDATEs.
`rows` is the ledger with its pictures in memory, `all` with a file of 50 kB for each, synced before
its row, `sealed` the same with a LEDGER_KEY, `postgresql` the same in a PostgreSQL on the same disk
that syncs each commit, where there is one. The order changes from round to round, since a disk's
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

from bench.cost.ledger_growth import grow
from bench.postgres import TemporaryPostgres, missing
from bench.report import Report, command, machine, percentiles, say_broken
from lib.config.ledger_key import SIZE
from lib.stills.ledger.files import MemoryPictures, PictureFiles, PictureStore
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import ENOUGH, Ledger, open_shared_ledger
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


def in_file(path: Path, files: PictureStore, key: bytes | None = None) -> Ledger:
    return Ledger(SqliteConnection(path), files, lambda: ENOUGH, Retention(), key=key)


class Whole:
    """The ledger as the service has it, in one thread."""

    def __init__(self, ledger: Ledger, waiting: int, picture: bytes) -> None:
        self.ledger = ledger
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
    parser = command(__doc__, rounds=5, jobs=200, waiting=2000, folder=".", grow=0, sealed=False)
    options = parser.parse_args()
    print(f"{machine()}; median of {options.rounds} (lowest to highest)")
    report = Report()
    with tempfile.TemporaryDirectory(dir=options.folder) as name, ExitStack() as resources:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        server = None
        if missing():
            print(f"without PostgreSQL: {missing()}")
        else:
            server = resources.enter_context(TemporaryPostgres(lasting=True, within=folder))
        if options.grow:
            return grow(folder, server, options.grow, sealed=options.sealed)
        picture, waiting = os.urandom(50_000), options.waiting + options.rounds * options.jobs
        begin_s = time.perf_counter()
        rows = Whole(in_file(folder / "rows", MemoryPictures()), waiting, picture)
        asked = (time.perf_counter() - begin_s) / waiting
        ledgers = {
            "rows": rows.ledger,
            "all": in_file(folder / "all", PictureFiles(folder / "pictures")),
            "sealed": in_file(
                folder / "sealed", PictureFiles(folder / "sealed pictures"), os.urandom(SIZE)
            ),
        }
        if server:
            ledgers["postgresql"] = open_shared_ledger(server.new_database())
        bare = Bare(folder / "bare", waiting)
        resources.callback(bare.database.close)
        kinds: dict[str, Work] = {"bare": bare.job, "rows": rows.job}
        for kind, ledger in ledgers.items():
            resources.callback(ledger.close)
            if kind != "rows":
                kinds[kind] = Whole(ledger, waiting, picture).job
        rates, claims = by_turns(kinds, report, options.rounds, options.jobs)
    report.line("sealed: share of all", _shares(rates, "sealed", "all"), "")
    synced = percentiles(claims["bare"])["p50"] > SYNCED_MS
    least = LEAST_SHARE if synced else None
    report.line("rows: share of bare", _shares(rates, "rows", "bare"), "", least=least)
    report.line("asked for", [1 / asked], "/s")
    return say_broken(report.missed)


Figures = dict[str, list[float]]


def by_turns(
    kinds: dict[str, Work], report: Report, rounds: int, jobs: int
) -> tuple[Figures, Figures]:
    """Jobs a second and milliseconds of a claim, by kind; each round begins with another one, since
    the speed of a disk drifts."""
    rates: Figures = {kind: [] for kind in kinds}
    claims: Figures = {kind: [] for kind in kinds}
    ways = list(kinds.items())
    for turn in range(rounds):
        first = turn % len(ways)
        for kind, job in ways[first:] + ways[:first]:
            begin_s = time.perf_counter()
            claims[kind] += [1000 * job() for _ in range(jobs)]
            rates[kind].append(jobs / (time.perf_counter() - begin_s))
    for kind in kinds:
        report.line(f"{kind}: jobs", rates[kind], "/s")
        took = percentiles(claims[kind])
        report.line(f"{kind}: claim p50", [took["p50"]], "ms")
        report.line(f"{kind}: claim p99", [took["p99"]], "ms")
    return rates, claims


def _shares(rates: Figures, one: str, other: str) -> list[float]:
    return [mine / its for mine, its in zip(rates[one], rates[other], strict=True)]


if __name__ == "__main__":
    raise SystemExit(main())
