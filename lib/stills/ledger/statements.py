"""Every statement of the ledger. Another database gets its own connection class, not its own SQL.

A row of `ledger` is what the whole ledger has once: its secret, its time, the counters. Whatever
numbers an event holds the lock of that row until it commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from lib.core.still import Still
from lib.core.still_workers import StillWorker
from lib.stills.ledger.sqlite import Value

# What leads from each schema number to the next one; an entry that was released stays as it is.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE ledger (incarnation TEXT NOT NULL, secret BLOB NOT NULL,
        now_ns BIGINT NOT NULL, event BIGINT NOT NULL, number BIGINT NOT NULL,
        served_0 BIGINT NOT NULL, served_1 BIGINT NOT NULL)""",
        """CREATE TABLE job (id TEXT PRIMARY KEY, number BIGINT NOT NULL, request TEXT NOT NULL,
        kind TEXT NOT NULL, model TEXT NOT NULL, engine TEXT NOT NULL, side INTEGER NOT NULL,
        samples INTEGER NOT NULL, lane INTEGER NOT NULL, turn BIGINT NOT NULL,
        keep INTEGER NOT NULL, since_ns BIGINT NOT NULL, state TEXT NOT NULL,
        token BIGINT NOT NULL, claim TEXT NOT NULL, released BIGINT NOT NULL,
        beaten INTEGER NOT NULL, lapse INTEGER NOT NULL, tries INTEGER NOT NULL,
        vanished INTEGER NOT NULL, back BIGINT NOT NULL, deadline_ns BIGINT NOT NULL,
        not_before_ns BIGINT NOT NULL, ended_ns BIGINT NOT NULL, error TEXT NOT NULL,
        made_by TEXT NOT NULL, created_s BIGINT NOT NULL, flight TEXT NOT NULL)""",
        "CREATE INDEX job_place ON job (state, lane DESC, turn, number)",
        "CREATE INDEX job_flight ON job (flight, state)",
        "CREATE INDEX job_since ON job (state, since_ns)",
        "CREATE INDEX job_claim ON job (claim)",
        """CREATE TABLE waiter (job TEXT NOT NULL, owner TEXT NOT NULL, lane INTEGER NOT NULL,
        turn BIGINT NOT NULL, keep INTEGER NOT NULL, since_ns BIGINT NOT NULL,
        waits INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (job, owner))""",
        "CREATE INDEX waiter_owner ON waiter (owner, waits)",
        """CREATE TABLE own_key (owner TEXT NOT NULL, name TEXT NOT NULL, job TEXT NOT NULL,
        flight TEXT NOT NULL, PRIMARY KEY (owner, name))""",
        "CREATE INDEX own_key_job ON own_key (job)",
        """CREATE TABLE event (seq BIGINT PRIMARY KEY, job TEXT NOT NULL, what TEXT NOT NULL,
        at_ns BIGINT NOT NULL)""",
        """CREATE TABLE picture (id TEXT PRIMARY KEY, job TEXT NOT NULL, sample INTEGER NOT NULL,
        size BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, keep INTEGER NOT NULL,
        at_ns BIGINT NOT NULL)""",
        "CREATE INDEX picture_job ON picture (job, sample)",
        "CREATE INDEX picture_name ON picture (name)",
        """CREATE TABLE input (job TEXT NOT NULL, picture TEXT NOT NULL,
        PRIMARY KEY (job, picture))""",
        "CREATE INDEX input_picture ON input (picture)",
    ),
    (
        # How long no service ran, all in all, and the wall clock when the time was noted.
        "ALTER TABLE ledger ADD COLUMN away_ns BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE ledger ADD COLUMN wall_s BIGINT NOT NULL DEFAULT 0",
        # Jobs on their way in the ledger that is lost with the process.
        "ALTER TABLE ledger ADD COLUMN private BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX job_ended ON job (state, ended_ns)",
    ),
    (
        # Shared maps of pictures. The map that a job or a picture is of; empty for none.
        "ALTER TABLE job ADD COLUMN home TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE picture ADD COLUMN home TEXT NOT NULL DEFAULT ''",
        """CREATE TABLE map (id TEXT PRIMARY KEY, name TEXT NOT NULL, epoch TEXT NOT NULL,
        seq BIGINT NOT NULL, purged BIGINT NOT NULL, password TEXT NOT NULL,
        made_by TEXT NOT NULL, created_s BIGINT NOT NULL, changed_s BIGINT NOT NULL,
        deleted_s BIGINT NOT NULL)""",
        "CREATE UNIQUE INDEX map_name ON map (name) WHERE deleted_s = 0",
        """CREATE TABLE map_field (map TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,
        field TEXT NOT NULL, value TEXT NOT NULL, seq BIGINT NOT NULL, client TEXT NOT NULL,
        n BIGINT NOT NULL, PRIMARY KEY (map, kind, item, field))""",
        """CREATE TABLE map_client (map TEXT NOT NULL, client TEXT NOT NULL, person TEXT NOT NULL,
        n BIGINT NOT NULL, seen_s BIGINT NOT NULL, PRIMARY KEY (map, client))""",
        """CREATE TABLE map_person (map TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,
        colour INTEGER NOT NULL, seen_s BIGINT NOT NULL, PRIMARY KEY (map, person))""",
        """CREATE TABLE map_opened (map TEXT NOT NULL, person TEXT NOT NULL,
        PRIMARY KEY (map, person))""",
        """CREATE TABLE map_picture (map TEXT NOT NULL, picture TEXT NOT NULL,
        PRIMARY KEY (map, picture))""",
        "CREATE INDEX map_picture_picture ON map_picture (picture)",
    ),
    (
        # The ledger's own keys, wrapped with LEDGER_KEY; empty where it is not encrypted.
        "ALTER TABLE ledger ADD COLUMN wrapped TEXT NOT NULL DEFAULT ''",
    ),
    (
        # So that nothing reads a million rows for a page of the newest, for what is oldest, for
        # how many bytes there are, or for what is of one map.
        "CREATE INDEX job_number ON job (number)",
        "CREATE INDEX job_home ON job (home) WHERE home <> ''",
        "CREATE INDEX picture_home ON picture (home) WHERE home <> ''",
        "CREATE INDEX picture_size ON picture (keep, size)",
        "CREATE INDEX picture_age ON picture (at_ns, id) WHERE keep < 2",
    ),
)

