"""The whole way with keys: frames flow, strangers stay outside, and the status says so."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.stream.publish import Publish
from lib.stream.warnings import StreamFacts, Warnings
from lib.wire import allowed, reconnecting
from lib.wire.keys import viewer_key, worker_key
from lib.wire.reconnecting import ReconnectingSocket
from lib.wire.refusals import RefusalLog
from lib.wire.sockets import feed_in, results_out
from tests.rig import until
from tests.stream.test_report import Stream
from tests.stream.way import Make, check
from tests.wire.locks import keys, mixed


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "LOOK_S", 0.05)
    monkeypatch.setattr(reconnecting, "AGAIN_S", 0.2)


def test_the_thirty_line_worker_and_reader_work_with_keys(make: Make, tmp_path: Path) -> None:
    path = make(keys=str(keys(tmp_path / "keys")))
    settings = path.settings
    command = [sys.executable, str(ROOT / "docs/examples/worker.py"), "127.0.0.1"]
    ports = [str(settings.job_port), str(settings.result_port), settings.keys]
    with subprocess.Popen([*command, *ports]) as worker:
        try:
            check(path.see(20))
            feed = f"tcp://127.0.0.1:{settings.output_port}"
            reader = [sys.executable, str(ROOT / "docs/examples/read_feed.py"), feed]
            with subprocess.Popen([*reader, settings.keys], stdout=subprocess.PIPE) as process:
                assert process.stdout and process.stdout.readline().startswith(b"frame ")
                process.terminate()
        finally:
            worker.terminate()


def test_ours_work_with_keys_and_a_stranger_costs_nothing(make: Make, tmp_path: Path) -> None:
    home = keys(tmp_path / "keys", "gpu1")
    path = make(keys=str(home))
    path.add()
    path.see(10)
    stranger = mixed(tmp_path / "stranger", home, keys(tmp_path / "other"))
    path.add(keys=str(stranger), worker_id="stranger")
    path.add(keys="", worker_id="plain")
    pictures = path.see(60)
    check(pictures)
    assert path.count("lost") == path.count("foreign") == 0
    refused = path.dispatch.refusals[0].counts
    assert until(lambda: refused["unknown worker"] and refused["plain worker"])
    assert [one.name for one in path.dispatch.workers] == ["w"]


def test_a_known_worker_may_be_idle(make: Make, tmp_path: Path) -> None:
    """Its heartbeats, one a second, are sealed as messages are."""
    path = make(keys=str(keys(tmp_path / "keys")))
    key = worker_key(path.settings.keys)
    with ExitStack() as resources:
        for _ in range(3):
            results_out(resources, "127.0.0.1", path.settings.result_port, key)
        assert not until(lambda: not path.dispatch.alive, 2.5), path.dispatch.failure
        path.add()
        check(path.see(20))


def test_a_removed_viewer_key_lets_all_viewers_go(make: Make, tmp_path: Path) -> None:
    home = keys(tmp_path / "keys")
    path = make(keys=str(home))
    path.add()
    path.see(5)
    where, key = ("127.0.0.1", path.settings.output_port), viewer_key(str(home))
    public = (home / "viewer.key").read_text()
    with ExitStack() as resources:
        line = ReconnectingSocket(resources, where, key, "viewer", feed_in)
        assert until(lambda: line.socket.poll(10))
        (home / "viewer.key").unlink()
        assert until(lambda: (line.check(), "does not know" in line.trouble)[1])
        assert isinstance(path.publish, Publish)
        assert path.publish.refusals[0].counts["unknown viewer"]
        line.reconnect()
        assert not line.socket.poll(200)
        (home / "viewer.key").write_text(public)
        assert until(lambda: (line.check(), line.socket.poll(10))[1])


def test_the_status_names_who_was_refused_for_a_minute() -> None:
    warnings, strangers = Warnings(), RefusalLog()
    facts = StreamFacts(None, 0, {}, [], {}, None, [strangers])
    strangers.refuse("unknown worker", "10.0.0.7")
    said = [one.words for one in warnings.update(facts, 1.0)]
    assert said[-1].startswith("a worker with an unknown key from 10.0.0.7 was refused; ")
    strangers.refuse("unknown worker", "10.0.0.8")
    said = [one.words for one in warnings.update(facts, 2.0)]
    assert "10.0.0.8" in said[-1] and said[-1].endswith("(2 times in the last minute)")
    assert not any("unknown key" in one.words for one in warnings.update(facts, 63.0))


def test_open_ports_without_keys_stand_in_the_status(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("lib.wire.keys.only_here", lambda _: False)
    with ExitStack() as resources:
        stream = Stream(resources)
        assert "are open to the network without keys" in stream.status().warnings[-1]
    said = [one.message for one in caplog.records if "without keys" in one.message]
    assert len(said) == 1


@pytest.mark.parametrize("program", ["app.py", "transform.py"])
def test_an_open_secret_ends_the_start_with_one_sentence(program: str, tmp_path: Path) -> None:
    home = keys(tmp_path / "keys")
    for name in ("primary.key_secret", "worker.key_secret"):
        (home / name).chmod(0o644)
    done = subprocess.run(
        [sys.executable, str(ROOT / program), "--keys", str(home)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "open to others" in done.stderr, done.stderr
