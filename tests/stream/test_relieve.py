"""What is taken from the pictures arrives where it is meant to, and nowhere else."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgpack
import pytest

from bench.pictures import fill
from bench.show import Show
from lib.core.geometry import Size
from lib.core.shedding.levels import Levels
from lib.pictures.header import read_header
from lib.stream.dispatch.live_params import LiveParams
from lib.wire.messages import Change, decode_picture, encode
from tests.rig import primary, until
from tests.stream.way import Liar, Make


def test_a_worker_enlarges_what_was_made_small(make: Make) -> None:
    path = make()
    path.show(Size(128, 96))
    path.add()
    seen = path.see(20)
    path.camera.shown = None
    sizes = [read_header(picture.jpg).size for picture in seen + path.see(60)]
    assert set(sizes) == {Size(128, 96), Size(64, 64)}
    assert sizes == sorted(sizes, reverse=True), "one after the other"
    assert path.count("small") == path.count("bad") == 0


def test_what_only_passes_through_is_enlarged_too(make: Make) -> None:
    path = make()
    path.play(passthrough=True)
    path.show(Size(128, 96))
    path.add()
    assert {read_header(one.jpg).size for one in path.see(20)} == {Size(128, 96)}


def test_a_worker_that_does_not_know_how_is_found_out(make: Make) -> None:
    path = make()
    path.show(Size(128, 128))
    liar = Liar(path, lambda *frame: [msgpack.packb(frame)])
    assert until(lambda: liar.work(0.1) or path.count("small") > 5)
    assert path.count("bad") == 0, "its pictures are shown until somebody sees to it"


def test_of_two_frames_one_enters_evenly(make: Make) -> None:
    path = make()
    path.add()
    path.see(20)
    path.dispatch.cut(Levels(frames=1))
    path.see(30)
    before = Counter(path.dispatch.tally.counts)
    stamps = [picture.timestamp for picture in path.see(60)]
    after = path.dispatch.tally.counts
    came, left_out = after["in"] - before["in"], after["relief"] - before["relief"]
    assert abs(came - 2 * left_out) <= 1 and left_out > 50
    steps = sorted(later - earlier for earlier, later in pairwise(stamps))
    assert 28 <= steps[len(steps) // 2] <= 39, "a frame in 33 ms"
    path.dispatch.cut(Levels())
    path.see(30)
    before = Counter(path.dispatch.tally.counts)
    path.see(30)
    assert path.count("relief") == before["relief"]


def test_steps_and_quality_travel_with_the_job_and_what_is_played_stays() -> None:
    settings = primary(resolution="512", quality=85)
    live = LiveParams(settings)
    played = settings.played.changed(num_inference_steps=4, strength=1.0)
    assert live.change(encode(Change(1, played.model_dump())), 1)
    size = Size(512, 512)

    def sent(shown: Size | None = None) -> dict[str, object]:
        return dict(msgpack.unpackb(live.encoded(10**18, size, shown)))

    plain = sent()
    assert (plain["num_inference_steps"], plain["quality"], plain["shown"]) == (4, None, None)
    live.cut(Levels(quality=2, steps=1))
    cut = sent(Size(1024, 576))
    differing = {key for key in cut if cut[key] != plain[key]}
    assert differing == {"quality", "num_inference_steps", "shown"}
    assert cut["num_inference_steps"] == 2
    assert (cut["quality"], cut["shown"]) == (60, "1024x576")
    live.cut(Levels())
    assert sent() == plain
    assert live.playing.params.num_inference_steps == 4


@pytest.mark.slow
def test_a_real_show_under_overload_makes_smaller_pictures_and_says_so(tmp_path: Path) -> None:
    fill(tmp_path, 8)
    scaled = "-m bench.cost.workers scaled --delay_ms 25"
    with Show(tmp_path, 60, [scaled], "--relief", "size") as show:
        show.until_answered()
        sizes: set[Size] = set()

        def take() -> None:
            sizes.add(read_header(decode_picture(show.viewer.recv()).jpg).size)

        def relieved() -> bool:
            while show.viewer.poll(0):
                take()
            return bool(show.status()["relief"]["cuts"])  # type: ignore[index]

        assert until(relieved, 40)
        for _ in range(40):  # what left before the move is among them, and what was made small
            assert show.viewer.poll(5000)
            take()
        status = show.status()
    assert sizes == {Size(512, 512)}, "whoever reads the feed sees no other size"
    assert status["size"] == "512x512" and status["params"]["resolution"] == "512"  # type: ignore[index]
    said = "the workers can't keep up: pictures are made at 384x384 instead of 512x512, for "
    assert any(warning.startswith(said) for warning in status["warnings"])  # type: ignore[attr-defined]
    moves = [words for _, words in status["relief"]["moves"]]  # type: ignore[index]
    assert moves[0].startswith("relief: pictures are made at 384x384 instead of 512x512")
