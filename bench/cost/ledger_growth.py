"""What a ledger costs that has kept ten thousand, a hundred thousand, a million stills.

Rows as the service writes them are put in by the thousand, each with its waiter and its picture,
and files for the pictures (links to one, or a million would take the disk); then the ledger is
opened and used as the service does it. Nothing is over a limit, so nothing goes.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench.postgres import TemporaryPostgres
from bench.report import percentiles
from lib.config.ledger_key import SIZE
from lib.core.lanes import Waiter
from lib.core.still import SECOND_NS, Still, StillState, canonical, claimed, ended
from lib.core.still_workers import StillRoster
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import KeptPicture
from lib.stills.ledger.cipher import Cipher, NoCipher, changed_row
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import LEDGER, PICTURES, Ledger, open_ledger, open_shared_ledger
from lib.stills.ledger.queue import Asker, StillRequest
from lib.stills.ledger.room import Retention
from lib.stills.service.map_locks import MapLocks
from lib.stills.service.routes_state import Search, searched
from lib.stills.service.running import RunningStills
from lib.stills.service.views import Viewer

SIZES = (10_000, 100_000, 1_000_000)
ENDLESS = Retention(most_bytes=1 << 60)
PICTURE_BYTES = 300_000
LINKS = 60_000  # of one file; a file system allows few more
AT_ONCE = 10_000
TRIES = 20
CLAIMS = 200
T = TypeVar("T")
Rows = dict[str, list[tuple[object, ...]]]

COLUMNS = {
    "job": (*sql.COLUMNS, "flight"),
    "waiter": ("job", "owner", "lane", "turn", "keep", "since_ns", "waits"),
    "picture": ("id", "job", "sample", "size", "kind", "name", "keep", "at_ns", "home"),
}


def asked(prompt: str, seed: int) -> StillRequest:
    """As the service keeps it."""
    params = {"prompt": prompt, "seed": seed, "steps": 8, "guidance": 7.5, "strength": 0.7,
              "width": 512, "height": 512, "scheduler": ""}  # fmt: skip
    body = {"prompt": prompt, "negative": "", "remark": "", "image": "", "mask": ""}
    return StillRequest({**body, "params": params})


def finished(first: int, last: int, cipher: Cipher) -> Iterator[Rows]:
    """The rows of stills with these numbers, some thousand at a time."""
    mark = 7_777_777  # in whose place the number of each comes
    still = Still(
        id="", number=mark, request=canonical(asked(f"a lighthouse, number {mark}", mark).whole()),
        kind="txt2img", model="", engine="", side=512, samples=1, lane=1, turn=mark, keep=1,
        since_ns=mark, created_s=mark,
    )  # fmt: skip
    still = ended(claimed(still, "", "painter", 0), StillState.DONE, 0)
    job = {**asdict(still), "flight": ""}
    waiter = {**asdict(Waiter("", "", 1, mark, 1, mark)), "waits": 0}
    picture = asdict(KeptPicture("", "", 0, PICTURE_BYTES, "png", "", 1, mark, ""))
    for start in range(first, last, AT_ONCE):
        rows: Rows = {table: [] for table in COLUMNS}
        for number in range(start, min(start + AT_ONCE, last)):
            at_ns, name = number * SECOND_NS, secrets.token_hex(40)
            id_, flight, claim, file = name[:16], name[16:48], name[48:64], name[40:]
            own = {"id": id_, "number": number, "turn": number, "since_ns": at_ns, "claim": claim,
                   "request": still.request.replace(str(mark), str(number)), "flight": flight,
                   "created_s": number, "ended_ns": at_ns + SECOND_NS}  # fmt: skip
            rows["job"].append(tuple((job | own).values()))
            own = {"job": id_, "owner": f"browser {number % 500}", "turn": number,
                   "since_ns": at_ns}  # fmt: skip
            rows["waiter"].append(tuple((waiter | own).values()))
            own = {"id": flight[:16], "job": id_, "name": file, "at_ns": at_ns}
            rows["picture"].append(tuple((picture | own).values()))
        yield {table: [_sealed(table, row, cipher) for row in rows[table]] for table in rows}


def _sealed(table: str, row: tuple[object, ...], cipher: Cipher) -> tuple[object, ...]:
    if isinstance(cipher, NoCipher):
        return row
    named = dict(zip(COLUMNS[table], row, strict=True))
    changed = changed_row(named, table, NoCipher(b""), cipher)
    return tuple(changed[name] for name in COLUMNS[table])


@dataclass
class Grown:
    """A ledger that is filled, opened and closed again."""

    name: str
    open: Callable[[], Ledger]
    put: Callable[[Iterable[Rows], int], None]
    size: Callable[[], int]


def in_sqlite(folder: Path, key: bytes | None, name: str) -> Grown:
    folder.mkdir()
    path, pictures = folder / LEDGER, folder / PICTURES

    def put(rows: Iterable[Rows], last: int) -> None:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA synchronous=OFF")
            database.execute("PRAGMA cache_size=-1000000")  # of a million rows: for their indexes
            for some in rows:
                for table, columns in COLUMNS.items():
                    marks = ", ".join("?" * len(columns))
                    into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
                    database.executemany(into, some[table])
                _link(pictures, [str(one[5]) for one in some["picture"]])
                database.commit()
            database.execute("UPDATE ledger SET number = ?, now_ns = ?", (last, last * SECOND_NS))
            database.commit()

    return Grown(name, lambda: open_ledger(folder, ENDLESS, key=key), put,
                 lambda: path.stat().st_size)  # fmt: skip


def _link(folder: Path, names: list[str]) -> None:
    source = folder / names[0]
    source.write_bytes(b"a picture")
    for name in islice(names, 1, None):
        os.link(source, folder / name)


def in_postgres(server: TemporaryPostgres) -> Grown:
    import psycopg  # noqa: PLC0415 - an extra

    url = server.new_database()

    def put(rows: Iterable[Rows], last: int) -> None:
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            for some in rows:
                for table, columns in COLUMNS.items():
                    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                        for row in some[table]:
                            copy.write_row(row)
            cursor.execute("UPDATE ledger SET number = %s", (last,))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # as its own workers do it within the hour

    def size() -> int:
        return int(server.sql(f"SELECT pg_database_size('{url.split('/')[3].split('?')[0]}')"))

    return Grown("postgresql", lambda: open_shared_ledger(url, ENDLESS), put, size)


def grow(folder: Path, server: TemporaryPostgres | None, most: int, *, sealed: bool) -> int:
    ledgers = [in_sqlite(folder / "plain", None, "sqlite")]
    if sealed:
        ledgers = [in_sqlite(folder / "sealed", os.urandom(SIZE), "sealed")]
    elif server:
        ledgers.append(in_postgres(server))
    for grown in ledgers:
        there = 1
        for size in [one for one in SIZES if one <= most]:
            ledger = grown.open()
            cipher = ledger.book.cipher
            ledger.close()
            begin_s = time.perf_counter()
            grown.put(finished(there, size, cipher), size)
            print(f"\n{grown.name}: {size} stills; put in within "
                  f"{time.perf_counter() - begin_s:.0f} s", flush=True)  # fmt: skip
            there = size
            use(grown)
    return 0


def use(grown: Grown) -> None:
    took_s, ledger = _timed(grown.open)
    _say("start, after anything but an orderly end", took_s)
    ledger.close()
    took_s, ledger = _timed(grown.open)
    _say("start, after an orderly end", took_s)
    claims(ledger)
    viewer = Viewer(RunningStills(), StillRoster(), MapLocks(ledger))
    newest = ledger.stills(1 << 60, 1)[0].number

    def page(name: str, search: Search, tries: int = TRIES) -> None:
        _say(name, *(_timed(lambda: searched(ledger, viewer, search))[0] for _ in range(tries)))

    page("gallery page, the newest", Search((), None, 50))
    page("gallery page, in the middle", Search((), newest // 2, 50))
    page("search for what is not there", Search(("zebra",), None, 50), tries=3)
    _say("list of jobs", *(_timed(lambda: ledger.stills(1 << 60, 50))[0] for _ in range(TRIES)))
    _say("counts for /metrics", *(
        _timed(lambda: (ledger.counts(), ledger.oldest_s(), ledger.history.kept_bytes()))[0]
        for _ in range(TRIES)
    ))  # fmt: skip
    _say("what is too old or too much", *(_timed(ledger.history.retain)[0] for _ in range(5)))
    ledger.close()
    print(f"  {'size':<46}{grown.size() / 1e6:9.1f} MB", flush=True)


def claims(ledger: Ledger) -> None:
    took_s: list[float] = []
    for number in range(CLAIMS):
        ledger.queue.submit(asked(secrets.token_hex(8), number), Asker("somebody"))
        begin_s = time.perf_counter()
        still = ledger.leases.claim(Offer(secrets.token_hex(8)))
        took_s.append(time.perf_counter() - begin_s)
        assert still is not None
        ledger.leases.finish(still.id, still.token, 0, b"%d" % number + os.urandom(9), "png")
    got = percentiles(took_s)
    print(f"  {'claim p50, p99':<46}{got['p50'] * 1000:9.2f} ms {got['p99'] * 1000:9.2f} ms")


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begin_s = time.perf_counter()
    done = work()
    return time.perf_counter() - begin_s, done


def _say(name: str, *took_s: float) -> None:
    print(f"  {name:<46}{statistics.median(took_s) * 1000:9.2f} ms", flush=True)
