"""Pictures in the form that is asked for, small ones, and forgetting."""

from __future__ import annotations

import io

from PIL import Image

from tests.stills.service.scripted import Service, noise, png


def test_a_picture_comes_in_the_form_that_is_asked_for(service: Service) -> None:
    picture = service.made()["pictures"][0]
    for accept, kind in (("image/webp", "webp"), ("image/jpeg", "jpeg"), ("*/*", "png")):
        got = service.client.get(f"/pictures/{picture}", headers={"Accept": accept})
        assert got.headers["content-type"] == f"image/{kind}" and got.headers["vary"] == "Accept"
        assert b"trainedAlgorithmicMedia" in got.content, kind
        assert Image.open(io.BytesIO(got.content)).size == (384, 384)
        etag = {"Accept": accept, "If-None-Match": got.headers["etag"]}
        again = service.client.get(f"/pictures/{picture}", headers=etag)
        assert again.status_code == 304 and not again.content


def test_a_small_one_is_made_once(service: Service) -> None:
    picture = service.made()["pictures"][0]
    small = service.client.get(f"/pictures/{picture}", params={"side": 64})
    assert Image.open(io.BytesIO(small.content)).size == (64, 64)
    assert b"trainedAlgorithmicMedia" in small.content
    assert service.client.get(f"/pictures/{picture}", params={"side": 64}).content == small.content
    for side in ("0", "15", "99999", "x"):
        answer = service.client.get(f"/pictures/{picture}", params={"side": side})
        assert answer.status_code == 422 and "side must be" in answer.json()["detail"]


def test_a_picture_is_forgotten_and_with_the_last_its_request(service: Service) -> None:
    job = service.made(samples=2)
    first, second = job["pictures"]
    assert service.client.delete(f"/pictures/{first}").json() == {"status": "forgotten"}
    assert service.client.get(f"/pictures/{first}").status_code == 404
    assert service.job(job["id"])["pictures"] == [second]
    service.client.delete(f"/pictures/{second}")
    assert service.client.get(f"/jobs/{job['id']}").status_code == 404
    assert service.client.delete(f"/pictures/{second}").status_code == 404
    assert not list((service.folder / "pictures").glob("[0-9a-f]*"))


def test_a_picture_that_a_job_waits_for_stays(service: Service) -> None:
    upload = service.upload(noise(64, 64))["id"]
    job = service.ask(image=upload)["id"]
    refused = service.client.delete(f"/pictures/{upload}")
    assert refused.status_code == 409 and "cancel that first" in refused.json()["detail"]
    service.client.delete(f"/jobs/{job}")
    assert service.client.delete(f"/pictures/{upload}").status_code == 200


def test_a_picture_file_that_is_gone_or_is_no_file_is_one_sentence(service: Service) -> None:
    import os

    job = service.made()
    (path,) = (service.folder / "pictures").glob("[0-9a-f]*")
    path.unlink()
    os.mkfifo(path)
    answer = service.client.get(f"/pictures/{job['pictures'][0]}")
    assert answer.status_code == 503 and "cannot be read" in answer.json()["detail"]
    path.unlink()
    answer = service.client.get(f"/pictures/{job['pictures'][0]}")
    assert answer.status_code == 404 and "no longer kept" in answer.json()["detail"]
    assert service.upload(png())["width"] == 384