# What a program must know at least to work with the tables as all of these leave them, where
# several programs share them: one that does not know a new column, or a new table, leaves it alone.
LEAST_SCHEMA = 4  # which knows that a ledger may be encrypted

COLUMNS = tuple(field.name for field in fields(Still))
_FIXED = ("id", "number", "request", "since_ns", "created_s", "home")
CHANGING = tuple(name for name in COLUMNS if name not in _FIXED)
_STILL = ", ".join(COLUMNS)

NEW_LEDGER = """INSERT INTO ledger (incarnation, secret, wrapped, now_ns, event, number, served_0,
    served_1) VALUES (?, ?, ?, 0, 0, 0, 0, 0)"""
LEDGER = "SELECT incarnation, secret, wrapped, now_ns, away_ns, wall_s FROM ledger"
KEYS = "SELECT wrapped, secret FROM ledger"
NOTE_TIME = "UPDATE ledger SET now_ns = ?, wall_s = ? WHERE incarnation = ? RETURNING now_ns"
NOTE_AWAY = "UPDATE ledger SET away_ns = ?"
PRIVATE = "SELECT private FROM ledger"
NOTE_PRIVATE = "UPDATE ledger SET private = ?"
NEXT_EVENT = "UPDATE ledger SET event = event + 1"
NEXT_NUMBER = "UPDATE ledger SET number = number + 1 RETURNING number"
SERVED = ("SELECT served_0 FROM ledger", "SELECT served_1 FROM ledger")
SERVE = (
    "UPDATE ledger SET served_0 = ? WHERE served_0 < ?",
    "UPDATE ledger SET served_1 = ? WHERE served_1 < ?",
)

ADD_JOB = f"INSERT INTO job ({_STILL}, flight) VALUES ({', '.join('?' * len(COLUMNS))}, ?)"
SAVE_JOB = f"UPDATE job SET {', '.join(f'{name} = ?' for name in CHANGING)} WHERE id = ?"
JOB = f"SELECT {_STILL} FROM job WHERE id = ?"
JOBS = f"SELECT {_STILL} FROM job WHERE number < ? ORDER BY number DESC LIMIT ?"
OPEN = f"""SELECT {_STILL} FROM job WHERE state IN ('queued', 'running')
    ORDER BY state DESC, lane DESC, turn, number LIMIT ?"""
