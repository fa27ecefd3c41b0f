"""A worker with the tiny checkpoint in a whole show, as its user starts it."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.pictures import fill
from bench.show import Show
from lib.config.params import Params
from lib.pictures.codec import open_codec
from lib.wire.messages import decode_picture
from tests.programs import in_time
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.engine import Frames
    from lib.engine.turbo.turbo import Turbo


# The show that they share takes its time to load torch.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Patient(Show):
    """torch takes its seconds to load, and more where others load it too."""

    patience_ms = 50_000


@pytest.fixture(scope="module")
def show(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    pictures = tmp_path_factory.mktemp("pictures")
    fill(pictures, 1)
    flags = f"--engine turbo --model {weights}/turbo --vae {weights}/taesd --device cpu"
    with pytest.MonkeyPatch.context() as here:
        here.setenv("OMP_NUM_THREADS", "1")
        with Patient(pictures, 8, [f"{flags} --warmup 1x64x64x3"], "--resolution", "64") as show:
            yield show


def play(show: Show, what: str, body: bytes | None = None) -> None:
    address = f"http://127.0.0.1:{show.ports['settings_port']}/{what}"
    request = urllib.request.Request(address, body, method="PATCH" if body else "GET")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def picture(show: Show, fits: Callable[[Frames], bool], why: str = "") -> Frames:
    """The first one of which that is true: what was played last takes its time to be seen."""
    seen: list[Frames] = []

    def came() -> bool:
        show.settle(0.1)
        if show.viewer.poll(1000):
            seen.append(open_codec().decode(decode_picture(show.viewer.recv()).jpg))
        return bool(seen) and fits(seen[-1])

    assert until(came, 60), why
    return seen[-1]


def apart(one: Frames, other: Frames) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def test_what_is_shown_is_what_the_engine_makes_of_it(show: Show, engine: Turbo) -> None:
    play(show, "cut/true")
    play(show, "params?sure=true", b'{"passthrough": true}')
    show.settle(3)
    source = picture(show, lambda seen: seen.shape == (64, 64, 3))
    play(show, "passthrough/false")
    for changes in ({}, {"prompt": "a (red)1.4 forest"}, {"seed": 9, "strength": 1.0}):
        for name, value in changes.items():
            play(show, f"{name}/{value}".replace(" ", "%20"))
        params = Params(**{"prompt": "a (red)1.4 forest", **changes} if changes else {})
        engine.settle(params)
        expected = engine.generate(source[None], params)[0]

        def fits(seen: Frames, expected: Frames = expected) -> bool:
            return apart(seen, expected) < 0.2 * apart(seen, source)

        picture(show, fits, f"{changes}")


def test_a_new_size_and_a_batch_do_not_stop_it(show: Show) -> None:
    play(show, "resolution/72")
    play(show, "batch_size/2")
    picture(show, lambda seen: seen.shape == (72, 72, 3))
    seen = show.watch(2)
    assert seen.fps > 2 and seen.backwards == 0


def test_it_ends_in_order(show: Show) -> None:
    worker = show.workers[0]
    assert worker.poll() is None
    asked_s = time.monotonic()
    worker.terminate()
    assert worker.wait(30) == 0
    assert in_time(time.monotonic() - asked_s, 2)
