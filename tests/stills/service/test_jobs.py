"""A job from asking to its picture, as clients see it."""

from __future__ import annotations

import base64
import threading
import time

import httpx2 as httpx
import pytest

from tests.rig import until
from tests.stills.service.scripted import Service, Worker, noise, png, running


def test_a_job_from_asking_to_its_picture(service: Service) -> None:
    asked = service.ask("a cat on a wall")
    assert asked["state"] == "queued" and asked["place"] == 0
    job = service.job(asked["id"])
    assert "none has asked for stills" in job["waits_for"]
    worker = Worker(service)
    lease = worker.claim()
    assert lease["id"] == asked["id"] and lease["samples_done"] == []
    assert lease["params"]["prompt"] == "a cat on a wall" and lease["params"]["width"] == 384
    assert worker.beat(lease, step=3, phase="painting").json() == {"cancel": False, "lease_s": 10.0}
    job = service.job(asked["id"])
    assert (job["state"], job["step"], job["total"], job["phase"]) == ("running", 3, 8, "painting")
    assert job["engine"] == "painter" and job["place"] is None
    assert job["machine_size"] == "little"
    assert worker.finish(lease).json() == {"state": "done"}
    job = service.job(asked["id"])
    assert job["state"] == "done" and job["owner_is_me"] and job["ended"] >= job["created"]
    assert (job["step"], job["total"]) == (8, 8)
    picture = service.client.get(f"/pictures/{job['pictures'][0]}")
    assert picture.headers["content-type"] == "image/png"
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in picture.content


def test_each_sample_is_handed_in_once_and_the_last_one_ends_it(service: Service) -> None:
    asked = service.ask(samples=3, seed=7)
    worker = Worker(service)
    lease = worker.claim()
    assert worker.finish(lease, sample=1, data=png(colour=1)).json() == {"state": "running"}
    assert worker.finish(lease, sample=1, data=png(colour=1)).json() == {"state": "running"}
    worker.give_back(lease)
    again = worker.claim()
    assert again["samples_done"] == [1] and again["token"] > lease["token"]
    assert again["params"]["seed"] == 7
    assert worker.finish(lease, sample=0).status_code == 409
    for sample in (0, 2):
        worker.finish(again, sample=sample, data=png(colour=sample))
    job = service.job(asked["id"])
    assert job["state"] == "done" and len(job["pictures"]) == 3
    assert worker.finish(again, sample=2).json() == {"state": "done"}


def test_a_job_says_which_machine_size_its_size_is_of() -> None:
    with running(machine_size="tiny") as service:
        image = service.upload(png(64, 32))["id"]
        for named, used, size in [
            ({}, "tiny", (256, 256)),
            ({"width": 64}, "tiny", (64, 64)),
            ({"image": image}, "tiny", (256, 128)),
            ({"width": 64, "height": 72}, "", (64, 72)),
        ]:
            job = service.job(service.ask(**named)["id"])
            params = job["params"]
            assert (job["machine_size"], (params["width"], params["height"])) == (used, size)


def test_the_seed_that_nobody_named_is_the_same_at_each_try(service: Service) -> None:
    asked = service.ask()
    worker = Worker(service)
    first = worker.claim()
    worker.give_back(first)
    assert worker.claim()["params"] == first["params"]
    assert service.job(asked["id"])["params"]["seed"] == first["params"]["seed"] < 2**31


def test_equal_requests_share_a_job_and_each_may_leave_it(service: Service) -> None:
    first = service.ask(owner="one")
    assert service.ask(owner="two")["id"] == first["id"]
    assert service.ask("another", owner="two")["id"] != first["id"]
    assert service.job(first["id"])["waiters"] == 2
    left = service.client.delete(f"/jobs/{first['id']}", params={"owner": "one"})
    assert left.json()["state"] == "queued" and left.json()["owner_is_me"]
    left = service.client.delete(f"/jobs/{first['id']}", params={"owner": "two"})
    assert left.json()["state"] == "cancelled"


def test_nobody_else_s_job_is_left_and_the_operator_cancels_it(service: Service) -> None:
    asked = service.ask(owner="one")
    worker = Worker(service)
    lease = worker.claim()
    assert not worker.beat(lease).json()["cancel"]
    refused = service.client.delete(f"/jobs/{asked['id']}", params={"owner": "two"})
    assert refused.status_code == 403 and "?all=1" in refused.json()["detail"]
    job = service.client.delete(f"/jobs/{asked['id']}", params={"all": "1"}).json()
    assert job["state"] == "cancelled" and job["error"] == "The operator cancelled it."
    deadline_s = time.monotonic() + 3
    while not worker.beat(lease).json()["cancel"]:
        assert time.monotonic() < deadline_s
    assert worker.finish(lease).status_code == 409