# Nearly all are done, so they are read in their order: by an index on states SQLite would read and
# sort a million for a page.
PICTURED = f"""SELECT {_STILL} FROM job WHERE number < ? AND state || '' = 'done'
    AND EXISTS (SELECT 1 FROM picture WHERE picture.job = job.id) ORDER BY number DESC LIMIT ?"""
COUNTS = "SELECT state, lane, COUNT(*) FROM job GROUP BY state, lane"
OLDEST = "SELECT MIN(since_ns) FROM job WHERE state = 'queued'"
IN_FLIGHT = f"SELECT {_STILL} FROM job WHERE flight = ? AND state IN ('queued', 'running') LIMIT 1"
MADE = f"""SELECT {_STILL} FROM job WHERE flight = ? AND state = 'done'
    AND EXISTS (SELECT 1 FROM picture WHERE picture.job = job.id) ORDER BY number DESC LIMIT 1"""
BUSY = "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')"
CLAIMED = f"SELECT {_STILL} FROM job WHERE claim = ?"
RAN_OUT = f"SELECT {_STILL} FROM job WHERE state = 'running' AND deadline_ns <= ?"
RUNNING = f"SELECT {_STILL} FROM job WHERE state = 'running'"
TOO_OLD = f"SELECT {_STILL} FROM job WHERE state = 'queued' AND since_ns <= ?"
DUE = """SELECT EXISTS (SELECT 1 FROM job WHERE state = 'running' AND deadline_ns <= ?)
    OR EXISTS (SELECT 1 FROM job WHERE state = 'queued' AND lane = 0)
    OR EXISTS (SELECT 1 FROM job WHERE state = 'queued' AND since_ns <= ?)"""
END_OF_LANE = "SELECT COALESCE(MAX(turn), 0) + 1 FROM job WHERE state = 'queued' AND lane = ?"
WAITING = "SELECT COUNT(*) FROM job WHERE state = 'queued'"
ANY = "SELECT id FROM job UNION ALL SELECT id FROM picture LIMIT 1"
WAITING_OF = """SELECT COUNT(*), COALESCE(MAX(CASE WHEN waiter.lane = ? THEN waiter.turn END), 0)
    FROM waiter JOIN job ON job.id = waiter.job WHERE waiter.owner = ? AND waiter.waits = 1
    AND job.state = 'queued'"""
AHEAD_OF = """SELECT COUNT(*) FROM job WHERE state = 'queued' AND
    (lane > ? OR (lane = ? AND (turn < ? OR (turn = ? AND number < ?))))"""


# Of one statement; databases take no more than 32,766.
_MOST_VALUES = 20_000


def candidates(
    worker: StillWorker, better: Sequence[StillWorker], locking: str
) -> tuple[str, tuple[Value, ...]]:
    """The first that a worker can do, without those that a better one is there for. After these
    values: the time, what this worker waits more after a vanished one, the time, how many."""
    able, values = _able(worker)
    theirs = ""
    their_values: tuple[Value, ...] = ()
    for condition, more in map(_able, better):
        # Beyond it nothing is left to a better one: that costs quality, and never a job.
        if len(their_values) + len(more) <= _MOST_VALUES:
            theirs, their_values = f"{theirs} AND NOT ({condition})", their_values + more
    unnamed = "0 = 1" if worker.only_named else f"(engine = ''{theirs})"
    statement = f"""SELECT {_STILL} FROM job WHERE state = 'queued' AND {able}
        AND (engine = ? OR {unnamed}) AND not_before_ns <= ?
        AND (not_before_ns = 0 OR not_before_ns + ? <= ?)
        ORDER BY lane DESC, turn, number LIMIT ? {locking}"""
    unnamed_values = () if worker.only_named else their_values
    return statement, (*values, worker.engine, *unnamed_values)


