"""Holds what a viewer saw, and what the status said, against what is promised.

Pure: it is handed all it judges, and answers with broken promises in plain words and with figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.faults.figures import Evidence, Figures, Moments, measure
from bench.faults.invariants import (
    accounted,
    fresh,
    in_order,
    right_pictures,
    same_held,
    seen_all,
    whole,
)
from bench.faults.limits import Limits

__all__ = [
    "Evidence",
    "Figures",
    "Limits",
    "Moments",
    "Verdict",
    "accounted",
    "in_order",
    "judge",
    "right_pictures",
    "same_held",
    "seen_all",
    "whole",
]

LOOK_S = 0.15  # between two looks at the status


@dataclass
class Verdict:
    figures: Figures
    broken: list[str] = field(default_factory=list)


def judge(evidence: Evidence, limits: Limits) -> Verdict:
    figures = measure(evidence, limits)
    broken = [
        *in_order(evidence.lines, limits),
        *whole(evidence.lines),
        *right_pictures(evidence.lines, evidence.fps, limits),
        *(fresh(evidence.lines, evidence.looks) if not limits.aged else ()),
        *_within(figures, limits),
        *_held(evidence, limits),
    ]
    return Verdict(figures, broken)


def _within(figures: Figures, limits: Limits) -> Iterator[str]:
    yield from _pictures(figures, limits)
    yield from _times(figures, limits)


def _pictures(figures: Figures, limits: Limits) -> Iterator[str]:
    if limits.lost is not None and figures.lost > limits.lost:
        yield f"{figures.lost} pictures lost, at most {limits.lost}"
    if limits.given_up is not None and figures.given_up > limits.given_up:
        yield f"{figures.given_up} frames given up, at most {limits.given_up}"
    if limits.silence_ms is not None and figures.silence_ms > limits.silence_ms:
        yield f"silent for {figures.silence_ms:.0f} ms, at most {limits.silence_ms:.0f}"


def _times(figures: Figures, limits: Limits) -> Iterator[str]:
    if limits.normal_s is not None:
        if figures.normal_s is None:
            yield "not normal again within the trial"
        elif figures.normal_s > limits.normal_s:
            yield f"normal after {figures.normal_s:.1f} s, at most {limits.normal_s:g}"
    if limits.picture_s is not None and (figures.picture_s or 1e9) > limits.picture_s:
        after = "no picture" if figures.picture_s is None else f"{figures.picture_s:.1f} s"
        yield f"{after} until the first picture, at most {limits.picture_s:g} s"
    if limits.out_s is not None:
        if figures.out_s is None:
            yield "never out of rotation"
        elif figures.out_s > limits.out_s:
            yield f"out of rotation after {figures.out_s:.2f} s, at most {limits.out_s:g}"
    if limits.says is not None:
        if figures.named_s is None:
            yield "the status said nothing of it"
        elif figures.named_s > limits.words_s + LOOK_S:
            yield f"the status said it after {figures.named_s:.1f} s, at most {limits.words_s:g}"


def _held(evidence: Evidence, limits: Limits) -> Iterator[str]:
    before, after = evidence.before, evidence.after
    if before is None or after is None:
        return
    grown = after.memory_mb - before.memory_mb
    if grown > limits.memory_mb:
        yield f"{grown:.0f} MB more memory than before, at most {limits.memory_mb:g}"
    if limits.judge_held:
        yield from same_held(before, after)
