import numpy as np
import pytest

from lib.core.geometry import Size
from lib.view.meter import Meter, Reading
from lib.view.overlay import OverlayLine, compose, draw
from lib.wire.messages import Status, WorkerStatus

S = 1_000_000_000
READING = Reading(29.97, 41.4, 60.6)


def worker(name: str, state: str = "active", service_ms: float | None = 33.1) -> WorkerStatus:
    return WorkerStatus(name, "", state, 1, 2, service_ms, 15.0, 0.5, 10, 0, 0.1)


def status(*workers: WorkerStatus, source: str = "a drawn pattern") -> Status:
    return Status(
        1, "pattern", source, "512x512", "smooth", 30, 30, None, 41.2, 0.1, {}, list(workers), [],
        {}, 1,
    )  # fmt: skip


def test_it_tells_size_rate_latency_and_workers() -> None:
    lines = dict(
        compose(
            Size(512, 512),
            READING,
            status(worker("gpu"), worker("x", "probation", None)),
            {},
            False,
        )
    )
    assert lines["picture"] == "512x512"
    assert lines["source"] == "a drawn pattern"
    assert lines["rate"] == "30.0 fps of 30.0 coming in"
    assert lines["latency"] == "p50 41   p95 61 ms"
    assert lines["workers"] == "2"
    assert lines["gpu"] == "15.0 fps   33.1 ms"
    assert lines["x"] == "15.0 fps   probation"


def test_elsewhere_it_tells_what_it_can_measure_and_how_well() -> None:
    lines = dict(compose(Size(64, 64), READING, None, {"old": 0, "bad": 3}, True))
    assert "estimate" in lines["latency"]
    assert lines["not shown"] == "3 bad"
    assert "workers" not in lines


def test_before_the_first_frame_there_is_nothing_to_measure() -> None:
    lines = dict(compose(None, Meter().read(0), None, {}, False))
    assert lines == {"picture": "none yet", "rate": "0.0 fps", "latency": "no frames"}


def test_many_workers_and_long_or_strange_names_stay_on_the_screen() -> None:
    many = [worker(f"worker {n:02}" + "x" * 200 + "\n\x1b") for n in range(64)]
    lines = compose(Size(64, 64), READING, status(*many, source="\r\n" + "y" * 500), {}, False)
    assert lines[-1] == OverlayLine("", "and 58 more")
    assert all(len(line.label) <= 24 and len(line.value) < 80 for line in lines)
    assert all(text.isprintable() for line in lines for text in line)


@pytest.mark.parametrize(
    "screen", [Size(320, 200), Size(1920, 1080), Size(3840, 2160), Size(64, 64)]
)
def test_the_panel_grows_with_the_screen_and_never_beyond_it(screen: Size) -> None:
    panel = draw(compose(Size(512, 512), READING, status(worker("gpu")), {}, True), screen)
    height, width, depth = panel.shape
    assert depth == 4
    assert width <= screen.width
    assert height <= screen.height
    if screen.height >= 1000:
        assert 0.15 < height / screen.height < 0.5


def test_text_is_solid_and_the_picture_shines_through_the_rest() -> None:
    panel = draw([OverlayLine("rate", "30 fps")], Size(1920, 1080))
    alpha = panel[:, :, 3]
    assert 100 < alpha.min() < 230
    assert alpha.max() == 255
    assert (panel[alpha == alpha.min()][:, :3] == 0).all()
    assert np.count_nonzero(alpha == 255) > 200


def test_the_meter_counts_what_came_in_the_last_seconds() -> None:
    meter = Meter()
    for frame in range(300):
        meter.add(frame * S // 30, latency_ms=frame)
    reading = meter.read(299 * S // 30)
    assert reading.fps == pytest.approx(30, abs=0.01)
    assert (reading.p50_ms, reading.p95_ms) == (254, 295)  # of the frames 209 to 299
    assert meter.read(20 * S) == Reading(0.0, None, None)


def test_one_frame_has_a_latency_and_no_rate() -> None:
    meter = Meter()
    meter.add(5, 12)
    assert meter.read(6) == Reading(0.0, 12.0, 12.0)