def test_who_leaves_may_end_what_runs_if_nobody_else_waits(service: Service) -> None:
    job = service.ask()["id"]
    other = service.client.post("/jobs", json={"prompt": "a cat", "owner": "other"}).json()["id"]
    worker = Worker(service)
    lease = worker.claim()
    assert other == job
    assert service.client.delete(f"/jobs/{job}?stop=1").json()["state"] == "running"
    assert not worker.beat(lease).json()["cancel"]
    service.client.delete(f"/jobs/{job}?stop=1&owner=other")
    assert service.job(job)["state"] == "cancelled"
    assert until(lambda: worker.beat(lease).json()["cancel"])


def test_a_client_may_wait_for_the_end(service: Service) -> None:
    asked = service.ask()
    worker = Worker(service)
    lease = worker.claim()
    later = threading.Timer(0.3, lambda: worker.finish(lease))
    later.start()
    begin_s = time.monotonic()
    assert service.job(asked["id"], wait_s="20")["state"] == "done"
    assert time.monotonic() - begin_s < 5
    later.join()  # its own answer may be behind, and the service must not end before it
    assert service.job(asked["id"], wait_s="20")["state"] == "done"
    begin_s = time.monotonic()
    assert service.job(service.ask("other")["id"], wait_s="0.2")["state"] == "queued"
    assert 0.1 < time.monotonic() - begin_s < 2


def test_who_hangs_up_while_it_waits_still_wants_its_job(service: Service) -> None:
    job = service.ask()["id"]
    with pytest.raises(httpx.TimeoutException):
        service.client.get(f"/jobs/{job}", params={"wait_s": 20}, timeout=0.2)
    assert until(lambda: not service.parts.hub._watches)
    told = service.job(job)
    assert (told["state"], told["waiters"], told["owner_is_me"]) == ("queued", 1, True)


def test_pictures_that_stills_are_made_from(service: Service) -> None:
    image = service.upload(noise(640, 320, "JPEG"))
    assert (image["width"], image["height"]) == (640, 320)
    mask = base64.b64encode(png(640, 320, 255, "L")).decode()
    asked = service.ask(image=image["id"], mask=f"data:image/png;base64,{mask}")
    worker = Worker(service)
    lease = worker.claim()
    assert lease["params"]["kind"] == "inpaint" and lease["image"] and lease["mask"]
    assert (lease["params"]["width"], lease["params"]["height"]) == (384, 192)
    query = {"id": lease["id"], "token": lease["token"]}
    for what, kind in (("image", "image/jpeg"), ("mask", "image/png")):
        got = service.client.get("/work/input", params=query | {"what": what})
        assert got.headers["content-type"] == kind and got.content
    stale = service.client.get("/work/input", params=query | {"what": "mask", "token": 9})
    assert stale.status_code == 409
    worker.finish(lease)
    picture = service.job(asked["id"])["pictures"][0]
    content = service.client.get(f"/pictures/{picture}").content
    assert b"compositeWithTrainedAlgorithmicMedia" in content


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"prompt": ""}, "prompt must have at least 1"),
        ({"prompt": " "}, "prompt is empty"),
        ({"prompt": 3}, "prompt must be a text"),
        ({"prompt": "x" * 5000}, "at most"),
        ({"prompt": "x", "widht": 512}, "widht is unknown"),
        ({"prompt": "x", "width": 500}, "multiple of 8"),
        ({"prompt": "x", "width": 4096}, "less than or equal to 2048"),
        ({"prompt": "x", "steps": "8"}, "steps must be a whole number"),
        ({"prompt": "x", "steps": 1e99}, "whole number"),
        ({"prompt": "x", "seed": -1}, "greater than or equal to 0"),
        ({"prompt": "x", "samples": 65}, "less than or equal to 64"),
        ({"prompt": "x", "strength": 2}, "less than or equal to 1"),
        ({"prompt": "x", "model": "m" * 201}, "model must be the name of a model, such as"),
        ({"prompt": "x", "model": "v1/../../etc/passwd"}, "model must be the name of a model"),
        ({"prompt": "x", "model": "/etc/passwd"}, "of at most 200 characters"),
        ({"prompt": "x", "model": "v1\\x"}, "model must be the name of a model"),
        ({"prompt": "x", "model": "x\n"}, "model must be the name of a model"),
        ({"prompt": "x", "model": " "}, "model must be the name of a model"),
        ({"prompt": "x", "engine": "../x"}, "engine must be the name of an engine"),
        ({"prompt": "x", "kind": "txt2vid"}, "kind must be"),
        ({"prompt": "x", "kind": "img2img"}, "img2img needs an image"),
        ({"prompt": "x", "image": "no picture, no id"}, "id or a picture in base64"),
        ({"prompt": "x", "image": base64.b64encode(b"GIF89a").decode() * 3}, "cannot be used"),
        ({"prompt": "x", "image": "0123456789abcdef"}, "There is no picture"),
        ([], "must be a JSON object"),
    ],
)
def test_what_is_wrong_with_a_request_is_one_sentence(
    shared: Service, body: object, says: str
) -> None:
    answer = shared.client.post("/jobs", json=body)
    assert answer.status_code in (404, 422) and says in answer.json()["detail"], answer.text
    assert "\n" not in answer.json()["detail"] and len(answer.json()["detail"]) < 300


