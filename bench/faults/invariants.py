"""What always holds: order, whole and right pictures, no old ones, a counter for each frame; and
what a fault may cost of that.

Pure; each answers with what was broken, in plain words.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.faults.history import Line
from bench.pictures import COUNT
from bench.processes import Sample
from bench.status import StatusSample

SLACK_MS = 40.0  # of a frame's age: the way from the feed into the viewer's history
FROZEN_S = (0.1, 1.0)  # a silence so long may end with an older picture; longer ones may not
BURST_S = 0.05
UNSEEN = 0.02  # of all pictures: the feed holds no more than a twentieth of a second for a viewer
STILL_MS = 500  # between two pictures of a sequence that stands still
# So many pictures in a row that agree on another beginning: the sequence was started anew. A few
# may have been taken late, all of them.
MOVED = 20
MOST_NAMED = 3  # breaches of one kind that are spelled out


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
    why_silent: str = ""  # why it cannot say anything
    renumbers: bool = False  # a primary that is started anew counts anew
    beginnings: int = 0  # how often the sequence may begin anew
    clock: bool = False  # stamps may jump
    live: bool = False  # a source with a time of its own, whose pictures may come in bursts
    aged: bool = False  # frames may be older than the delay
    memory_mb: float = 24.0  # that all processes together may grow
    judge_held: bool = True  # descriptors and threads are the same before and after


def timeless(lines: Sequence[Line], fps: float, limits: Limits) -> list[str]:
    """What holds whatever the clock says."""
    return [*in_order(lines, limits), *whole(lines), *right_pictures(lines, fps, limits)]


def in_order(lines: Sequence[Line], limits: Limits) -> list[str]:
    """Index and stamp strictly rise: no step back, nothing twice."""
    found: list[str] = []
    for one, other in pairwise(lines):
        anew = limits.renumbers and other.index < one.index and other.stamp_ms > one.stamp_ms
        if other.index == one.index:
            found.append(f"index {one.index} came twice")
        elif other.index < one.index and not anew:
            found.append(f"a step back: index {other.index} after {one.index}")
        # Two frames of a busy machine may be taken in one millisecond; they are not one then.
        same = other.stamp_ms == one.stamp_ms and other.number == one.number
        if same and not limits.live:
            found.append(f"the frame of {one.stamp_ms} came twice")
        elif other.stamp_ms < one.stamp_ms and not limits.clock:
            found.append(f"a step back: stamp {other.stamp_ms} after {one.stamp_ms}")
    return _few(found)


def whole(lines: Sequence[Line]) -> list[str]:
    """Every picture decodes, and can be read."""
    found = []
    for line in lines:
        if not line.width:
            found.append(f"index {line.index} does not decode")
        elif line.number < 0:
            found.append(f"index {line.index} shows no picture of the sequence")
    return _few(found)


def right_pictures(
    lines: Sequence[Line], fps: float, limits: Limits, count: int = COUNT
) -> list[str]:
    """Each picture is that of its stamp: both move along together, on the sequence's own grid."""
    if limits.live:
        return forward(lines, count)
    found: list[str] = []
    period_ms = 1000 / fps
    round_ms = count * period_ms
    begun: float | None = None  # the stamp that picture 0 would have had
    odd: list[tuple[Line, float]] = []
    beginnings = 0
    for line in lines:
        if line.number < 0:
            continue
        at = line.stamp_ms - line.number * period_ms
        if begun is None:
            begun = _first_beginning(lines, period_ms, round_ms)
        off = _apart(at, begun, round_ms)
        if abs(off) <= 0.6 * period_ms:
            begun += 0.05 * off
            found += [_wrong(one, two, period_ms) for one, two in odd]
            odd = []
            continue
        odd.append((line, off))
        if len(odd) >= MOVED and all(
            abs(_apart(o.stamp_ms - o.number * period_ms, at, round_ms)) <= 0.6 * period_ms
            for o, _ in odd[-MOVED:]
        ):
            begun, odd, beginnings = at, odd[:-MOVED], beginnings + 1
            found += [_wrong(one, two, period_ms) for one, two in odd]
            odd = []
    found += [_wrong(one, two, period_ms) for one, two in odd]
    if beginnings > limits.beginnings:
        found.append(f"the sequence began anew {beginnings} times")
    return _few(found)


