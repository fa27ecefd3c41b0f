"""What a soak takes from the table of faults, and what it gives back to the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.faults import catalogue
from bench.faults.endure import free, kind_of, suited
from bench.faults.invariants import Limits
from bench.faults.table import Fault

assert catalogue  # importing it fills the table


def test_there_are_faults_for_a_soak() -> None:
    assert "kill one" in suited()
    assert all(fault.soak for fault in suited().values())


def test_a_fault_becomes_a_kind_of_the_schedule() -> None:
    def kind(limits: Limits) -> tuple[bool, bool]:
        fault = Fault("f", "", suited()["kill one"].strike, limits, lasts_s=2, watch_s=3)
        assert kind_of(fault).lasts_s > 5
        return kind_of(fault).total, kind_of(fault).ends_primary

    assert kind(Limits()) == (False, False)
    assert kind(Limits(heals=True)) == (True, False)
    assert kind(Limits(beginnings=1)) == (False, True)
    assert kind(Limits(renumbers=True, heals=True)) == (True, True)
    assert kind_of(suited()["kill control"]).ends_primary


def test_a_part_of_a_file_is_given_back_and_the_rest_stays(tmp_path: Path) -> None:
    path, size = tmp_path / "history.csv", 1 << 20
    path.write_bytes(b"x" * size + b"the end\n")
    used = path.stat().st_blocks
    if not free(path, 0, size):
        pytest.skip("this file system gives no part of a file back")
    assert path.stat().st_size == size + 8
    assert path.read_bytes()[size:] == b"the end\n"
    assert path.stat().st_blocks < used / 2
