"""A frame's whole way over real sockets; only the source is ours."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from lib.config.params import Params
from lib.config.settings import ROOT
from lib.engine.engine import Engine, Frames
from lib.engine.identity import Identity
from lib.pictures.codec import open_codec
from lib.pictures.header import read_header
from lib.pictures.xmp import SourceType, jpeg_segment
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.wire.messages import Change, decode_picture, encode
from tests.rig import primary, until, worker
from tests.stream.way import Make, Way, check


@pytest.mark.parametrize("playout", ["smooth", "fast", "tight", "glass"])
def test_frames_come_back_in_order_and_whole(make: Make, playout: str) -> None:
    path = make(playout=playout)
    path.add()
    path.add(delay_ms=30, jitter_ms=15)
    pictures = path.see(90)
    check(pictures)
    missing = pictures[-1].index - pictures[30].index + 1 - len(pictures[30:])
    assert missing <= 3
    assert path.count("lost") == path.count("foreign") == path.count("bad") == 0


def test_the_thirty_line_worker_takes_part_fully(make: Make) -> None:
    path = make()
    command = [sys.executable, str(ROOT / "docs/examples/worker.py"), "127.0.0.1"]
    ports = [str(path.settings.job_port), str(path.settings.result_port)]
    with subprocess.Popen([*command, *ports]) as process:
        try:
            pictures = path.see(60)
            check(pictures)
            shade = open_codec().decode(pictures[-1].jpg)[32, 32]
            assert abs(int(shade[0]) - 120) > 30, "it hands back the frame as it came"
            assert path.dispatch.workers[0].name == "thirty-lines"
            assert path.dispatch.workers[0].state == "active"
        finally:
            process.terminate()


def test_a_worker_may_come_before_the_primary(make: Make, tmp_path: Path) -> None:
    settings = primary()
    early = worker(settings)
    fetch = Fetch(early)
    generate = Generate(Identity(), after=fetch)
    flow = Flow(fetch, generate, Send(early, "early", after=generate))
    assert flow.start()
    try:
        with ExitStack() as resources:
            check(Way(resources, settings, tmp_path, 60).see(10))
        # and the primary may go and come back under it; numbers go on growing
        with ExitStack() as resources:
            again = Way(resources, settings, tmp_path, 60).see(10)
            check(again)
            assert again[0].index >= 10_000
    finally:
        assert flow.stop()


def test_a_worker_that_leaves_costs_no_frame_and_one_that_returns_is_used_within_a_second(
    make: Make,
) -> None:
    path = make(playout="smooth")
    first, _ = path.add(worker_id="one", delay_ms=10), path.add(worker_id="two", delay_ms=10)
    path.see(60)
    lost = path.count("lost")
    first.stop()
    pictures = path.see(60)
    check(pictures)
    assert path.count("lost") - lost <= 2
    path.add(worker_id="three", delay_ms=10)
    assert until(
        lambda: any(w.name == "three" and w.fps > 1 for w in path.dispatch.workers), 1.0
    ), path.dispatch.workers


def test_without_workers_nothing_is_published_and_nothing_is_kept(make: Make) -> None:
    path = make(fps=200)
    assert until(lambda: path.camera.sent > 100)
    assert not path.viewer.poll(100)
    assert path.count("no_worker") > 50
    assert len(path.dispatch._scheduler._waiting) <= 1


def test_overload_is_thinned_at_the_entrance_and_nowhere_else(make: Make) -> None:
    path = make(fps=120, playout="fast")
    path.add(delay_ms=20)
    path.see(40)
    before = dict(path.dispatch.tally.counts)
    check(path.see(60))
    assert path.count("thinned") > before["thinned"] + 50
    for loss in ("lost", "stuck", "bad", "dup"):
        assert path.count(loss) == 0
    times = path.publish.tally.times()
    # A queue would be in the time of all of them, a pause of the machine in that of few.
    assert times and times.p50 < 100


def test_a_prompt_reaches_the_worker_with_the_next_frames(make: Make) -> None:
    path, prompts = make(), []

    class Listening(Identity):
        def generate(self, frames: Frames, params: Params) -> Frames:
            prompts.append(params.prompt)
            return super().generate(frames, params)

    path.add(Listening())
    path.see(5)
    path.play()
    path.play()
    path.play(prompt="a whale")
    assert until(lambda: prompts[-1] == "a whale")
    older = path.played.changed(prompt="an older one").model_dump()
    path.changes.send(encode(Change(2, older)))
    path.changes.send(encode(Change(9, {"strength": 7.0})))
    path.changes.send(b"rubbish")
    path.play(prompt="")
    assert until(lambda: prompts[-1] == "")
    assert "an older one" not in prompts


def test_passthrough_hands_the_same_bytes_back(make: Make) -> None:
    path = make()
    path.add()
    path.play(passthrough=True)
    assert until(lambda: path.see(1)[0].jpg == path.camera.picture)


class Negative(Engine):
    name, about = "negative", "turns light and dark around"

    def generate(self, frames: Frames, params: Params) -> Frames:
        return frames if params.passthrough else 255 - frames


def test_what_an_engine_made_says_so_and_the_source_itself_does_not(make: Make) -> None:
    """Also while passthrough goes on and off, and pictures of both kinds are under way."""
    path = make(fps=100)
    path.add(Negative(), delay_ms=15)
    path.add(Negative())
    kinds, mark = [], jpeg_segment(SourceType.FROM_PICTURE)
    for passed in (False, True) * 4:
        path.play(passthrough=passed)
        for picture in path.see(12):
            is_source = picture.jpg == path.camera.picture
            assert picture.jpg.count(mark) == (not is_source)
            assert read_header(picture.jpg)
            kinds.append(is_source)
    assert kinds.count(True) > 20 and kinds.count(False) > 20
    marked = path.see(1)[0].jpg.replace(mark, b"")
    assert read_header(marked) and marked.startswith(b"\xff\xd8\xff\xe0")


class Moody(Engine):
    name, about = "moody", "fails when it is told to"

    def __init__(self) -> None:
        self.failing = False

    def generate(self, frames: Frames, params: Params) -> Frames:
        if self.failing:
            raise ValueError("out of paint")
        return 255 - frames


def test_a_failing_engine_never_shows_the_raw_camera(make: Make) -> None:
    path, engine = make(), Moody()
    flow = path.add(engine)
    assert open_codec().decode(path.see(10)[-1].jpg)[5, 5, 0] > 130
    engine.failing = True
    # After five failures in a row the worker ends, for its supervisor to start a fresh one.
    assert until(lambda: not flow.stages[1].alive)
    assert isinstance(flow.stages[1].failure, RuntimeError)
    while path.viewer.poll(300):
        shade = int(open_codec().decode(decode_picture(path.viewer.recv()).jpg)[5, 5, 0])
        assert shade > 130, "the raw frame was shown"


def test_batches_form_from_what_waits_and_only_then(make: Make) -> None:
    path, sizes = make(fps=100, batch_size=4), []

    class Counting(Identity):
        def generate(self, frames: Frames, params: Params) -> Frames:
            sizes.append(len(frames))
            return super().generate(frames, params)

    path.add(Counting(35))
    check(path.see(80))
    assert max(sizes) > 1 and max(sizes) <= 4
    path.camera.fps = 10  # now there is time for each frame by itself
    time.sleep(0.5)
    del sizes[:]
    assert until(lambda: len(sizes) >= 12)
    assert sizes[2:].count(1) >= 8, sizes  # a pause of a busy machine may let two wait


@pytest.mark.parametrize("state", ["no worker", "at work", "worker stuck", "no frame"])
def test_a_clean_stop_in_every_state(make: Make, state: str) -> None:
    path = make(fps=200 if state != "no frame" else 0.1)
    flow = None
    if state != "no worker":
        flow = path.add(delay_ms=5000 if state == "worker stuck" else 2)
        assert until(lambda: path.dispatch.workers)
    time.sleep(0.3)
    started = time.monotonic()
    assert path.flow.stop()
    assert time.monotonic() - started < 1
    if flow and state != "worker stuck":
        assert flow.stop()


def test_a_change_of_size_costs_no_frame_and_no_workers_good_name(make: Make) -> None:
    path = make(playout="smooth")
    path.add(worker_id="one", delay_ms=30)  # so slow that frames of the old size are under way
    path.add(worker_id="two", delay_ms=30)
    path.see(30)
    sides = [64]
    for side in (128, 96, 64):
        path.play(resolution=str(side))
        pictures = path.see(30)
        for picture in pictures:
            found = read_header(picture.jpg).size
            assert found.width == found.height
            if found.width != sides[-1]:
                sides.append(found.width)
    assert sides == [64, 128, 96, 64]  # none of an old size after one of the new
    assert path.count("bad") == path.count("lost") == path.count("foreign") == 0
    assert all(one.state == "active" and one.lost == 0 for one in path.dispatch.workers)


def test_the_size_of_a_batch_changes_while_it_plays(make: Make) -> None:
    path, sizes = make(fps=120), []

    class Counting(Identity):
        def generate(self, frames: Frames, params: Params) -> Frames:
            sizes.append(len(frames))
            return super().generate(frames, params)

    path.add(Counting(35))
    check(path.see(20))
    assert max(sizes) == 1
    path.play(batch_size=4)
    assert until(lambda: 1 < max(sizes[-8:]) <= 4), sizes
    path.play(batch_size=1, resolution="128")
    assert until(lambda: sizes[-12:] == [1] * 12)
    assert path.count("bad") == path.count("lost") == 0


def test_all_workers_follow_one_glide_and_a_batch_has_one_moment_of_it(make: Make) -> None:
    path, seen = make(fps=100), []

    class Listening(Identity):
        def generate(self, frames: Frames, params: Params) -> Frames:
            seen.append((len(frames), dict(params.prompts)))
            return super().generate(frames, params)

    path.play(batch_size=4, prompt="sea")
    path.add(Listening(40), worker_id="one")
    path.add(Listening(45), worker_id="two")
    path.see(20)
    path.play(prompt="fire", glide_ms=500)
    assert path.dispatch.playing.gliding
    assert until(lambda: "sea" not in seen[-1][1])
    assert not path.dispatch.playing.gliding
    way = [(count, prompts["fire"]) for count, prompts in seen if len(prompts) == 2]
    assert len({share for _, share in way}) > 5
    assert max(count for count, _ in way) > 1, "a glide keeps batches from forming"
    # Two workers, and what they are given rises all the same: by a job of each, out of order.
    shares = [share for _, share in way]
    assert all(other > one - 0.2 for one, other in pairwise(shares))
    assert path.count("lost") == 0


def test_the_status_says_what_makes_the_pictures(make: Make) -> None:
    path = make()
    path.add()
    assert until(lambda: [one.engine for one in path.dispatch.workers] == ["identity"])
    assert path.dispatch.workers[0].device == "CPU"
