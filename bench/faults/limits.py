"""What a fault of a class may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a fault of this class may cost; None: whatever it costs."""

    lost: int | None = None  # pictures that got a number and were never seen
    given_up: int | None = None  # of them, those that a worker had: the others came too late
    silence_ms: float | None = None
    normal_s: float | None = None  # from the strike, or from the healing where `heals` is set
    picture_s: float | None = None  # until the first picture, counted likewise
    heals: bool = False  # nothing can be normal before it is healed
    out_s: float | None = None  # until a worker is out of rotation
    says: str | None = None  # what the status must say, as a pattern
    words_s: float = 2.0  # until it says it
    why_silent: str = ""  # why it can not say anything
    renumbers: bool = False  # a primary that is started anew counts anew
    beginnings: int = 0  # how often the sequence may begin anew
    clock: bool = False  # stamps may jump
    live: bool = False  # a source with a time of its own, whose pictures may come in bursts
    aged: bool = False  # frames may be older than the delay
    memory_mb: float = 24.0  # that all processes together may grow
    judge_held: bool = True  # descriptors and threads are the same before and after
