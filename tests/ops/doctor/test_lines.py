"""The table, its JSON, and that nothing holds it up."""

from __future__ import annotations

import json
import time

from lib.ops.doctor.limit import Probe, ask_all, tool_says
from lib.ops.doctor.result import CheckResult, as_json, table, verdict, worst

LINES = [
    CheckResult("Python", "green", "3.11"),
    CheckResult("disk", "yellow", "4.0 GB free", "make room", {"free_gb": 4.0}),
    CheckResult("port 5555", "red", "in use", "end what holds it"),
]


def test_the_table_says_its_colours_in_words_and_what_to_do() -> None:
    said = table(LINES)
    assert "port 5555  red     in use" in said
    assert "-> end what holds it" in said
    assert "\x1b" not in said
    assert "\x1b[1;31mred" in table(LINES, paint=True)


def test_what_others_named_can_not_steer_the_terminal() -> None:
    assert "\x1b" not in table([CheckResult("worker", "green", "at \x1b[2J\x07 evil")])


def test_long_lines_are_folded_under_themselves() -> None:
    rows = table([CheckResult("a", "green", "word " * 60)]).splitlines()
    assert len(rows) > 2
    assert all(len(row) <= 100 for row in rows)
    assert all(row.startswith(" " * 11) for row in rows[1:])


def test_json_holds_the_same_facts() -> None:
    told = json.loads(as_json(LINES))
    assert told["verdict"] == "red"
    assert [one["colour"] for one in told["lines"]] == ["green", "yellow", "red"]
    assert told["lines"][1] == {
        "what": "disk",
        "colour": "yellow",
        "says": "4.0 GB free",
        "to_do": "make room",
        "facts": {"free_gb": 4.0},
    }


def test_the_worst_colour_counts() -> None:
    assert (worst(LINES), worst(LINES[:2]), worst(LINES[:1])) == ("red", "yellow", "green")
    assert verdict(LINES).startswith("1 red, 1 yellow")
    assert verdict(LINES[:2]).startswith("Nothing is red.")
    assert verdict(LINES[:1]) == "All is well."


def test_what_hangs_and_what_fails_is_a_red_line_and_holds_up_nobody() -> None:
    def fails() -> list[CheckResult]:
        raise RuntimeError("no such thing")

    def hangs() -> list[CheckResult]:
        time.sleep(2)
        return []

    start_s = time.monotonic()
    found = ask_all(
        [Probe("hangs", hangs, 0.1), Probe("fails", fails), Probe("good", lambda: LINES[:1])]
    )
    assert time.monotonic() - start_s < 1
    assert [one.what for one in found] == ["hangs", "fails", "Python"]
    assert found[0].colour == "red" and "no answer within 0.1 s" in found[0].says
    assert found[1].colour == "red" and "RuntimeError: no such thing" in found[1].says


def test_a_program_that_is_missing_fails_or_hangs_has_no_say() -> None:
    assert tool_says(["no-such-program-here"], 1) == (None, "is not installed")
    assert tool_says(["sh", "-c", "echo out; echo why >&2; exit 3"], 1) == (3, "why\n")
    assert tool_says(["sh", "-c", "echo yes"], 1) == (0, "yes\n")
    code, said = tool_says(["sleep", "5"], 0.1)
    assert code is None and "does not answer" in said
