"""python -m lib.stills import FOLDER: what another server of the protocol sde made."""

from __future__ import annotations

import base64
import json
import os
import sys
import uuid
from pathlib import Path

import pytest

from lib.stills.__main__ import main
from lib.stills.adapters.sde_backup import ENDING
from tests.programs import finish
from tests.stills.adapters.test_sde import KEYS, spoken
from tests.stills.service.scripted import Service, noise, png, running

COUNT = 3


def result(number: int, **more: object) -> dict[str, object]:
    data = base64.b64encode(png(64 + number, 48, number)).decode()
    values = [str(uuid.UUID(int=number, version=4)), f"of the original {number}\nä", data,
              f"2023-01-02T03:04:0{number}.678901", []]  # fmt: skip
    return dict(zip(KEYS, values, strict=True)) | more


def lines(*results: dict[str, object]) -> str:
    return "".join(json.dumps(one) + "\n" for one in results)


def imported(folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> int:
    """The program's main(), without the seconds that another process takes to start."""
    monkeypatch.setenv("ENV_FILE", os.devnull)
    argv = ["lib.stills", "import", str(folder), "--server", service.address]
    monkeypatch.setattr(sys, "argv", argv)
    return main()


def test_a_foreign_folder_comes_into_the_gallery_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "foreign"
    folder.mkdir()
    good = [result(number) for number in range(1, COUNT + 1)]
    bad = [result(7, data=None, errors=["it broke"]), result(8, uuid="mine"),
           result(9, data="AAAA"), result(10, created_time="yesterday")]  # fmt: skip
    (folder / f"2023-01-02-03-04-05{ENDING}").write_text(lines(*good[:2]) + '{"uuid": "torn')
    (folder / f"2023-02-02-03-04-05{ENDING}").write_text(lines(good[2], good[0], *bad))
    (folder / "notes.txt").write_text("mine")
    (folder / f"a-folder{ENDING}").mkdir()
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with spoken() as sde:
        done = finish("-m", "lib.stills", "import", str(folder), "--server", sde.service.address)
        said = done.stdout + done.stderr
        assert done.returncode == 1 and "Traceback" not in said, said  # what is refused is named
        assert "import: 3 new, 1 there before, 1 without a picture, 3 refused" in said
        assert "'mine' is no uuid" in said and "created_time" in said
        jobs = sde.service.client.get("/gallery").json()["jobs"]
        assert [one["prompt"] for one in jobs] == [one["prompt"] for one in reversed(good)]
        found = sde.results()
        for one, told in zip(good, found, strict=True):
            assert (told["uuid"], told["prompt"], told["created_time"]) == tuple(
                one[name] for name in ("uuid", "prompt", "created_time")
            )
            assert list(told) == KEYS and told["data"]
        (picture,) = jobs[0]["pictures"]
        assert sde.service.client.get(f"/pictures/{picture}?side=64").status_code == 200
        assert sde.service.client.get("/health").json()["jobs"]["queued"] == 0
        assert imported(folder, sde.service, monkeypatch) == 1
        assert "import: 4 there before" in capsys.readouterr().out
        assert len(sde.results()) == COUNT
    assert {path: path.read_bytes() for path in before} == before


def test_without_a_service_or_its_token_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"x{ENDING}").write_text(lines(result(1)))
    token = "c" * 32
    with running(control_token=token) as service:
        assert imported(tmp_path, service, monkeypatch) == 1
        assert "needs the token" in capsys.readouterr().err
        monkeypatch.setenv("CONTROL_TOKEN", token)
        assert imported(tmp_path, service, monkeypatch) == 0
        assert capsys.readouterr().out == "import: 1 new\n"
    assert imported(tmp_path, service, monkeypatch) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert imported(tmp_path / "nowhere", service, monkeypatch) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'nowhere'} is no folder\n"


def test_what_is_no_picture_or_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    name = uuid.uuid4()
    facts = {"prompt": "a", "created_time": "2023-01-02T03:04:05"}
    with running() as service:
        for data in ("", "?", "AAAA", base64.b64encode(noise(8, 8, "JPEG")).decode()):
            answer = service.client.put(f"/adapters/sde/{name}", json=facts | {"data": data})
            assert answer.status_code == 422 and isinstance(answer.json()["detail"], str)
        longest = {**facts, "data": "A" * 13_000_000}
        assert service.client.put(f"/adapters/sde/{name}", json=longest).status_code == 413
        assert service.client.get("/jobs").json()["jobs"] == []
