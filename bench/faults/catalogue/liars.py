"""A worker that did its work begins to answer wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from bench.faults.catalogue.workers import WITH_ACTOR
from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import fault

WORDS = {
    "twice": ("a worker that answers twice", "came twice"),
    "another index": (
        "a worker that answers with another frame's index",
        "silent|answer no job of ours",
    ),
    "another stamp": (
        "a worker that answers with another frame's stamp",
        "silent|answer no job of ours",
    ),
    "rubbish": ("a worker whose pictures are rubbish", "were no pictures of"),
    "another size": ("a worker whose pictures are of another size", "were no pictures of"),
    "cut off": ("a worker whose pictures are cut off", "were no pictures of"),
    "a bomb": ("a worker whose small JPEG claims 60000x60000", "were no pictures of"),
    "noise": ("a worker that answers with random bytes", "silent|could not be read"),
    "nothing said": ("a worker that takes frames and never answers", "silent"),
}


def _lies(name: str, lie: str) -> None:
    words, says = WORDS[name]
    limits = Limits(lost=4, silence_ms=100, normal_s=2, says=says)

    @fault(name, words, limits, lasts_s=2.3, casts=WITH_ACTOR, soak=True, shares=True)
    def strike(stage: Stage) -> Iterator[None]:
        stage.worker("w0").tell(f"lie {lie}")
        yield
        stage.restart(stage.worker("w0"))  # or it would be tried again after seconds only


for _name in WORDS:
    _lies(_name, {"nothing said": "nothing"}.get(_name, _name))
