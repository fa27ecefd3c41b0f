"""Settings that are allowed by their type and make no sense: each is one sentence at the start."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lib.config.sentences import sentence
from lib.config.settings import PrimarySettings, WorkerSettings

HOST = "must be a name or an address such as 192.168.1.10, without a port"
SHAPE = "warmup must be like 4x576x1024x3"
LORA = "lora must be names with weights from -10 to 10"


def refusal(kind: type[PrimarySettings] | type[WorkerSettings], **given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        kind(_env_file=None, **given)  # type: ignore[arg-type]
    said = [sentence(error) for error in caught.value.errors()]
    assert len(said) == 1 and "\n" not in said[0], said
    return said[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"fps": "1000"}, "fps must be at most 240 for a drawn scene or a camera, not 1000"),
        ({"fps": "1000", "mode": "camera", "directory": "data"}, "at most 240"),
        ({"fps": "0.01"}, "fps must be 0, or at least 0.1, not 0.01"),
        ({"fps": "1e9"}, "fps must be less than or equal to 5000"),
        ({"fps": "nan"}, "fps must"),
        ({"latency_ms": "nan"}, "latency_ms must"),
        ({"hold_s": "inf"}, "hold_s must be less than or equal to 86400"),
        ({"fade_s": "-1"}, "fade_s must be greater than or equal to 0"),
        ({"job_wait_h": "0.000001"}, "job_wait_h must be greater than or equal to 0.01"),
        ({"max_viewers": "1"}, "max_viewers must be greater than or equal to 2"),
        ({"video_hostname": "http://there"}, f"video_hostname {HOST}"),
        ({"primary_hostname": "there:5555"}, f"primary_hostname {HOST}"),
        ({"primary_hostname": "not a name"}, f"primary_hostname {HOST}"),
        ({"allowed_names": "wall.example.com:99999"}, "allowed_names must be names such as"),
        ({"allowed_names": ".."}, "allowed_names must be names such as"),
        ({"trusted_proxy": "127.0.0.1,0.0.0.0/0"}, "trusted_proxy must not be everybody"),
        ({"trusted_proxy": "::/0"}, "trusted_proxy must not be everybody"),
        ({"mode": "zmq", "video_port": 5557}, "video_port must be that of the program that"),
        ({"osc_reply_host": "127.0.0.1", "osc_reply_port": 8000}, "OSC would answer itself"),
    ],
)
def test_a_primarys_setting_that_makes_no_sense(given: dict[str, object], said: str) -> None:
    assert said in refusal(PrimarySettings, **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"job_port": 5555, "result_port": 5555}, "must not both be 5555"),
        ({"device": "toaster"}, "device must be auto, cpu, cuda, or cuda:1 and so on"),
        ({"device": "cuda:-1"}, "device must be auto, cpu, cuda, or cuda:1 and so on"),
        ({"lora": "ink:much"}, LORA),
        ({"lora": "ink:nan"}, LORA),
        ({"lora": "ink:1e9"}, LORA),
        ({"lora": ":0.5"}, LORA),
        ({"warmup": "99x9999x9999x3"}, SHAPE),
        ({"warmup": "1x513x512x3"}, SHAPE),
        ({"warmup": "0x512x512x3"}, SHAPE),
        ({"target_fps": "1e-9"}, "target_fps must be greater than or equal to 0.1"),
        ({"delay_ms": "nan"}, "delay_ms must"),
    ],
)
def test_a_workers_setting_that_makes_no_sense(given: dict[str, object], said: str) -> None:
    assert said in refusal(WorkerSettings, **given)


def test_what_makes_sense_is_taken() -> None:
    files = PrimarySettings(_env_file=None, mode="video", directory="data", fps=1000)  # type: ignore[call-arg]
    assert files.rate == 1000, "files that pass as they are may go faster than a screen"
    chain = {"mode": "zmq", "video_port": 5557, "output_port": 6557}
    PrimarySettings(_env_file=None, **chain)  # type: ignore[arg-type]
    for host in ("localhost", "gpu-1.local", "192.168.1.10", "fe80::1%eth0", "Bühne"):
        worker = WorkerSettings(_env_file=None, primary_hostname=f" {host} ", device="cuda:3")  # type: ignore[call-arg]
        assert worker.primary_hostname == host
    weights = WorkerSettings(_env_file=None, lora="ink:-0.5, paper", warmup="16x64x4096x3")  # type: ignore[call-arg]
    assert weights.warmup_shape == (16, 64, 4096, 3)
