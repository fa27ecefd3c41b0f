"""Fetching weights, from a small server that answers as the hub does."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.engine.engine import EngineError
from lib.engine.turbo import download, weight_files

NAME = "someone/tiny-turbo"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Some files, and what may go wrong with them."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self.cut_after = 1 << 40  # a connection breaks after so many bytes
        self.breaks = 1 << 30  # so many connections do
        self.spoils = 0  # so many answers have a wrong byte
        self.asked: list[tuple[str, str]] = []
        self.tokens: dict[str, str | None] = {}
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.store = f"http://localhost:{self.server_port}/store"  # another host to who asks

    def describe(self) -> dict[str, object]:
        siblings = []
        for name, data in self.files.items():
            git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            one: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": git}
            if name.endswith(".safetensors"):
                one["lfs"] = {
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "size": len(data),
                    "pointerSize": 134,
                }
            siblings.append(one)
        return {"id": NAME, "sha": COMMIT, "siblings": siblings}


class Answer(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.server
        hub.asked.append((self.path, self.headers.get("Range", "")))
        hub.tokens[self.path.split("/")[1]] = self.headers.get("Authorization")
        if self.path.startswith("/api/models/") and NAME in self.path:
            self._send(200, json.dumps(hub.describe()).encode())
        elif self.path.startswith(f"/{NAME}/resolve/"):  # as the hub sends on to its store
            self.send_response(302)
            self.send_header("Location", self.path.replace(f"/{NAME}/resolve/{COMMIT}", hub.store))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/store/"):
            self._file(hub.files[self.path.removeprefix("/store/")])
        else:
            self._send(401, b"{}")

    def _file(self, data: bytes) -> None:
        hub = self.server
        if hub.spoils and len(data) > 9:
            hub.spoils -= 1
            data = data[:-1] + b"?"
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(match[1]) if match else 0
        self._send(206 if match else 200, data[start:])

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if len(data) > self.server.cut_after and self.server.breaks:
            self.server.breaks -= 1
            self.wfile.write(data[: self.server.cut_after])
            self.close_connection = True
            return
        self.wfile.write(data)


@pytest.fixture
def hub(weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    (weights / "turbo" / "README.md").write_text("not needed")
    made = Hub(weights / "turbo")
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", made.address)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)
    yield made
    made.shutdown()
    made.server_close()


def holds_all(folder: Path, hub: Hub) -> bool:
    wanted = {name: data for name, data in hub.files.items() if not name.endswith(".md")}
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return found == wanted


def test_all_that_is_needed_comes_and_is_found_by_its_name(hub: Hub) -> None:
    assert not weight_files.has_weights(NAME)
    seen: list[tuple[str, int, int]] = []
    folder = download.fetch(NAME, lambda *step: seen.append(step))
    assert holds_all(folder, hub)
    assert weight_files.find(NAME) == folder and weight_files.has_weights(NAME)
    assert all(so_far <= size for _, so_far, size in seen)
    before = len(hub.asked)
    download.fetch(NAME)
    assert len(hub.asked) == before + 1  # what has changed is asked for, and nothing fetched


def test_the_token_is_for_the_hub_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_geheim")
    assert holds_all(download.fetch(NAME), hub)
    assert hub.tokens == {"api": "Bearer hf_geheim", "someone": "Bearer hf_geheim", "store": None}


def test_other_programs_find_it_too(hub: Hub) -> None:
    from huggingface_hub import snapshot_download

    folder = download.fetch(NAME)
    assert (
        Path(snapshot_download(NAME, local_files_only=True, cache_dir=weight_files.hub_folder()))
        == folder
    )


def test_it_goes_on_where_a_connection_broke(hub: Hub) -> None:
    hub.cut_after = 3_000_000
    assert holds_all(download.fetch(NAME), hub)
    ranges = [asked for path, asked in hub.asked if "/store/unet/diff" in path]
    assert ranges == ["", "bytes=3000000-", "bytes=6000000-"]


def test_it_goes_on_where_it_was_ended(hub: Hub) -> None:
    hub.cut_after = 3_000_000

    def stop(what: str, so_far: int, _size: int) -> None:
        if "unet/diff" in what and so_far >= 3_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch(NAME, stop)
    assert weight_files.cached(NAME) is None  # what is not whole has no name yet
    hub.cut_after = 1 << 40
    assert holds_all(download.fetch(NAME), hub)
    ranges = [asked for path, asked in hub.asked if "/store/unet/diff" in path]
    assert ranges == ["", "bytes=3000000-"]


def test_what_comes_damaged_is_fetched_again_and_never_kept(hub: Hub) -> None:
    hub.spoils = 1
    assert holds_all(download.fetch(NAME), hub)


def test_what_comes_damaged_twice_is_a_sentence(hub: Hub) -> None:
    hub.spoils = 99
    with pytest.raises(EngineError, match=r"came damaged twice; try again later"):
        download.fetch(NAME)
    assert weight_files.cached(NAME) is None
    assert not list(weight_files.hub_folder().rglob("*.incomplete"))


def test_the_half_as_large_weights_are_chosen() -> None:
    names = [
        "model_index.json",
        "README.md",
        "sd_turbo.safetensors",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.non_ema.safetensors",
        "text_encoder/model.safetensors",
        "text_encoder/pytorch_model.bin",
        "tokenizer/merges.txt",
        "safety_checker/model.safetensors",
        "unet/deep/config.json",
    ]
    chosen = download.choose([download.Part(name, 1, "0") for name in names])
    assert [part.name for part in chosen] == [
        "model_index.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "text_encoder/model.safetensors",
        "tokenizer/merges.txt",
    ]


def script(*names: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "automation" / "download-models.sh", *names],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_script(hub: Hub) -> None:
    done = script(NAME)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^unet/diffusion_pytorch_model.safetensors 8\.\d MB$", done.stderr, re.M)
    assert f"{NAME} is whole: " in done.stderr
    assert weight_files.has_weights(NAME)


@pytest.mark.parametrize(
    ("name", "endpoint", "sentence"),
    [
        (NAME, "http://127.0.0.1:9", "cannot be fetched: http://127.0.0.1:9 cannot be reached"),
        ("no/such", "", "no/such cannot be fetched: it is not public, or there is no such model"),
        ("a b/c", "", "a b/c cannot be fetched: Repo id must use alphanumeric chars"),
        ("/tmp", "", "/tmp is no name such as stabilityai/sd-turbo"),
    ],
)
def test_the_script_says_in_one_sentence_what_is_wrong(
    hub: Hub, name: str, endpoint: str, sentence: str
) -> None:
    done = script(name, HF_ENDPOINT=endpoint or hub.address)
    assert done.returncode == 2
    assert sentence in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_a_hub_that_is_none(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "describe", lambda _: {"siblings": [{"rfilename": "../../x"}]})
    with pytest.raises(EngineError, match="does not answer as the hub does"):
        download.fetch(NAME)
    evil = {"rfilename": "../../x.json", "size": 1, "blobId": "00"}
    monkeypatch.setattr(Hub, "describe", lambda _: {"id": NAME, "sha": COMMIT, "siblings": [evil]})
    with pytest.raises(EngineError, match="names files outside of the model's folder"):
        download.fetch(NAME)
