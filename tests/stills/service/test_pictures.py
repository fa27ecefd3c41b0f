"""Pictures in the form that is asked for, small ones, and forgetting."""

from __future__ import annotations

import io

from PIL import Image

from tests.stills.service.scripted import Service, Worker, noise, png, running


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


def test_a_program_deletes_what_it_asked_for_and_nobody_elses() -> None:
    guest, control = ({"Authorization": f"Bearer {sign * 22}"} for sign in "gc")
    with running(control_token="c" * 22, guest_token="g" * 22) as service:
        service.client.headers.update(guest)
        upload = service.upload(noise(64, 64))["id"]
        job = service.ask(image=upload, owner="me")["id"]
        service.client.headers.update(control)
        worker = Worker(service)
        worker.finish(worker.claim(), data=png(384, 384))
        service.client.headers.update(guest)
        for picture in (upload, *service.job(job)["pictures"]):
            for owner, status in (("you", 403), ("", 403), ("me", 200)):
                path = f"/pictures/{picture}"
                answer = service.client.delete(path, params={"owner": owner})
                assert answer.status_code == status, (picture == upload, owner)
        another = service.upload(noise(64, 64))["id"]  # that nothing is made from
        assert service.client.delete(f"/pictures/{another}").status_code == 200


def test_nobody_learns_from_an_upload_where_it_was_taken(service: Service) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "51.1079N 17.0385E"
    out = io.BytesIO()
    Image.new("RGB", (96, 64), "red").save(out, "JPEG", exif=exif.tobytes())
    facts = service.upload(out.getvalue())
    assert (facts["width"], facts["height"]) == (64, 96)
    got = service.client.get(f"/pictures/{facts['id']}", headers={"Accept": "image/jpeg"}).content
    assert Image.open(io.BytesIO(got)).size == (64, 96)
    kept = [path.read_bytes() for path in (service.folder / "pictures").iterdir()]
    assert got in kept and not any(b"51.1079N" in data for data in kept)


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
