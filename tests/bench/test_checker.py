"""The checker finds each breach that is planted in a history, and nothing in one without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.faults.checker import Evidence, judge
from bench.faults.history import Line
from bench.faults.invariants import Limits, accounted, seen_all
from bench.pictures import COUNT, number_of, numbered
from bench.processes import Held, Sample
from bench.status import StatusSample, sample_of

FPS, SECONDS, STRIKE_S, HEAL_S = 60.0, 8, 2.0, 4.0
STRICT = Limits(lost=2, silence_ms=100, normal_s=2, out_s=0.6, says="worker .* left")
PLENTY = Limits()
START_MS = 1_700_000_000_000


def story(count: int = int(FPS * SECONDS), number: int = 590) -> list[Line]:
    """A feed without fault; its sequence turns round on the way."""
    return [
        Line(
            came_s=at / FPS + 0.04,
            latency_ms=40.0 + at % 3,
            stamp_ms=int(START_MS + 1000 * at / FPS + at % 2),
            index=1000 + at,
            number=(number + at) % COUNT,
            bytes=12_000,
            width=256,
            height=256,
        )
        for at in range(count)
    ]


def samples(
    warnings: tuple[str, ...] = ("worker w1 left 0 s ago",), at_s: float = 3.0
) -> list[StatusSample]:
    times = [0.1 * turn for turn in range(10 * SECONDS)]
    return [StatusSample(t, warnings if t >= at_s else (), delay_ms=45.0) for t in times]


def held(descriptors: int = 40, memory_mb: float = 100.0) -> Sample:
    return Sample(0.0, {"stream": Held(memory_mb, descriptors, 9)})


def evidence(lines: list[Line], **changes: object) -> Evidence:
    moments = (STRIKE_S, HEAL_S, float(SECONDS))
    return replace(Evidence(*moments, lines, samples(), FPS, 0.5, held(), held()), **changes)


def broken(lines: list[Line], limits: Limits = STRICT, **changes: object) -> list[str]:
    return judge(evidence(lines, **changes), limits).broken


def changed(at: int, **change: object) -> list[Line]:
    lines = story()
    lines[at] = replace(lines[at], **change)
    return lines


def without(first: int, last: int) -> list[Line]:
    return [*story()[:first], *story()[last:]]


def test_a_history_without_fault_breaks_nothing() -> None:
    verdict = judge(evidence(story()), STRICT)
    assert verdict.broken == []
    figures = verdict.figures
    assert (figures.lost, figures.normal_s, figures.thinned) == (0, 0, 0)
    assert figures.silence_ms == pytest.approx(1000 / FPS, abs=1) or figures.silence_ms < 45
    assert figures.latency_ms["p50"] == pytest.approx(41, abs=1)
    assert figures.named_s == pytest.approx(1.0)


PLANTED: dict[str, tuple[Callable[[], list[Line]], str]] = {
    "a step back": (lambda: changed(200, index=1150), "a step back: index 1150 after 1199"),
    "an index twice": (lambda: changed(200, index=1199), "index 1199 came twice"),
    "a frame twice": (
        lambda: changed(201, stamp_ms=story()[200].stamp_ms, number=story()[200].number),
        "came twice",
    ),
    "a stamp back": (lambda: changed(200, stamp_ms=START_MS), "a step back: stamp"),
    "the picture after": (lambda: changed(200, number=story()[201].number), "index 1200 shows"),
    "the picture before": (lambda: changed(3, number=story()[2].number), "index 1003 shows"),
    "a picture that does not decode": (
        lambda: changed(200, width=0, height=0, number=-1),
        "index 1200 does not decode",
    ),
    "another picture altogether": (lambda: changed(200, number=-1), "shows no picture"),
    "an old frame": (lambda: changed(200, latency_ms=190.0), "index 1200 was 190 ms old"),
    "a silence": (lambda: without(200, 207), "silent for 133 ms, at most 100"),
    "three lost": (lambda: without(200, 203), "3 pictures lost, at most 2"),
    "no end of it": (lambda: story()[:200], "not normal again within the trial"),
    "long until normal": (
        lambda: [*story()[:130], *story()[130:300:2], *story()[300:]],
        "normal after",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_each_breach_is_found(name: str) -> None:
    plant, words = PLANTED[name]
    found = broken(plant())
    assert any(words in one for one in found), found


@pytest.mark.parametrize("name", [name for name in PLANTED if "picture" in name])
def test_a_wrong_picture_is_the_only_thing_that_is_found(name: str) -> None:
    assert len(broken(PLANTED[name][0]())) == 1


def test_an_older_frame_may_end_a_short_freeze_but_no_long_one() -> None:
    for last, allowed in ((208, True), (290, False)):
        lines = without(200, last)
        lines[200] = replace(lines[200], latency_ms=190.0)
        assert broken(lines, PLENTY) == (
            [] if allowed else [f"index {1000 + last} was 190 ms old at a delay of 45"]
        )


def test_what_was_lost_before_the_strike_is_not_counted() -> None:
    assert broken(without(20, 26)) == []


def test_a_sequence_that_begins_anew_must_be_allowed_to() -> None:
    lines = story()[:200] + [
        replace(line, number=(line.number + 77) % COUNT) for line in story()[200:]
    ]
    assert broken(lines) == ["the sequence began anew 1 times"]
    assert broken(lines, replace(STRICT, beginnings=1)) == []


def test_a_primary_that_counts_anew_must_be_allowed_to() -> None:
    lines = story()[:200] + [replace(line, index=line.index - 1200) for line in story()[200:]]
    assert broken(lines) != []
    assert broken(lines, replace(STRICT, renumbers=True)) == []


@pytest.mark.parametrize(("first", "breach"), [(200, []), (203, ["3 pictures lost, at most 2"])])
def test_a_replaced_stream_begins_a_block_and_only_its_own_first_pictures_are_losses(
    first: int, breach: list[str]
) -> None:
    lines = story()
    later = [replace(line, index=line.index - 1200 + 10_000) for line in lines[first:]]
    assert broken(lines[:200] + later, replace(STRICT, silence_ms=None)) == breach


def test_who_goes_out_of_rotation_too_late_or_never() -> None:
    assert broken(story(), out_s=0.7) == ["out of rotation after 0.70 s, at most 0.6"]
    assert broken(story(), out_s=None) == ["never out of rotation"]


def test_words_that_come_late_never_or_stood_there_before() -> None:
    late = samples(at_s=STRIKE_S + 2.5)
    assert broken(story(), samples=late) == ["the status said it after 2.5 s, at most 2"]
    others = samples(("the sun shines",))
    assert broken(story(), samples=others) == ["the status said nothing of it"]
    before = samples(at_s=0.0)
    assert broken(story(), samples=before) == ["the status said nothing of it"]


def test_what_the_status_counts_meanwhile() -> None:
    counts = [0] * 30 + [1] * 20 + [0] * 10 + [2] * 20  # it was started anew in between
    seen = [
        one._replace(counts={"drops.lost": count})
        for one, count in zip(samples(), counts, strict=True)
    ]
    assert broken(story(), replace(STRICT, given_up=3), samples=seen) == []
    assert broken(story(), replace(STRICT, given_up=2), samples=seen) == [
        "3 frames given up, at most 2"
    ]


def test_what_is_held_afterwards() -> None:
    assert broken(story(), after=held(41)) == ["stream has 41 descriptors, had 40 before"]
    assert broken(story(), after=held(memory_mb=190.0)) == [
        "90 MB more memory than before, at most 24"
    ]
    assert broken(story(), after=Sample(0.0, {})) == ["stream is gone"]


def status(**drops: int) -> StatusSample:
    """As /status has it, of a show that stands still."""
    stages = {"capture": {"counts": {"out": 500}}, "publish": {"counts": {"out": 480}}}
    stream = {"delay_ms": 40, "workers": [], "uptime_s": 9.0, "relief": {}}
    answer = {"warnings": [], "stream": {**stream, "stages": stages, "drops": drops}}
    return sample_of(answer, 0.0)


def test_every_frame_has_exactly_one_counter() -> None:
    assert accounted(status(thinned=12, lost=8)) == []
    (found,) = accounted(status(thinned=12, lost=7))
    assert found.startswith(
        "1 of 500 captured frames are in no counter (480 shown, 12 thinned, 7 lost;"
    )
    assert accounted(status(thinned=12, lost=9)) != [], "one was counted twice"


def test_what_was_shown_was_seen() -> None:
    assert seen_all(story(480), status()) == []
    assert seen_all(story(460), status()) == ["480 pictures were shown and 460 seen"]
    assert seen_all(story(481), status()) == ["480 pictures were shown and 481 seen"]


def test_numbers_survive_and_what_is_no_number_is_none() -> None:
    for number in (0, 1, 299, COUNT - 1):
        assert number_of(numbered(number)) == number
    assert number_of(numbered(7)[:-20]) is None
    assert number_of(b"rubbish") is None
