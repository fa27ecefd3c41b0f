"""Leases over real HTTP, stages on real threads, the identity engine."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image

from lib.core.pixels import Pixels
from lib.core.still_params import PICTURES, StillKind, StillParams
from lib.engine.engine import Engine, EngineError
from lib.engine.identity import Identity
from lib.http_client.service_url import parse_service_url
from lib.pictures.decoder import decode_file
from lib.stage import Flow
from lib.transform.stills import lease as lease_module
from lib.transform.stills.lease import Lease, Leaser
from lib.transform.stills.makers import MakeStills
from lib.transform.stills.service_link import ServiceAddress
from tests.ports import free_ports
from tests.rig import until
from tests.transform.stills.service import Answer, Service

SMALL = StillParams("a lake", seed=3, steps=2, width=64, height=64)
LONG = StillParams("a lake", steps=150, width=64, height=64)  # with 50 ms each, 7.5 s
FROM_IMAGE = StillParams("a", StillKind.IMG2IMG, width=64, height=64)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


BLACK = png(np.zeros((64, 64, 3), np.uint8))


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


class Work:
    def __init__(self, url: str, engine: Engine, token: str = "") -> None:
        assert engine.offer
        leaser = Leaser("worker-1", "stills", engine.name, engine.offer)
        maker = MakeStills(lambda: engine)
        address = ServiceAddress(parse_service_url(url), token)
        self.lease = Lease(address, lambda: leaser, maker, load_s=600)
        self._flow = Flow(self.lease, maker)
        assert self._flow.start()

    def stop(self) -> float:
        began = time.monotonic()
        assert self._flow.stop()
        return time.monotonic() - began


@pytest.fixture
def working(service: Service) -> Iterator[Callable[..., Work]]:
    works: list[Work] = []

    def begin(engine: Engine | None = None, url: str = "", token: str = "") -> Work:
        works.append(Work(url or service.url, engine or Identity(), token))
        return works[-1]

    yield begin
    for work in works:
        work.stop()


class Silent:
    def piece(self) -> None: ...

    def step(self, *_: object) -> None: ...


def made(params: StillParams, *pictures: Pixels) -> list[Pixels]:
    image, mask = (*pictures, None, None)[:2]
    return list(Identity().make(params, image, mask, Silent()))


def test_a_still_is_made_and_handed_in(service: Service, working: Callable[..., Work]) -> None:
    job = service.add(StillParams("a lake", seed=3, width=64, height=128, samples=3))
    work = working()
    assert until(lambda: work.lease.made == 1)
    assert job.state == "done" and not job.given_back
    expected = made(job.params)
    assert all((decode_file(job.pictures[at]) == expected[at]).all() for at in range(3))
    offer = service.offers[0]
    assert (offer["worker"], offer["role"], offer["engine"]) == ("worker-1", "stills", "identity")
    assert (offer["version"], offer["wait_s"], offer["models"]) == (1, 25, None)
    assert (offer["kinds"], offer["rank"], offer["largest"]) == (list(PICTURES), 0, 2048)
    assert len(offer["claim"]) == 16 and int(offer["claim"], 16) >= 0


def test_pictures_that_it_is_made_from_are_fetched(
    service: Service, working: Callable[..., Work]
) -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[:16] = 255
    params = StillParams("a lake", StillKind.INPAINT, width=64, height=64)
    job = service.add(params, png(image), png(mask))
    working()
    assert until(lambda: job.state == "done")
    assert (decode_file(job.pictures[0]) == made(params, image, mask)[0]).all()


def test_samples_that_are_there_are_not_made_again(
    service: Service, working: Callable[..., Work]
) -> None:
    params = StillParams("a lake", seed=5, width=64, height=64, samples=4)
    job = service.add(params)
    job.pictures = {1: b"there"}
    working(Identity(delay_ms=20))
    assert until(lambda: job.state == "done")
    expected = made(params)
    assert job.pictures[1] == b"there"
    assert all((decode_file(job.pictures[at]) == expected[at]).all() for at in (0, 2, 3))
    assert service.paths.count("/work/finish") == 3
    assert job.beats[-1]["total"] == 4 * params.steps
    steps = [beat["step"] for beat in job.beats]
    assert steps == sorted(steps)


def test_it_beats_before_the_work_and_while_a_model_loads(
    service: Service, working: Callable[..., Work]
) -> None:
    class Loading(Identity):
        def make(self, *args: object) -> Iterator[Pixels]:  # type: ignore[override]
            loaded.wait(10)
            yield from super().make(*args)  # type: ignore[arg-type]

    loaded = threading.Event()
    job = service.add(SMALL)
    working(Loading())
    try:
        assert until(lambda: len(job.beats) == 2)
        assert service.paths.index("/work/beat") == 1  # after the claim
        assert {beat["phase"] for beat in job.beats} == {"loading"}
        assert job.beats_s[1] - job.beats_s[0] == pytest.approx(2.0, abs=0.5)
    finally:
        loaded.set()
    assert until(lambda: job.state == "done")


def test_steps_are_told_as_they_come_but_at_most_five_a_second(
    service: Service, working: Callable[..., Work]
) -> None:
    job = service.add(StillParams("a", steps=50, width=64, height=64))
    working(Identity(delay_ms=20))
    assert until(lambda: job.state == "done")
    assert 4 <= len(job.beats) <= 7
    steps = [beat["step"] for beat in job.beats]
    assert steps == sorted(steps) and steps[-1] > 25
    assert {beat["total"] for beat in job.beats} == {50}
    assert job.beats[-1]["phase"] == "painting"
    assert job.previews and decode_file(job.previews[0]).shape == (64, 64, 3)


def test_nobody_sees_a_private_still_while_it_is_made(
    service: Service, working: Callable[..., Work]
) -> None:
    job = service.add(StillParams("a", steps=8, width=64, height=64))
    job.private = True
    working(Identity(delay_ms=60))
    assert until(lambda: job.state == "done")
    assert job.beats[-1]["step"] and not job.previews


def test_a_cancel_is_heard_from_a_beat_and_nothing_is_handed_in(
    service: Service, working: Callable[..., Work]
) -> None:
    job = service.add(LONG)
    work = working(Identity(delay_ms=50))
    assert until(lambda: len(job.beats) > 1)
    job.cancel = True
    after = service.add(SMALL)
    assert until(lambda: work.lease.made == 1)
    assert after.state == "done" and not job.pictures and not job.given_back


def test_a_lost_lease_ends_the_work(service: Service, working: Callable[..., Work]) -> None:
    job = service.add(LONG)
    working(Identity(delay_ms=50))
    assert until(lambda: len(job.beats) > 1)
    job.token += 1  # another worker has claimed it
    after = service.add(SMALL)
    assert until(lambda: after.state == "done")
    assert not job.pictures and not job.given_back


def test_an_engine_that_fails_costs_the_still_a_try(
    service: Service, working: Callable[..., Work], caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Identity):
        def make(self, params: StillParams, *args: object) -> Iterator[Pixels]:  # type: ignore[override]
            if params.seed == 1:
                raise EngineError("The model ink is not on this machine.")
            if params.seed == 2:
                raise ValueError(f"nobody shall read {params.prompt}")
            pictures = super().make(params, *args)  # type: ignore[arg-type]
            return (one[:8] for one in pictures) if params.seed == 3 else pictures

    jobs = [service.add(StillParams("secret", seed=at, width=64, height=64)) for at in range(1, 5)]
    working(Failing())
    assert until(lambda: jobs[3].state == "done")
    assert [job.given_back for job in jobs] == [
        ["The model ink is not on this machine."],
        ["The engine failed (ValueError)."],
        ["The engine failed (ValueError)."],
        [],
    ]
    assert "ValueError in test_lease.py:" in caplog.text and "secret" not in caplog.text


@pytest.mark.parametrize(
    ("params", "image", "says"),
    [
        (FROM_IMAGE, b"GIF89a", "A picture that it is made from"),
        (FROM_IMAGE, b"", "img2img needs an image."),
        (StillParams("a", StillKind.INPAINT, width=64, height=64), BLACK, "inpaint needs a mask"),
    ],
)
def test_what_cannot_be_made_is_given_back_with_a_sentence(
    service: Service, working: Callable[..., Work], params: StillParams, image: bytes, says: str
) -> None:
    job = service.add(params, image)
    working()
    assert until(lambda: job.given_back)
    assert says in job.given_back[0]


def test_a_still_of_a_newer_service_is_given_back(
    service: Service, working: Callable[..., Work]
) -> None:
    job = service.add(SMALL)
    newer = {"id": "job0", "token": 0, "params": {"prompt": "a", "depth": 3}}
    service.trouble = lambda path: (
        (200, newer) if path == "/work/claim" and not job.given_back else None
    )
    working()
    assert until(lambda: job.given_back)
    assert "of another version" in job.given_back[0] and "depth" in job.given_back[0]


@pytest.mark.parametrize("status", [502, 524, 429, 0])
def test_a_proxys_troubles_are_waited_out(
    service: Service, working: Callable[..., Work], status: int
) -> None:
    """Each call fails once before it comes through."""
    failed: set[str] = set()

    def trouble(path: str) -> Answer | None:
        if path in failed:
            return None
        failed.add(path)
        return status, {}

    service.trouble = trouble
    job = service.add(FROM_IMAGE, BLACK)
    working()
    assert until(lambda: job.state == "done", 20)
    assert failed >= {"/work/claim", "/work/input", "/work/beat", "/work/finish"}
    assert not job.given_back and job.token == 1


def test_a_claim_whose_answer_was_lost_gets_the_same_still(
    service: Service, working: Callable[..., Work]
) -> None:
    job = service.add(SMALL)
    answer, claims = service.leased, list[str]()

    def losing(*args: object) -> Answer:
        said = answer(*args)  # type: ignore[arg-type]
        claims.append(job.claim)
        return (0, b"") if len(claims) == 1 else said

    service.leased = losing  # type: ignore[method-assign, assignment]
    working()
    assert until(lambda: job.state == "done")
    assert len(claims) == 2 and claims[0] == claims[1] and job.token == 1


def test_what_was_made_while_the_service_was_away_is_handed_in_later(
    working: Callable[..., Work],
) -> None:
    (port,) = free_ports(1)
    first = Service(port)
    job = first.add(StillParams("a", steps=10, width=64, height=64))
    work = working(Identity(delay_ms=20), url=first.url)
    assert until(lambda: job.beats)
    first.close()
    time.sleep(0.5)  # it is finished meanwhile
    second = Service(port)
    try:
        second.jobs = first.jobs
        assert until(lambda: work.lease.made == 1, 20)
        assert job.state == "done" and job.token == 1
        work.stop()
    finally:
        second.close()


def test_a_worker_that_ends_gives_its_still_back_within_a_second(
    service: Service, working: Callable[..., Work]
) -> None:
    job = service.add(LONG)
    work = working(Identity(delay_ms=50))
    assert until(lambda: len(job.beats) > 1)
    assert work.stop() < 1
    assert job.given_back == [""]


def test_a_worker_that_hands_in_when_it_ends_gives_the_rest_back(
    service: Service, working: Callable[..., Work]
) -> None:
    job = service.add(SMALL)
    service.trouble = lambda path: (502, {}) if path == "/work/finish" else None
    work = working()
    assert until(lambda: "/work/finish" in service.paths)
    assert work.stop() < 1
    assert job.given_back == [""]


def test_a_worker_that_waits_for_stills_ends_at_once(
    service: Service, working: Callable[..., Work]
) -> None:
    service.wait_s = 20
    work = working()
    assert until(lambda: service.offers)
    assert work.stop() < 0.5


def test_the_token_is_shown(working: Callable[..., Work]) -> None:
    service = Service(token="t-0123456789")
    try:
        job = service.add(SMALL)
        work = working(url=service.url, token="t-0123456789")
        assert until(lambda: job.state == "done")
        work.stop()
    finally:
        service.close()


def test_a_primary_without_stills_is_one_line(
    working: Callable[..., Work], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "LONGEST_WAIT_S", 0.1)
    caplog.set_level("INFO")
    (port,) = free_ports(1)
    work = working(url=f"http://127.0.0.1:{port}")
    time.sleep(1.5)
    said = [one.message for one in caplog.records if "no stills for now" in one.message]
    assert len(said) == 1 and "nothing listens there; asked again until there is" in said[0]
    service = Service(port)
    try:
        job = service.add(SMALL)
        assert until(lambda: job.state == "done")
        assert "stills: the service answers" in caplog.text
        work.stop()
    finally:
        service.close()
