"""Models by name, through the real service, over runai, and a worker with diffusers."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.config.settings import ROOT
from tests.engine.still_models.conftest import make_library
from tests.ports import free_ports
from tests.programs import environment
from tests.rig import until
from tests.stills.adapters.conftest import has_workers
from tests.stills.adapters.test_runai import client, error, made, options, pictures
from tests.stills.service.scripted import Facts, Service, noise, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
STARTS_S = 150  # torch takes a while on a machine that does much else
SIDE = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = make_library(tmp_path_factory.mktemp("models"), {"v1": "ckpt", "v2": "safetensors"})
    (home / "v1" / "broken.safetensors").write_bytes(b"no model")
    return home


@contextmanager
def worker_of(service: Service, folder: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    flags = ["--role=stills", "--engine=turbo", "--device=cpu", f"--server={service.address}"]
    named = {"MODELS_DIR": str(folder), "MODEL": "nobody/nothing", "LOCAL_FILES_ONLY": "true"}
    worker = subprocess.Popen(
        [sys.executable, "transform.py", *flags],
        cwd=ROOT,
        env=environment(OMP_NUM_THREADS="1", **named, **more),
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[tuple[Service, subprocess.Popen[bytes]]]:
    (port,) = free_ports(1)
    with (
        running(adapters="runai", runai_port=port, machine_size="tiny") as service,
        worker_of(service, folder, MACHINE_SIZE="tiny") as worker,
    ):
        until(lambda: len(service.client.get("/health").json()["workers"]) == 1, STARTS_S)
        yield service, worker


@pytest.fixture
def service(served: tuple[Service, subprocess.Popen[bytes]]) -> Service:
    return served[0]


def ended(service: Service, **asked: object) -> Facts:
    job = service.ask(**{"width": SIDE, "height": SIDE, "steps": 2, **asked})["id"]
    until(lambda: service.job(job)["state"] not in ("queued", "running"), STARTS_S)
    return service.job(job)


def test_models_are_listed_and_none_is_loaded_before_the_first_still(service: Service) -> None:
    listed = service.client.get("/models").json()
    assert listed["models"] == ["v1/broken", "v1/dir", "v1/one", "v2/dir", "v2/one"]
    assert (listed["held"], listed["any_name"], listed["engines"]) == ([], False, ["turbo"])
    (worker,) = service.client.get("/health").json()["workers"]
    assert worker["memory"] == "attention in slices" and worker["held"] == []
    assert "convert" in listed["kinds"]


def test_a_job_names_its_model_and_says_how_it_was_made(service: Service) -> None:
    image = service.upload(noise(SIDE, SIDE))["id"]
    for asked in (
        {"model": "v1/dir", "negative": "dogs", "guidance": 4.0, "scheduler": "euler_a"},
        {"model": "v2/one.safetensors", "image": image},
    ):
        job = ended(service, **asked)
        assert job["state"] == "done", job["error"]
        assert (job["engine"], job["memory"]) == ("turbo", "attention in slices")
        assert job["step"] == job["total"] and job["model"] == asked["model"].partition(".")[0]
        png = service.client.get(f"/pictures/{job['pictures'][0]}").content
        assert Image.open(io.BytesIO(png)).size == (SIDE, SIDE)
    held = lambda: service.client.get("/models").json()["held"]  # noqa: E731 - said with its claim
    until(lambda: held() == ["v1/dir", "v2/one"], 20)


def test_a_failing_model_is_that_jobs_sentence(service: Service) -> None:
    job = ended(service, model="v1/broken")
    assert job["state"] == "failed" and "broken.safetensors is damaged" in job["error"]
    waits = service.ask(model="v3/none")["id"]
    said = "a worker with the model 'v3/none'; there is v1/broken, v1/dir"
    until(lambda: service.job(waits)["waits_for"].startswith(said), 20)
    assert ended(service, model="v1/dir", seed=8)["state"] == "done"  # it goes on


def test_a_cancel_ends_it_at_its_next_step(service: Service) -> None:
    job = service.ask(model="v1/dir", width=192, height=192, steps=150)["id"]
    until(lambda: service.job(job)["step"] > 0, STARTS_S)
    service.client.delete(f"/jobs/{job}", params={"all": 1})
    assert ended(service, model="v1/dir", seed=9)["state"] == "done"  # its worker is free for it
    assert service.job(job)["state"] == "cancelled"


def test_runai_switches_models_and_back_and_knows_versions(service: Service) -> None:
    has_workers(service)
    small = {"width": SIDE, "height": SIDE}
    first = made(service, "txt2img", model="v1/dir", **small)
    other = made(service, "txt2img", model="v2/dir", scheduler="plms", **small)
    assert (first != other).any()
    assert (made(service, "txt2img", model="v1/dir.ckpt", **small) == first).all()
    with client(service) as runai:
        for version, as_v1 in (("v1", True), (2, False), ("V1.5", True)):
            runai.send("txt2img", version=version, **options("txt2img", model="dir", **small))
            _, (picture,) = pictures(runai)
            expected = first if as_v1 else made(service, "txt2img", model="v2/dir", **small)
            assert (np.asarray(_decoded(picture["image"])) == expected).all(), version
        for more, words in (
            ({"model": "dir", "version": "v3"}, "version must be"),
            ({"model": "forest"}, "there is no model 'forest'; there is v1/broken, v1/dir"),
            ({"model": "../dir"}, "there is no model '../dir'"),
        ):
            runai.send("txt2img", **options("txt2img", **more), version=more.get("version", ""))
            assert words in error(runai)


def _decoded(text: str) -> Image.Image:
    import base64

    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_convert_makes_a_folder_beside_the_file(service: Service, folder: Path) -> None:
    small = {"width": SIDE, "height": SIDE}
    before = made(service, "txt2img", model="v1/one", **small)
    with client(service) as runai:
        runai.send("convert", model="one", version="v1")
        said = next(runai.messages())
        assert said == {
            "action": 4, "step": 1, "total": 1, "reqtype": "convert", "model": "v1/one"
        }  # fmt: skip
        for name, words in (
            ("v1/one", "is a folder of diffusers already"),
            ("v1/broken", "is damaged"),
            ("v1/other", "there is no model"),
            ("", "needs the name of a model"),
        ):
            runai.send("convert", model=name)
            assert words in error(runai)
    made_of = {one.name for one in (folder / "v1" / "one").iterdir()}
    assert made_of >= {"model_index.json", "unet", "vae", "text_encoder", "tokenizer", "scheduler"}
    assert not list((folder / "v1").glob(".*"))
    (folder / "v1" / "one.ckpt").unlink()
    assert np.abs(made(service, "txt2img", model="v1/one", **small) - before).max() <= 1


def test_sigterm_gives_the_still_back_within_a_second(
    served: tuple[Service, subprocess.Popen[bytes]],
) -> None:
    service, worker = served
    job = service.ask(model="v1/dir", width=192, height=192, steps=150, seed=3)["id"]
    until(lambda: service.job(job)["step"] > 0, STARTS_S)
    worker.send_signal(signal.SIGTERM)
    until(lambda: service.job(job)["state"] == "queued", 20)
    assert worker.wait(20) == 0 and service.job(job)["tries"] == 0