def forward(lines: Sequence[Line], count: int) -> list[str]:
    """No picture is shown twice, and none after a later one of its round."""
    numbers = [line.number for line in lines if line.number >= 0]
    return _few(
        [
            f"picture {other} after {one}"
            for one, other in pairwise(numbers)
            if (one - other) % count < count // 10  # so far back, or the same
        ]
    )


def _first_beginning(lines: Sequence[Line], period_ms: float, round_ms: float) -> float:
    """By the middle of the first ones, so that a wrong one among them is the odd one."""
    first = [one for one in lines if one.number >= 0][:9]
    start = first[0].stamp_ms - first[0].number * period_ms
    offs = [_apart(one.stamp_ms - one.number * period_ms, start, round_ms) for one in first]
    return start + statistics.median(offs)


def _apart(one: float, other: float, round_ms: float) -> float:
    """How far on a circle of this length."""
    return (one - other + round_ms / 2) % round_ms - round_ms / 2


def _wrong(line: Line, off: float, period_ms: float) -> str:
    return (
        f"index {line.index} shows picture {line.number}, "
        f"{abs(off) / period_ms:.1f} pictures {'before' if off > 0 else 'after'} its stamp's"
    )


def fresh(lines: Sequence[Line], samples: Sequence[StatusSample]) -> list[str]:
    """No frame is older than the playout's delay at that time. Where nothing came for a while the
    playout shows what it has, so that nobody stares at a still picture."""
    found, at, freed_s = [], 0, float("-inf")
    for before, line in pairwise(lines):
        if FROZEN_S[0] <= line.came_s - before.came_s < FROZEN_S[1]:
            freed_s = line.came_s
        while at < len(samples) and samples[at].at_s < line.came_s - 1:
            at += 1
        near = [one.delay_ms for one in samples[at : at + 25] if one.at_s <= line.came_s + 1]
        limit = max(near, default=0.0)
        if limit and line.latency_ms > limit + SLACK_MS and line.came_s > freed_s + BURST_S:
            found.append(
                f"index {line.index} was {line.latency_ms:.0f} ms old at a delay of {limit:.0f}"
            )
    return _few(found)


def accounted(said: StatusSample) -> list[str]:
    """Of a show that stands still: whatever was captured was shown or dropped, exactly once. It
    sends its picture twice a second, which waits for as long as the playout waits."""
    if 0 <= said.underway <= int(said.delay_ms / STILL_MS):
        return []
    drops = ", ".join(f"{count} {name}" for name, count in said.dropped.items() if count)
    ends = f"{said.shown} shown, {drops or 'none dropped'}"
    known = {k: n for k, n in said.counts.items() if n and not k.startswith(("drops.", "capture."))}
    where = ", ".join(f"{count} {name}" for name, count in sorted(known.items()))
    words = f"{said.underway} of {said.captured} captured frames are in no counter ({ends}"
    return [f"{words}; all that is counted: {where})"]


def seen_all(lines: Sequence[Line], said: StatusSample) -> list[str]:
    """Of a viewer that was there from the first picture to the last: it saw what was shown, but
    for the few that the feed drops where the viewer's machine stood still for a moment."""
    missed = said.shown - len(lines)
    if 0 <= missed <= max(2, UNSEEN * said.shown):
        return []
    return [f"{said.shown} pictures were shown and {len(lines)} seen"]


def same_held(before: Sample, after: Sample) -> Iterator[str]:
    """Descriptors and threads of each process are as many as before."""
    for name, had in before.held.items():
        has = after.held.get(name)
        if has is None:
            yield f"{name} is gone"
            continue
        for what in ("descriptors", "threads"):
            old, new = getattr(had, what), getattr(has, what)
            if old != new:
                yield f"{name} has {new} {what}, had {old} before"


def _few(found: list[str]) -> list[str]:
    more = len(found) - MOST_NAMED
    return found if more <= 0 else [*found[:MOST_NAMED], f"{more} more of that kind"]