def _able(worker: StillWorker) -> tuple[str, tuple[Value, ...]]:
    """What `StillWorker.can` says, as a condition."""
    condition = f"side <= ? AND kind IN ({_marks(len(worker.kinds))})"
    values: tuple[Value, ...] = (worker.largest, *worker.kinds)
    if worker.asked_by:
        condition += """ AND EXISTS (SELECT 1 FROM waiter WHERE waiter.job = job.id
            AND waiter.waits = 1 AND waiter.owner LIKE ?)"""
        values = (*values, worker.asked_by + "%")
    if worker.models is None:
        return condition, values
    models = (*worker.models, "")
    return f"{condition} AND model IN ({_marks(len(models))})", (*values, *models)


def _marks(count: int) -> str:
    return ", ".join("?" * count) or "''"  # NULL would make a negation false, too


_WAITER = "job, owner, lane, turn, keep, since_ns"
WAITERS = f"SELECT {_WAITER} FROM waiter WHERE job = ?"
ADD_WAITER = f"INSERT INTO waiter ({_WAITER}) VALUES (?, ?, ?, ?, ?, ?)"
MOVE_WAITER = "UPDATE waiter SET lane = ?, turn = ?, keep = ? WHERE job = ? AND owner = ?"
DROP_WAITER = "DELETE FROM waiter WHERE job = ? AND owner = ?"
END_WAITING = "UPDATE waiter SET waits = 0 WHERE job = ?"
PROMOTED = """SELECT waiter.job, waiter.owner, waiter.lane, waiter.turn, waiter.keep,
    waiter.since_ns FROM job JOIN waiter ON waiter.job = job.id
    WHERE job.state = 'queued' AND job.lane = 0 AND waiter.since_ns <= ?
    ORDER BY waiter.since_ns, job.number LIMIT 64"""
OWN_KEY = "SELECT job, flight FROM own_key WHERE owner = ? AND name = ?"
KEYED = """SELECT own_key.name, own_key.job FROM own_key JOIN job ON job.id = own_key.job
    WHERE own_key.owner = ? ORDER BY job.number"""
ADD_OWN_KEY = "INSERT INTO own_key (owner, name, job, flight) VALUES (?, ?, ?, ?)"

ADD_EVENT = "INSERT INTO event (seq, job, what, at_ns) SELECT event, ?, ?, ? FROM ledger"
EVENTS = "SELECT seq, job, what, at_ns FROM event WHERE seq > ? ORDER BY seq LIMIT ?"
EVENT_BOUNDS = "SELECT event, (SELECT MIN(seq) FROM event) FROM ledger"
# At most so many at once, and more are not looked at: time goes up with their numbers.
DROP_EVENTS = """DELETE FROM event WHERE at_ns < ?
    AND seq < (SELECT MIN(seq) FROM event) + 10000"""

_PICTURE = "id, job, sample, size, kind, name, keep, at_ns, home"
ADD_PICTURE = f"INSERT INTO picture ({_PICTURE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
PICTURE = f"SELECT {_PICTURE} FROM picture WHERE id = ?"
PICTURES_OF = f"SELECT {_PICTURE} FROM picture WHERE job = ? ORDER BY sample"
ADD_INPUT = "INSERT INTO input (job, picture) VALUES (?, ?)"
NAMED = "SELECT COUNT(*) FROM picture WHERE name = ?"
NAMES = "SELECT DISTINCT name FROM picture"
WAITED_FOR = """SELECT COUNT(*) FROM input JOIN job ON job.id = input.job
    WHERE input.picture = ? AND job.state IN ('queued', 'running')"""
ON_A_MAP = "SELECT COUNT(*) FROM map_picture WHERE picture = ?"
# What was made on a map or uploaded for it, and is on no other one.
OF_HOME = f"""SELECT {_PICTURE} FROM picture WHERE home = ? AND home <> '' AND NOT EXISTS
    (SELECT 1 FROM map_picture WHERE picture = picture.id AND map <> picture.home)"""
JOBS_OF_HOME = """SELECT id FROM job WHERE home = ? AND home <> ''
    AND NOT EXISTS (SELECT 1 FROM picture WHERE picture.job = job.id)"""
