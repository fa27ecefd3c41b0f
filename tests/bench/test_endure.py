"""What a soak takes from the table of faults, and when its show is at rest."""

from __future__ import annotations

import pytest

from bench.faults import catalogue, endure, trial
from bench.faults.endure import LOOKS, at_rest, kind_of, suited
from bench.faults.invariants import Limits
from bench.faults.table import Fault
from bench.processes import Held, Sample

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


class StandIn:
    """Of a show, whose stream holds so many descriptors each time that it is asked."""

    def __init__(self, *descriptors: int) -> None:
        self._coming = list(descriptors)

    def sample(self) -> Sample:
        descriptors = self._coming.pop(0) if len(self._coming) > 1 else self._coming[0]
        return Sample(0.0, {"stream": Held(80.0, descriptors, 9)})


@pytest.mark.parametrize(
    "series",
    [
        [36, *[37] * LOOKS],  # a viewer was accepted a moment after the first look
        [*[36] * LOOKS, 37],
        [38, 37, 39, 37, 38, 37],  # requests come and go
    ],
)
def test_the_show_is_at_rest_once_everybody_has_come(
    series: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LOOK_EVERY_S", 0)
    assert at_rest(StandIn(*series)).held["stream"].descriptors == 37


def test_a_show_that_opens_more_and_more_is_never_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LOOK_EVERY_S", 0)
    monkeypatch.setattr(endure, "CALM_S", 0.05)
    with pytest.raises(RuntimeError, match=r"not steady after 0\.05 s"):
        at_rest(StandIn(*range(100_000)))
