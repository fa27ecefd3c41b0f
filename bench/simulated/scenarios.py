"""Which shows are simulated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A worker. `spread` is the standard deviation of the logarithm of its times."""

    median_ms: float
    spread: float = 0.2
    dies: bool = False  # in the middle of the show, without a word, as when it loses power


@dataclass(frozen=True)
class Scenario:
    """`at` is the source's rate; `loss` the share of results that get lost on their way."""

    name: str
    at: float
    kinds: tuple[Kind, ...]
    batch: int = 1
    loss: float = 0.0
    judged: bool = False  # the targets for smooth playout are for such a show


SCENARIOS = (
    Scenario("2 alike, 40 ms", 30, (Kind(40),) * 2),
    Scenario("3 uneven: 25, 35, 50 ms", 60, (Kind(25), Kind(35), Kind(50)), judged=True),
    Scenario(
        "3, one 5 times slow: 25, 25, 125 ms", 60, (Kind(25), Kind(25), Kind(125)), judged=True
    ),
    Scenario("3 of 50 ms: too few", 75, (Kind(50),) * 3),
    Scenario("4 of 80 ms, very uneven times", 30, (Kind(80, 0.5),) * 4),
    Scenario("4 of 40 ms, 1 % lost", 60, (Kind(40),) * 4, loss=0.01),
    Scenario("4 of 40 ms, one dies", 60, (*(Kind(40),) * 3, Kind(40, dies=True))),
    Scenario("4 of 70 ms: too few, batches of 4", 60, (Kind(70),) * 4, batch=4),
    Scenario(
        "8 of 80 ms: one slow, one dies, 1 % lost, batches of 4",
        60,
        (*(Kind(80),) * 6, Kind(400), Kind(80, dies=True)),
        batch=4,
        loss=0.01,
    ),
)
