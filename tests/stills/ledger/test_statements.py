"""No statement that is asked again and again reads all of a ledger that has grown: each finds an
index on both databases, whatever the planner would choose for few rows."""

from __future__ import annotations

import re

import pytest

from lib.core.still_workers import StillWorker
from lib.stills.ledger import statements as sql
from tests.stills.ledger.ledgers import FileLedger, LedgerUnderTest, PostgresLedger

WORKER = StillWorker(kinds=("txt2img",), models=("m",), engine="painter")
ASKED = {
    **{
        name: getattr(sql, name)
        for name in (
            "JOB", "JOBS", "OPEN", "PICTURED", "OLDEST", "IN_FLIGHT", "MADE", "BUSY", "CLAIMED",
            "RAN_OUT", "RUNNING", "TOO_OLD", "DUE", "END_OF_LANE", "WAITING", "WAITING_OF",
            "AHEAD_OF", "WAITERS", "PROMOTED", "OWN_KEY", "EVENTS", "EVENT_BOUNDS", "DROP_EVENTS",
            "PICTURE", "PICTURES_OF", "NAMED", "WAITED_FOR", "ON_A_MAP", "OF_HOME", "JOBS_OF_HOME",
            "JOBS_OF_NAME", "MADE_FROM_IT", "HISTORY_BYTES", "MAP_BYTES", "OLDEST_HISTORY",
            "OLD_EMPTY_JOBS", "MORE_EMPTY_JOBS",
        )
    },
    "candidates": sql.candidates(WORKER, [WORKER], "")[0],
}  # fmt: skip
# Of these a few rows are wanted of all that there are, in an order that an index has.
IN_ORDER = ("JOBS", "PICTURED", "EVENTS", "OLDEST_HISTORY", "candidates")
TABLES = "job|waiter|event|picture|input|own_key"


def plan_of(ledger: LedgerUnderTest, statement: str) -> list[str]:
    """What the database would do, if it must not read a whole table nor sort."""
    run = ledger.ledger.book.run
    if isinstance(ledger, FileLedger):
        values = (0,) * statement.count("?")
        return [str(row[3]) for row in run(f"EXPLAIN QUERY PLAN {statement}", values)]
    if isinstance(ledger, PostgresLedger):
        with ledger.ledger.book.connection.snapshot():
            run("SET LOCAL enable_seqscan = off")
            run("SET LOCAL enable_sort = off")
            literal = statement.replace("?", "'0'")
            return [str(row[0]) for row in run(f"EXPLAIN {literal}")]
    pytest.skip("in memory, and never large")


def scanned(plan: list[str]) -> list[str]:
    """What is read from one end to the other."""
    whole = rf"SCAN ({TABLES})\b(?!.* USING )|.*Seq Scan on ({TABLES})\b"
    return [one for one in plan if re.match(whole, one)]


def is_sorted(plan: list[str]) -> list[str]:
    return [one for one in plan if re.match(r"USE TEMP B-TREE FOR ORDER BY|\W*Sort ", one)]


def test_each_finds_an_index(made: LedgerUnderTest) -> None:
    plans = {name: plan_of(made, text) for name, text in ASKED.items()}
    assert {name: whole for name, plan in plans.items() if (whole := scanned(plan))} == {}
    assert {name: plans[name] for name in IN_ORDER if is_sorted(plans[name])} == {}


def test_one_that_finds_none_is_seen(made: LedgerUnderTest) -> None:
    assert scanned(plan_of(made, "SELECT id FROM job WHERE error = ?"))
    assert is_sorted(plan_of(made, "SELECT id FROM job ORDER BY error"))
