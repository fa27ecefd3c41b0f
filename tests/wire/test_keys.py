"""Key files: who may read them, what is refused, who is on the list."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import NoReturn

import pytest
import zmq
from zmq.utils import z85

from lib.config.settings import ROOT
from lib.wire import allowed as module
from lib.wire.allowed import KeyFiles
from lib.wire.keys import (
    KeysError,
    exposed,
    folder_of,
    keys_trouble,
    primary_key,
    read_pair,
    read_public,
    viewer_key,
    worker_key,
    workers_files,
)
from tests.rig import primary
from tests.wire.locks import keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return keys(tmp_path / "keys", "one", "two")


def test_without_the_setting_there_are_no_keys() -> None:
    assert primary_key("") is worker_key("") is viewer_key("") is None
    assert keys_trouble("", "primary", "worker", "viewer") is None


def test_a_relative_folder_is_beside_the_programs() -> None:
    assert folder_of("keys") == ROOT / "keys"
    assert folder_of("/etc/keys") == Path("/etc/keys")


def test_a_client_trusts_the_primary_of_its_folder(folder: Path) -> None:
    locked, key = primary_key(str(folder)), worker_key(str(folder))
    assert locked and key
    assert zmq.curve_public(locked.secret) == key.server
    assert zmq.curve_public(key.secret) == key.public
    viewer = viewer_key(str(folder))
    assert viewer and viewer.public != key.public and viewer.server == key.server


def test_the_files_can_be_read_by_pyzmqs_own_tools(folder: Path) -> None:
    from zmq.auth import load_certificate

    path = folder / "for" / "one" / "worker.key_secret"
    assert load_certificate(path) == tuple(read_pair(path))
    assert load_certificate(folder / "workers" / "one.key")[0] == read_pair(path).public


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o644, 0o666])
def test_a_secret_that_others_can_reach_is_refused(folder: Path, mode: int) -> None:
    path = folder / "primary.key_secret"
    path.chmod(mode)
    assert keys_trouble(str(folder), "primary") == (
        f"{path} is open to others, so it is no secret: chmod 600 {path}"
    )
    path.chmod(0o400)
    assert keys_trouble(str(folder), "primary") is None


def test_what_root_lends_to_our_group_is_no_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Kubernetes mounts a Secret."""
    path = folder / "worker.key_secret"
    if path.stat().st_uid:
        pytest.skip("only root makes a file that is root's")
    monkeypatch.setattr(os, "geteuid", lambda: 10001)
    path.chmod(0o440)
    assert worker_key(str(folder))
    path.chmod(0o444)
    with pytest.raises(KeysError, match="open to others"):
        worker_key(str(folder))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        'secret-key = "short"',
        'secret-key = "' + "~" * 40 + '"',
        'secret-key = "' + "#" * 40 + '"',  # more than 32 bits hold
        "secret-key = ü",
    ],
)
def test_a_damaged_file_is_named(folder: Path, text: str) -> None:
    path = folder / "worker.key_secret"
    path.write_text(text, "utf-8")
    assert keys_trouble(str(folder), "worker") == f"{path} holds no secret key"


def test_a_missing_file_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "primary.key").unlink()
    assert keys_trouble(str(folder), "primary") is None
    trouble = keys_trouble(str(folder), "primary", "viewer") or ""
    assert trouble.startswith(f"{folder / 'primary.key'} is missing: ")
    (tmp_path / "file").write_text("")
    assert "Not a directory" in (keys_trouble(str(tmp_path / "file"), "worker") or "")


def test_the_list_follows_the_files(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    allowed = KeyFiles(lambda: workers_files(folder))
    files = [folder / "workers" / "one.key", folder / "workers" / "two.key", folder / "worker.key"]
    one, two, beside = (z85.decode(read_public(path)) for path in files)
    assert allowed.keys == {one, two, beside}
    (folder / "workers" / "one.key").unlink()
    allowed.refresh()
    assert allowed.keys == {two, beside}
    (folder / "workers" / "two.key").write_text("rubbish")
    (folder / "workers" / "readme.txt").write_text("no key")
    for _ in range(2):
        allowed.refresh()
    assert allowed.keys == {beside}
    said = [one.message for one in caplog.records]
    assert len(said) == 1 and "two.key holds no public key" in said[0]
    keys(folder, "three")
    allowed.refresh()
    assert len(allowed.keys) == 2


@pytest.mark.parametrize("kind", ["pipe", "folder", "link to itself", "device"])
def test_what_is_no_file_keeps_nobody_in_and_nobody_out(
    folder: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It must neither be waited for nor keep the others from being looked at."""
    allowed = KeyFiles(lambda: workers_files(folder))
    odd = folder / "workers" / "odd.key"
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "folder":
        odd.mkdir()
    else:
        odd.symlink_to(odd if kind == "link to itself" else "/dev/zero")
    (folder / "workers" / "one.key").unlink()
    keys(folder, "three")
    looks = [threading.Thread(target=allowed.refresh, daemon=True) for _ in range(3)]
    for look in looks:
        look.start()
        look.join(3)
    assert not any(look.is_alive() for look in looks)
    files = ["worker.key", "workers/two.key", "workers/three.key"]
    assert allowed.keys == {z85.decode(read_public(folder / name)) for name in files}
    assert len([one for one in caplog.records if "odd.key" in one.message]) == 1


def test_what_cannot_be_looked_at_counts_as_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No descriptor is left, or the disk is broken; as soon as it goes again, it counts."""
    allowed = KeyFiles(lambda: workers_files(folder))
    before = allowed.keys
    keys(folder, "three")
    with monkeypatch.context() as broken:
        for place, call in (os, "open"), (Path, "iterdir"):
            broken.setattr(place, call, lambda *_: throw(OSError(errno.EMFILE, "too many")))
        for _ in range(2):
            allowed.refresh()
            assert allowed.keys == before
        broken.setattr(
            Path,
            "iterdir",
            lambda at: iter([at / f"{name}.key" for name in ("one", "two", "three")]),
        )
        for _ in range(2):
            allowed.refresh()
            assert allowed.keys == before
    said = [one.message for one in caplog.records]
    assert len(said) == 2 and "three.key cannot be read" in said[1]
    allowed.refresh()
    assert len(allowed.keys) == 4


def test_a_change_of_which_only_the_inode_tells_is_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = folder / "workers" / "one.key"
    text = public.read_text()
    public.write_text("rubbish")
    allowed = KeyFiles(lambda: workers_files(folder))
    assert len(allowed.keys) == 2
    times = public.stat()
    public.write_text(text[: len("rubbish")])
    os.utime(public, ns=(times.st_atime_ns, times.st_mtime_ns))
    read: list[Path] = []
    monkeypatch.setattr(
        module, "read_public", lambda path: (read.append(path), read_public(path))[1]
    )
    allowed.refresh()
    allowed.refresh()
    assert read == [public], "a change that its time does not tell was not seen"


def throw(error: OSError) -> NoReturn:
    raise error


def test_open_ports_without_keys_are_said() -> None:
    assert exposed(primary()) is None
    assert exposed(primary(bind="0.0.0.0", keys="keys")) is None
    words = exposed(primary(bind="0.0.0.0")) or ""
    assert "open to the network without keys" in words and "make-keys.sh" in words