def test_what_does_not_go_together(shared: Service) -> None:
    image, small = shared.upload(png(64, 64))["id"], shared.upload(png(32, 32))["id"]
    clear = shared.upload(png(64, 64, 0, "RGBA"))["id"]
    for body, says in [
        ({"image": image, "mask": small}, "as large as the image, 64x64, not 32x32"),
        ({"image": image, "kind": "inpaint"}, "needs a mask"),
        ({"image": image, "kind": "txt2img"}, "takes no image"),
        ({"image": image, "mask": image, "kind": "img2img"}, "takes no mask"),
        ({"image": image, "kind": "outpaint"}, "needs width and height"),
        ({"image": image, "kind": "outpaint", "width": 128, "height": 128, "left": 128}, "inside"),
    ]:
        answer = shared.client.post("/jobs", json={"prompt": "x", **body})
        assert answer.status_code == 422 and says in answer.json()["detail"], answer.text
    for body in (
        {"image": clear, "kind": "inpaint"},
        {"image": image, "kind": "outpaint", "width": 128, "height": 128, "left": 127, "top": -63},
    ):
        assert shared.client.post("/jobs", json={"prompt": "x", **body}).status_code == 202


def test_a_key_of_ones_own_stands_for_one_request(service: Service) -> None:
    first = service.ask(key="mine", owner="p")
    assert service.ask(key="mine", owner="p")["id"] == first["id"]
    other = {"prompt": "other", "key": "mine", "owner": "p"}
    assert service.client.post("/jobs", json=other).status_code == 409
    assert service.ask("other", key="mine", owner="q")["id"] != first["id"]


def test_lists_are_paged_by_number(service: Service) -> None:
    jobs = [service.ask(f"job {number}")["id"] for number in range(5)]
    page = service.client.get("/jobs", params={"limit": 2}).json()
    assert [job["id"] for job in page["jobs"]] == jobs[:2:-1] and page["more"]
    page = service.client.get("/jobs", params={"before": page["jobs"][-1]["number"]}).json()
    assert [job["id"] for job in page["jobs"]] == jobs[2::-1] and not page["more"]


def test_the_gallery_finds_words_in_both_texts(service: Service) -> None:
    service.made("a Łódź street at night")
    service.made("two cats")
    service.ask("cats that wait")

    def found(**query: object) -> list[str]:
        answer = service.client.get("/gallery", params=query)  # type: ignore[arg-type] # of a test
        return [job["prompt"] for job in answer.json()["jobs"]]

    assert found() == ["two cats", "a Łódź street at night"]
    assert found(q="CATS") == ["two cats"]
    assert found(q="łódź night") == ["a Łódź street at night"]
    assert found(q="%") == []
    assert found(limit=1) == ["two cats"]


def test_a_restart_keeps_what_was_asked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("kept")
    with running(folder) as service:
        done = service.made()
        waits = service.ask("later")
    with running(folder) as service:
        assert service.job(done["id"])["pictures"] == done["pictures"]
        assert service.client.get(f"/pictures/{done['pictures'][0]}").status_code == 200
        assert Worker(service).claim()["id"] == waits["id"]
