"""The state folder: whole after a kill, and no trouble for the show when the disk makes some."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.config.state_folder import state_folder
from lib.control import store as module
from lib.control.notices import Notices
from lib.control.store import JOURNAL, REFUSALS, Store
from tests.rig import primary, until

Opened = Callable[..., tuple[Store, Notices]]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    stores: list[Store] = []

    def open_store(folder: Path = tmp_path / "state") -> tuple[Store, Notices]:
        notices = Notices()
        store = Store(folder, notices)
        stores.append(store)
        store.start()
        return store, notices

    yield open_store
    assert all([store.stop() for store in stores])  # noqa: C419 - each one, always


def test_what_is_put_is_written_soon_and_what_still_waits_at_the_end(
    opened: Opened, tmp_path: Path
) -> None:
    store, _ = opened()
    path = tmp_path / "state" / "a.json"
    store.put("a.json", {"word": "猫 \x07"})
    assert until(path.exists)
    assert json.loads(path.read_text("utf-8")) == {"word": "猫 \x07"}
    store.put("a.json", 2)
    store.append(JOURNAL, "last words")
    assert store.stop()
    assert json.loads(path.read_text()) == 2
    assert (tmp_path / "state" / JOURNAL).read_text() == "last words\n"
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


def test_it_writes_a_few_times_a_second_however_much_comes(opened: Opened, tmp_path: Path) -> None:
    store, _ = opened()
    path, seen = tmp_path / "state" / "a.json", set()
    end = time.monotonic() + 1.0
    number = 0
    while time.monotonic() < end:
        store.put("a.json", number := number + 1)
        if path.exists():
            seen.add(path.stat().st_ino)
        time.sleep(0.001)
    assert 1 <= len(seen) <= 4
    assert store.stop()
    assert json.loads(path.read_text()) == number


def test_it_is_whole_whenever_it_is_killed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.control.killed_writer", str(tmp_path / "state")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    last, lines = map(int, done.stdout.split())
    assert last > 20
    assert lines > 20


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"a": 1}x', b"\xff\xfe", b"\0" * 500, b"[" * 100_000, b"1" * 5000]
)
def test_a_damaged_file_is_set_aside_and_said_once(
    opened: Opened, tmp_path: Path, data: bytes
) -> None:
    store, notices = opened()
    path = tmp_path / "state" / "a.json"
    path.write_bytes(data)
    assert store.read("a.json") is None
    assert store.read("a.json") is None
    assert path.with_name("a.json.damaged").read_bytes() == data
    assert len(notices.current) == 1
    assert "a.json is damaged" in notices.current[0]
    store.put("a.json", 1)
    assert store.stop()
    assert path.read_text() == "1"


def test_a_folder_of_another_primary_is_left_alone(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLAIM_WITHIN_S", 0.1)
    first, _ = opened()
    first.put("a.json", "first")
    second, notices = opened()
    second.put("a.json", "second")
    second.append(JOURNAL, "line")
    assert second.read("a.json") is None
    assert second.last_lines(JOURNAL, 10) == []
    assert ["another primary uses the folder" in said for said in notices.current] == [True]
    assert second.stop()
    assert first.stop()
    assert json.loads((tmp_path / "state" / "a.json").read_text()) == "first"
    third, notices = opened()
    assert third.read("a.json") == "first"
    assert notices.current == [], "the lock ended with its owner"


def test_a_folder_that_can_not_be_made_costs_the_memory_and_not_the_show(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.1)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    store, notices = opened(blocked / "state")
    assert "cannot be written" in notices.current[0]
    store.put("a.json", 1)
    assert store.alive
    time.sleep(0.3)
    assert store.alive
    blocked.unlink()
    assert until((blocked / "state" / "a.json").exists)
    assert until(lambda: notices.current == []), "and it is taken back when it works again"


def test_a_full_disk_is_said_and_what_was_whole_stays_whole(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.1)
    store, notices = opened()
    folder = tmp_path / "state"
    store.put("a.json", "small")
    assert until((folder / "a.json").exists)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))  # no file grows beyond that
    try:
        store.put("a.json", "large" * 2000)
        store.append(JOURNAL, "y" * 9000)
        assert until(lambda: notices.current)
        assert "cannot be written (File too large)" in notices.current[0]
        assert json.loads((folder / "a.json").read_text()) == "small"
        assert not (folder / ".a.json.new").exists()
        store.put("a.json", "larger" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert until(lambda: notices.current == [])
    assert json.loads((folder / "a.json").read_text()) == "larger" * 2000, "the newer one"
    assert store.last_lines(JOURNAL, 5)[-1] == "y" * 9000


def test_the_journal_is_bounded_and_survives_a_line_cut_off(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOURNAL_BYTES", 2000)
    monkeypatch.setattr(module, "WRITE_EVERY_S", 0)
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / JOURNAL).write_text('{"number": 1, "cut o')
    store, _ = opened()
    for number in range(100):
        store.append(JOURNAL, f"{number} " + "x" * 500)
        if number % 4 == 3:
            assert until(lambda: store.settled)
    assert store.stop()
    files = sorted(folder.glob("journal*"))
    assert len(files) in (module.JOURNALS[JOURNAL] - 1, module.JOURNALS[JOURNAL]), (
        "the newest may not be begun"
    )
    assert sum(file.stat().st_size for file in files) < 5 * 5000
    assert store.last_lines(JOURNAL, 3)[-1].startswith("99 ")
    oldest = (folder / "journal.4.jsonl").read_text()
    assert "cut o" not in oldest, "the oldest are gone"


def test_many_lines_at_once_stay_within_the_limit_of_each_file(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOURNAL_BYTES", 2000)
    store, _ = opened()
    store.append(JOURNAL, "what somebody did")
    for number in range(900):
        store.append(REFUSALS, f"{number} " + "x" * 300)
    for number in range(20):
        store.append(JOURNAL, f"{number} " + "x" * 300)
    assert store.stop()
    for name, count in ((JOURNAL, 4), (REFUSALS, module.JOURNALS[REFUSALS])):
        files = list((tmp_path / "state").glob(f"{name.partition('.')[0]}*"))
        assert len(files) == count and all(file.stat().st_size <= 2000 for file in files)
    assert store.last_lines(REFUSALS, 1)[0].startswith("899 ")
    oldest = (tmp_path / "state" / "journal.3.jsonl").read_text()
    assert oldest.startswith("what somebody did\n0 xxx"), "refusals remove only refusals"


@pytest.mark.parametrize("odd", ["fifo", "device", "large"])
@pytest.mark.parametrize("name", ["played.json", JOURNAL, REFUSALS, "journal.1.jsonl"])
def test_what_is_no_file_is_set_aside(opened: Opened, tmp_path: Path, name: str, odd: str) -> None:
    path = tmp_path / "state" / name
    path.parent.mkdir()
    if odd == "fifo":
        os.mkfifo(path)
    elif odd == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(b"")
        os.truncate(path, module.LARGEST_FILE + 1)
    store, notices = opened()
    whole = name != "played.json" and odd == "large"  # of a journal only the end is read
    if name == "played.json":
        assert store.read(name) is None
    else:
        assert (store.last_lines(name.replace(".1", ""), 5) != []) == whole
    assert [f"{name}.damaged" in text for text in notices.current] == [True] * (not whole)
    store.put("played.json", 1)
    store.append(JOURNAL, "line")
    assert store.stop() and store.last_lines(JOURNAL, 1) == ["line"]
    assert json.loads((path.parent / "played.json").read_text()) == 1


def test_a_fifo_in_the_place_of_a_fresh_file_costs_nothing(opened: Opened, tmp_path: Path) -> None:
    store, notices = opened()
    os.mkfifo(tmp_path / "state" / ".a.json.new")
    store.put("a.json", 1)
    assert store.stop() and notices.current == []
    assert json.loads((tmp_path / "state" / "a.json").read_text()) == 1


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/afterimage:/var/lib/other")
    assert state_folder(primary(state_dir="/somewhere/else")) == Path("/somewhere/else")
    monkeypatch.delenv("STATE_DIR")
    assert state_folder(primary()) == Path("/var/lib/afterimage")
    monkeypatch.delenv("STATE_DIRECTORY")
    assert state_folder(primary()) == ROOT / "state"
