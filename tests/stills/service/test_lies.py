"""What a worker says is checked: a lie costs its own job's try and nothing more."""

from __future__ import annotations

import io
import secrets
import struct
import time
import zlib

import httpx2 as httpx
import pytest
from PIL import Image

from lib.core.still import SECOND_NS
from lib.core.still_workers import BENCH_NS
from lib.stills.service.claims import MOST_UNHEARD
from tests.stills.service.scripted import Service, Worker, noise, png, running, until


def bomb(side: int) -> bytes:
    """A PNG of some kB that claims side x side pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99_999))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"no picture", 422),
        (png(384, 392), 422),
        (noise(384, 384, "JPEG"), 422),
        (noise(384, 384, "WEBP"), 422),
        (png()[:-20], 422),
        (bomb(60_000), 422),
        (bomb(384), 422),
        (b"\0" * 1_000_000, 413),
    ],
)
def test_what_is_no_picture_of_it_costs_a_try_of_this_job(
    service: Service, monkeypatch: pytest.MonkeyPatch, data: bytes, status: int
) -> None:
    job, other = service.ask("one"), service.ask("other", owner="another")
    worker = Worker(service)
    lease = worker.claim()
    answer = worker.finish(lease, data=data)
    assert answer.status_code == status, answer.text
    assert "\n" not in answer.json()["detail"] and len(answer.json()["detail"]) < 200
    told = service.job(job["id"])
    assert (told["state"], told["tries"]) == ("queued", 1)
    assert service.job(other["id"])["tries"] == 0
    assert worker.finish(lease).status_code == 409, "its lease is over"


def test_a_worker_that_lies_waits_longer_each_time_and_others_do_not(service: Service) -> None:
    service.ask()
    liar, honest = Worker(service, name="liar"), Worker(service, name="honest")
    lease = liar.claim()
    liar.finish(lease, data=b"lie")
    begin_s = time.monotonic()
    assert liar.try_claim(wait_s=0.3).status_code == 204
    assert honest.claim()["id"] == lease["id"]
    assert time.monotonic() - begin_s < BENCH_NS[0] / 1e9


def test_a_worker_that_claims_and_never_says_a_word_is_set_aside(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.core.still.LEASE_NS", SECOND_NS // 5)
    monkeypatch.setattr("lib.stills.service.running.SILENT_NS", SECOND_NS // 4)
    silent = Worker(service, "turbo", 9, "silent")
    for number in range(12):
        service.ask(f"job {number}")
    taken = [silent.claim() for _ in range(MOST_UNHEARD)]
    assert silent.try_claim(wait_s=0.2).status_code == 204
    assert until(lambda: not service.parts.roster.there(time.monotonic_ns()))
    assert silent.try_claim(wait_s=0).status_code == 204
    again = {Worker(service, name="honest").claim()["id"] for _ in range(MOST_UNHEARD)}
    assert again & {lease["id"] for lease in taken}


def test_three_lies_fail_the_job_with_the_reason(service: Service) -> None:
    job = service.ask()
    for name in "abc":
        worker = Worker(service, name=name)
        worker.finish(worker.claim(), data=b"lie")
    told = service.job(job["id"])
    assert told["state"] == "failed" and "no picture" in told["error"]


def test_another_job_another_token_another_sample(service: Service) -> None:
    job, other = service.ask("one"), service.ask("other", owner="x")
    worker = Worker(service)
    lease = worker.claim()
    stranger = {"id": other["id"], "token": 1}
    assert worker.finish(lease, id=other["id"]).status_code == 409
    assert worker.beat(lease, **stranger).status_code == 409
    assert worker.finish(lease, id="nothing").status_code == 404
    assert worker.finish(lease, token=lease["token"] + 1).status_code == 409
    assert worker.beat(lease, token=lease["token"] + 1).status_code == 409
    assert (service.job(job["id"])["tries"], service.job(other["id"])["tries"]) == (0, 0)
    assert worker.finish(lease, sample=1).status_code == 422
    assert service.job(job["id"])["tries"] == 1


def test_what_is_handed_in_late_or_twice_changes_nothing(service: Service) -> None:
    job = service.ask()
    worker = Worker(service)
    lease = worker.claim()
    worker.give_back(lease)
    again = Worker(service, name="another").claim()
    assert worker.finish(lease, data=png(colour=1)).status_code == 409
    assert worker.finish(again).json() == {"state": "done"}
    first = service.job(job["id"])["pictures"]
    assert worker.finish(again, data=png(colour=99)).json() == {"state": "done"}
    assert service.job(job["id"])["pictures"] == first
    assert worker.beat(again).json()["cancel"] is False


def test_an_error_that_is_reported_costs_a_try_and_none_costs_nothing(service: Service) -> None:
    job = service.ask()
    worker = Worker(service)
    assert worker.give_back(worker.claim()).json() == {"state": "queued"}
    assert service.job(job["id"])["tries"] == 0
    worker.give_back(worker.claim(), "out of memory\x1b[31m\nTraceback")
    told = service.job(job["id"])
    assert told["tries"] == 1 and told["error"].startswith("out of memory")
    assert "\n" not in told["error"] and "\x1b" not in told["error"]


def test_nothing_but_the_pixels_of_what_is_handed_in_is_kept(service: Service) -> None:
    """A worker's text, or another's mark, would be taken for ours."""
    out = io.BytesIO()
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "by a worker")
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>another</x:xmpmeta>")
    Image.new("RGB", (384, 384)).save(out, "PNG", pnginfo=info)
    job = service.ask()
    worker = Worker(service)
    worker.finish(worker.claim(), data=out.getvalue())
    content = service.client.get(f"/pictures/{service.job(job['id'])['pictures'][0]}").content
    assert b"by a worker" not in content and b"another" not in content
    assert content.count(b"trainedAlgorithmicMedia") == 1


def test_a_picture_that_is_to_be_turned_is_not_taken(service: Service) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (384, 384)).save(out, "PNG", exif=exif.tobytes())
    service.ask()
    worker = Worker(service)
    answer = worker.finish(worker.claim(), data=out.getvalue())
    assert answer.status_code == 422 and "must be upright" in answer.json()["detail"]


def test_a_lossless_webp_is_taken(service: Service) -> None:
    out = io.BytesIO()
    Image.new("RGB", (384, 384), 7).save(out, "WEBP", lossless=True)
    job = service.ask()
    worker = Worker(service)
    assert worker.finish(worker.claim(), data=out.getvalue()).json() == {"state": "done"}
    picture = service.job(job["id"])["pictures"][0]
    got = service.client.get(f"/pictures/{picture}", headers={"Accept": "image/png"})
    assert got.headers["content-type"] == "image/png" and b"trainedAlgorithmic" in got.content


@pytest.mark.parametrize(
    "change",
    [
        {"claim": "short"},
        {"engine": "A painter"},
        {"kinds": ["txt2vid"]},
        {"kinds": None},
        {"largest": 10**9},
        {"models": ["m"] * 3000},
        {"models": ["m" * 300]},
        {"rank": 99},
        {"wait_s": 3600},
        {"version": 2},
        {"version": "x"},
    ],
)
def test_a_claim_that_makes_no_sense_is_refused(shared: Service, change: dict[str, object]) -> None:
    answer = Worker(shared).try_claim(**change)
    assert answer.status_code == 422 and answer.json()["detail"], answer.text


def test_a_claim_of_a_newer_worker_may_say_more(shared: Service) -> None:
    assert Worker(shared).try_claim(wait_s=0, memory=[1], gpu={"name": "x"}).status_code == 204


def test_the_same_claim_again_gets_the_same_job(service: Service) -> None:
    service.ask("one"), service.ask("two")
    worker, number = Worker(service), secrets.token_hex(8)
    first = worker.claim(claim=number)
    assert worker.claim(claim=number) == first
    assert worker.claim()["id"] != first["id"]


def test_who_hangs_up_while_it_waits_gets_no_job(service: Service) -> None:
    worker = Worker(service)
    with pytest.raises(httpx.TimeoutException):
        service.client.post("/work/claim", json=worker.says(wait_s=20), timeout=0.3)
    assert until(lambda: not service.parts.claims.waiting)
    job = service.ask()
    time.sleep(0.2)
    assert service.job(job["id"])["state"] == "queued"


def test_the_best_engine_is_asked_first(service: Service) -> None:
    turbo = Worker(service, "turbo", 2, "t", {"models": ["sd-turbo"], "kinds": ["txt2img"]})
    painter = Worker(service)
    assert turbo.try_claim(wait_s=0).status_code == 204
    service.ask("any")
    assert painter.try_claim(wait_s=0.2).status_code == 204
    service.ask("a model", model="other")
    assert painter.claim()["params"]["model"] == "other"
    assert turbo.claim()["params"]["prompt"] == "any"
    asked = service.ask("by name", engine="identity")
    assert painter.try_claim(wait_s=0).status_code == 204
    assert service.job(asked["id"])["waits_for"] == "a worker with identity"
    assert Worker(service, "identity", 0).claim()["id"] == asked["id"]
    told = service.client.get("/models").json()
    assert told["models"] == ["sd-turbo"] and told["any_name"] and told["largest"] == 1024


def test_previews_are_small_jpegs_and_come_from_who_has_the_job(service: Service) -> None:
    job = service.ask()
    worker = Worker(service)
    lease = worker.claim()
    query = {"id": job["id"], "token": lease["token"]}

    def preview(data: bytes, **change: object) -> int:
        params = query | change
        return service.client.post("/work/preview", params=params, content=data).status_code  # type: ignore[arg-type] # of a test

    assert service.client.get(f"/jobs/{job['id']}/preview").status_code == 404
    small = noise(64, 64, "JPEG")
    assert preview(png(64, 64)) == 422
    assert preview(b"x" * 70_000) == 413
    assert preview(small, token=9) == 409
    assert preview(small) == 200
    assert service.client.get(f"/jobs/{job['id']}/preview").content == small
    worker.finish(lease)
    assert until(lambda: service.client.get(f"/jobs/{job['id']}/preview").status_code == 404)


def test_pictures_that_are_judged_unfit_are_not_kept() -> None:
    with running(picture_safety=1e-9) as service:
        job = service.ask()
        worker = Worker(service)
        assert worker.finish(worker.claim()).json() == {"state": "failed"}
        told = service.job(job["id"])
        assert "unfit to be shown" in told["error"] and told["pictures"] == []
        answer = service.client.post("/pictures", content=png())
        assert answer.status_code == 422 and "unfit" in answer.json()["detail"]