DROP_PICTURE = "DELETE FROM picture WHERE id = ?"
JOBS_OF_NAME = "SELECT DISTINCT job FROM picture WHERE name = ? AND job <> ''"
DROP_NAME = "DELETE FROM picture WHERE name = ?"
MADE_FROM_IT = "SELECT job FROM input WHERE picture = ?"
KEPT_BYTES = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM picture"
HISTORY_BYTES = KEPT_BYTES + " WHERE keep < 2"
MAP_BYTES = KEPT_BYTES + " WHERE keep >= 2"
KEEP_PICTURES = "UPDATE picture SET keep = ? WHERE job = ?"
_IN_USE = """(EXISTS (SELECT 1 FROM job WHERE job.id = picture.job
        AND job.state IN ('queued', 'running'))
    OR EXISTS (SELECT 1 FROM input JOIN job ON job.id = input.job
        WHERE input.picture = picture.id AND job.state IN ('queued', 'running')))"""
BYTES_IN_USE = f"{KEPT_BYTES} WHERE {_IN_USE}"
# What may go: history that no open job is or is made from.
OLDEST_HISTORY = f"""SELECT {_PICTURE} FROM picture WHERE keep < 2 AND NOT {_IN_USE}
    ORDER BY at_ns, id LIMIT 64"""
# One that is done has pictures: with the last of them it is forgotten.
_EMPTY = """SELECT id FROM job WHERE state IN ('failed', 'cancelled')
    AND NOT EXISTS (SELECT 1 FROM picture WHERE picture.job = job.id)"""
OLD_EMPTY_JOBS = _EMPTY + " AND ended_ns <= ? LIMIT 500"
MORE_EMPTY_JOBS = _EMPTY + " ORDER BY ended_ns DESC, number DESC LIMIT 500 OFFSET ?"
FORGET_JOB = (
    "DELETE FROM own_key WHERE job = ?",
    "DELETE FROM waiter WHERE job = ?",
    "DELETE FROM input WHERE job = ?",
    "DELETE FROM job WHERE id = ?",
)

# --- PostgreSQL alone: what SQLite has in its file's head, in the folder beside it, or not at all.

POSTGRES_HAS_OWN = """SELECT to_regclass('service') IS NOT NULL
    AND to_regclass('picture_bytes') IS NOT NULL"""
POSTGRES_OWN = (
    """CREATE TABLE IF NOT EXISTS service (schema INTEGER NOT NULL, least INTEGER NOT NULL,
    shift_ns BIGINT NOT NULL)""",
    "INSERT INTO service SELECT 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM service)",
    """CREATE TABLE IF NOT EXISTS picture_bytes (name TEXT PRIMARY KEY, data BYTEA NOT NULL)""",
    "ALTER TABLE picture_bytes ALTER COLUMN data SET STORAGE EXTERNAL",  # they are compressed
)
# Told when the transaction that wrote ends; several of one kind in it are told once.
POSTGRES_NEWS = (
    """CREATE OR REPLACE FUNCTION tell_services() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('afterimage_stills', TG_ARGV[0]); RETURN NULL; END $$""",
    *(
        f"""CREATE OR REPLACE TRIGGER {table}_news AFTER {when} ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION tell_services('{what}')"""
        for table, when, what in (
            ("event", "INSERT", "event"),
            ("map", "INSERT OR UPDATE OR DELETE", "map"),
            ("map_opened", "INSERT OR DELETE", "map"),
        )
    ),
)
SCHEMA = "SELECT schema, least FROM service"
SET_SCHEMA = "UPDATE service SET schema = ?, least = ?"
CLOCK = """SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000000)::BIGINT, shift_ns,
    (SELECT now_ns FROM ledger), least FROM service"""
SHIFT = "UPDATE service SET shift_ns = ?"
HAS_BYTES = "SELECT 1 FROM picture_bytes WHERE name = ?"
BYTES = "SELECT data FROM picture_bytes WHERE name = ?"
ADD_BYTES = "INSERT INTO picture_bytes (name, data) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
DROP_BYTES = "DELETE FROM picture_bytes WHERE name = ?"
BYTE_NAMES = "SELECT name FROM picture_bytes"
DROP_UNNAMED_BYTES = """DELETE FROM picture_bytes
    WHERE NOT EXISTS (SELECT 1 FROM picture WHERE picture.name = picture_bytes.name)"""
