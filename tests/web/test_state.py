"""What is said to those who watch over the show: health, metrics, workers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from lib.web.host_report import trouble
from lib.web.metrics import OwnCounts, exposition
from lib.wire.messages import HostStatus, StageStatus, Status
from tests.web.conftest import Host
from tests.web.stream import STATUS, WORKER

STREAM = replace(
    STATUS,
    mode="camera",
    source="camera 0",
    size="512x512",
    stages={
        "capture": StageStatus({"out": 900}, (1.0, 2.0, 3.0)),
        "publish": StageStatus({"out": 880}),
    },
    params_number=3,
    ladder={"wait": (1.0, 2.0, 3.0), "engine": (10.0, 11.0, 12.0)},
    drops={"late": 4, "thinned": 16},
    flicker=0.5,
)


def host_status(stream: Status | None, *warnings: str) -> HostStatus:
    return HostStatus(
        warnings=list(warnings),
        params={},
        params_number=3,
        control_uptime_s=20.0,
        watchers=2,
        stream=stream,
        stream_silent_s=0.1,
    )


# --- health


@dataclass
class Case:
    """A stream's state, and what is wrong with it."""

    sentence: str
    changes: dict[str, object] = field(default_factory=dict)


@pytest.mark.parametrize(
    "case",
    [
        Case(""),
        Case("", {"last_frame_s": 2.9}),
        Case("", {"last_frame_s": 0.6, "paused": True}),
        Case("no picture for 15 min", {"last_frame_s": 900.0, "paused": True}),
        Case("no picture has come yet", {"last_frame_s": None}),
        Case("no picture for 60 s", {"last_frame_s": 60.4}),
        Case(
            "no picture for 4 s: no worker is connected",
            {"last_frame_s": 4.0, "warnings": ["no worker is connected"]},
        ),
        Case("", {"warnings": ["worker 3 silent for 4 s"]}),
    ],
    ids=str,
)
def test_it_is_well_only_while_frames_flow(case: Case) -> None:
    assert trouble(host_status(replace(STREAM, **case.changes))) == case.sentence


def test_a_silent_stream_is_not_well() -> None:
    words = "the stream process has been silent for 3 s and is being restarted"
    assert trouble(host_status(None, words)) == words


def test_the_health_follows_the_stream(host: Host) -> None:
    host.wait_until("frames", lambda: host.client.get("/healthz").status_code == 200)
    assert host.client.get("/healthz").json() == {"status": "flowing"}
    assert host.client.head("/healthz").status_code == 200
    host.stream.stop()
    host.wait_until("silence", lambda: host.client.get("/healthz").status_code == 503)
    assert "the stream process has been silent" in host.client.get("/healthz").json()["detail"]


# --- metrics


def parsed(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels, as a program of others reads it."""
    return {
        (sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_scaler_finds_what_it_needs() -> None:
    slow = replace(WORKER, name="other", state="probation", in_flight=3, service_ms=None)
    status = host_status(replace(STREAM, workers=[WORKER, slow]), "a warning")
    counts = OwnCounts({"2xx": 7, "4xx": 2, "refused 429": 1}, 3, 1)
    found = parsed(exposition(status, counts).decode())
    assert found["afterimage_fps_in",] == 30
    assert found["afterimage_frames_in_total",] == 900
    assert found["afterimage_frames_out_total",] == 880
    assert found["afterimage_frames_dropped_total", "reason=thinned"] == 16
    assert found["afterimage_frames_in_flight",] == 4
    assert found["afterimage_frames_in_flight_most",] == 2, "of those that are active"
    assert found["afterimage_ladder_seconds", "quantile=0.5", "rung=wait"] == 0.001
    assert found["afterimage_latency_seconds", "quantile=0.99"] == 0.044
    assert found["afterimage_workers", "state=active"] == 1
    assert found["afterimage_worker_fps", "address=127.0.0.1", "worker=other"] == 29.8
    assert found["afterimage_flicker",] == 0.5
    assert found["afterimage_http_answers_total", "code=2xx"] == 7
    assert found["afterimage_http_refused_total", "code=429"] == 1
    assert found["afterimage_pages",] == 3
    assert ("afterimage_worker_service_seconds", "address=127.0.0.1", "worker=other") not in found


def test_names_that_workers_give_themselves_spoil_nothing() -> None:
    odd = replace(WORKER, name='a"b\\c\nd} 1')
    status = host_status(replace(STREAM, workers=[odd, odd]))
    found = parsed(exposition(status, OwnCounts({}, 0, 0)).decode())
    names = {key[2] for key in found if key[0] == "afterimage_worker_fps"}
    assert names == {'worker=a"b\\c\nd} 1', 'worker=a"b\\c\nd} 1 (2)'}


def test_without_a_stream_it_still_tells_what_it_knows(shared: Host) -> None:
    status = host_status(None, "the stream is starting")
    found = parsed(exposition(status, OwnCounts({}, 0, 0)).decode())
    assert found["afterimage_up",] == 0
    assert not any(key[0].startswith("afterimage_worker") for key in found)
    live = shared.client.get("/metrics")
    assert live.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert parsed(live.text)["afterimage_warnings",] >= 0


def test_workers_are_told_as_in_the_status(host: Host) -> None:
    host.wait_until("the stream", lambda: host.client.get("/workers").json()["workers"])
    told = host.client.get("/workers").json()["workers"]
    assert told == host.client.get("/status").json()["stream"]["workers"]


def test_looking_with_head_is_looking(shared: Host) -> None:
    before = shared.session.number
    for path in ("/", "/status", "/healthz"):
        answer = shared.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 0
    for path in ("/seed/7", "/preview.mjpg"):
        assert shared.client.head(path).status_code == 405
    assert shared.session.number == before
