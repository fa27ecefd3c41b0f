"""Jobs that nothing is kept of leave nothing, and show their words to nobody else."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest

from lib.stills.ledger.ledger import private_ledger
from lib.stills.ledger.room import Retention
from lib.stills.service import run
from tests.stills.service.scripted import Worker, noise, png, running, until

WORDS = "a secret zebra crossing 4711"


def test_a_private_job_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    image, made = noise(64, 64), noise(384, 384)
    with running(tmp_path / "state") as service:
        upload = service.upload(image, keep="none")
        asked = service.ask(WORDS, keep="none", image=upload["id"])
        worker = Worker(service)
        lease = worker.claim()
        assert lease["private"] and lease["params"]["prompt"] == WORDS
        worker.beat(lease, step=1)
        worker.finish(lease, data=made)
        job = service.job(asked["id"], secret=asked["secret"])
        assert job["prompt"] == WORDS and job["private"]
        content = service.client.get(f"/pictures/{job['pictures'][0]}")
        assert content.headers["cache-control"] == "no-store" and len(content.content) > 1000
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    for path in written:
        data = path.read_bytes()
        assert WORDS.encode() not in data and b"zebra" not in data, path
        assert image[100:200] not in data and made[100:200] not in data, path
    assert "zebra" not in caplog.text


def test_others_see_that_there_is_one_and_no_more() -> None:
    with running() as service:
        asked = service.ask(WORDS, keep="none", owner="me")
        for seen in (
            service.job(asked["id"], owner="you"),
            service.client.get("/jobs", params={"owner": "you"}).json()["jobs"][0],
        ):
            assert seen["private"] and seen["state"] == "queued" and not seen["owner_is_me"]
            assert (seen["prompt"], seen["prompt_used"], seen["params"]) == ("", "", None)
        worker = Worker(service)
        lease = worker.claim()
        query = {"id": asked["id"], "token": str(lease["token"])}
        sent = service.client.post("/work/preview", params=query, content=noise(64, 64, "JPEG"))
        assert sent.status_code == 200
        for shown in ({"owner": "me"}, {"secret": asked["secret"]}):
            path = f"/jobs/{asked['id']}/preview"
            assert service.client.get(path, params=shown).status_code == 404
        worker.finish(lease)
        assert service.job(asked["id"], owner="you")["pictures"] == []
        assert service.client.get("/gallery", params={"owner": "me"}).json()["jobs"] == []
        refused = service.client.post("/to-wall", json={"job": asked["id"]})
        assert refused.status_code == 403


def test_neither_a_name_nor_an_address_opens_a_private_job() -> None:
    with running() as service:
        named = service.ask(WORDS, keep="none", owner="me")
        nameless = service.ask(WORDS, keep="none")
        other = nameless["secret"]
        for asked, shown in ((named, {"owner": "me"}), (nameless, {}), (named, {"secret": other})):
            seen = service.job(asked["id"], **shown)
            assert not seen["owner_is_me"] and not seen["prompt"]
            path = f"/jobs/{asked['id']}"
            assert service.client.delete(path, params=shown).status_code == 403
        mine = service.job(named["id"], secret=named["secret"])
        assert mine["owner_is_me"] and mine["prompt"] == WORDS
        left = service.client.delete(f"/jobs/{named['id']}", params={"secret": named["secret"]})
        assert left.json()["state"] == "cancelled"
        assert len(named["secret"]) == 32 and "secret" not in service.ask("kept")


def test_a_browser_sees_its_own_private_jobs_and_no_others() -> None:
    me, you = ({"Cookie": "afterimage-owner=" + sign * 22} for sign in "ab")
    with running() as service:
        body = {"prompt": WORDS, "keep": "none"}
        asked = service.client.post("/jobs", json=body, headers=me).json()
        path = f"/jobs/{asked['id']}"
        assert service.client.get(path, headers=me).json()["prompt"] == WORDS
        assert service.client.get(path, headers=you).json()["prompt"] == ""
        named = {"owner": "a" * 22}
        assert service.client.get(path, params=named, headers=you).json()["prompt"] == ""
        assert service.client.delete(path, headers=you).status_code == 403
        assert service.client.delete(path, headers=me).json()["state"] == "cancelled"


def test_private_and_kept_jobs_take_turns() -> None:
    with running() as service:
        for number in range(3):
            service.ask(f"kept {number}")
            service.ask(f"private {number}", keep="none")
        worker = Worker(service)
        got = [worker.claim()["private"] for _ in range(6)]
        assert sorted(got) == [False] * 3 + [True] * 3
        assert got[:2] in ([False, True], [True, False])


def test_a_private_picture_is_gone_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    short = Retention(most_ns=1, ended_ns=1)
    monkeypatch.setattr(run, "private_ledger", lambda: private_ledger(retention=short))
    with running() as service:
        done, cancelled = (service.ask(WORDS, keep="none") for _ in range(2))
        worker = Worker(service)
        worker.finish(worker.claim(), data=png())
        secret = {"secret": cancelled["secret"]}
        service.client.delete(f"/jobs/{cancelled['id']}", params=secret)
        for job in (done, cancelled):
            assert until(
                lambda path=f"/jobs/{job['id']}": service.client.get(path).status_code == 404
            )
        assert not service.parts.ledgers.private.stills(1 << 60)


def test_a_private_picture_is_for_private_jobs() -> None:
    with running() as service:
        upload = service.upload(png(64, 64), keep="none")
        answer = service.client.post("/jobs", json={"prompt": "x", "image": upload["id"]})
        assert answer.status_code == 422 and "private" in answer.json()["detail"]
        kept = service.upload(png(64, 64))
        service.ask(keep="none", image=kept["id"])


def test_the_next_service_says_how_many_private_jobs_were_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path) as service:
        service.ask(WORDS, keep="none"), service.ask(WORDS, keep="none")
        assert until(
            lambda: service.parts.ledgers.kept.book.run("SELECT private FROM ledger") == [(2,)]
        )
    with caplog.at_level(logging.WARNING), running(tmp_path) as service:
        assert "2 private jobs were lost with the service before this one" in caplog.text
        assert "afterimage_stills_private_lost 2.0" in service.client.get("/metrics").text
