"""The ZeroMQ ports with keys, over real sockets: who comes in, who does not, and what is said."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import zmq

from lib.wire import allowed, reconnecting
from lib.wire.allowed import AllowedKeys
from lib.wire.feed_listener import FeedListener
from lib.wire.keys import Key, PrimaryKey, primary_key, viewer_key, worker_key
from lib.wire.reconnecting import ReconnectingSocket
from lib.wire.result_listener import ResultListener
from lib.wire.sockets import feed_in, jobs_in, results_out
from lib.wire.tcp import Endpoint, Limits
from lib.wire.worker_listener import WorkerListener
from tests.ports import free_ports
from tests.rig import until
from tests.wire.locks import keys, mixed
from tests.wire.test_worker_listener import held


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "LOOK_S", 0.05)
    monkeypatch.setattr(allowed, "AT_ONCE_S", 0.0)
    monkeypatch.setattr(reconnecting, "AGAIN_S", 0.2)


class Site:
    """A primary host's three ports, all locked or all plain, and those who call."""

    def __init__(self, resources: ExitStack, folder: Path) -> None:
        self.resources, self.folder = resources, folder
        self.home = keys(folder / "home", "gpu1", "gpu2")
        self.jobs, self.results, self.feed = free_ports(3)
        self.here: set[int] = set()
        self.one_at_a_time = threading.Lock()
        self.quit = threading.Event()
        self.handed_in: list[bytes] = []

    def open(self, locked: PrimaryKey | None) -> None:
        jobs, results, feed = (
            Endpoint("127.0.0.1", port) for port in (self.jobs, self.results, self.feed)
        )
        limits, resources = Limits(8, 8), self.resources
        self.listener = WorkerListener(resources, jobs, limits, locked)
        self.results_listener = ResultListener(resources, results, limits, 10**6, locked)
        self.pub = FeedListener(resources, feed, 8, 30, locked)
        thread = threading.Thread(target=self.run)
        thread.start()
        self.resources.callback(thread.join)
        self.resources.callback(self.quit.set)

    def run(self) -> None:
        """As the primary host's own threads do: callers may wait for it meanwhile."""
        while not self.quit.wait(0.005):
            with self.one_at_a_time:
                for event in self.listener.news():
                    (self.here.add if event.kind == "join" else self.here.remove)(event.peer)
                self.handed_in += [bytes(one.data) for one in self.results_listener.take()]
                self.results_listener.tend(time.monotonic())

    def lock(self) -> None:
        self.open(primary_key(str(self.home)))

    def own(self, name: str) -> Path:
        return self.home / "for" / name

    def worker(self, key: Key | None) -> ReconnectingSocket:
        return ReconnectingSocket(self.resources, ("127.0.0.1", self.jobs), key, "worker", jobs_in)

    def helper(self, key: Key | None) -> ReconnectingSocket:
        return ReconnectingSocket(
            self.resources, ("127.0.0.1", self.results), key, "worker", results_out
        )

    def viewer(self, key: Key | None) -> ReconnectingSocket:
        return ReconnectingSocket(self.resources, ("127.0.0.1", self.feed), key, "viewer", feed_in)

    def deal(self) -> None:
        with self.one_at_a_time:
            for peer in self.here:
                self.listener.send(peer, b"job")

    def gets(self, line: ReconnectingSocket) -> bool:
        """Whether a job comes."""

        def came() -> bool:
            line.check()
            self.deal()
            return bool(line.socket.poll(10) and line.socket.recv())

        return until(came, 3)

    def says(self, line: ReconnectingSocket) -> str:
        """What keeps it from coming in."""

        def heard() -> str:
            line.check()
            return line.trouble

        assert until(heard, 20), "not a word"
        return line.trouble

    @property
    def refused(self) -> dict[str, int]:
        logs = self.listener.refusals, self.results_listener.refusals, self.pub.refusals
        return {kind: count for one in logs for kind, count in one.counts.items()}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as resources:
        yield Site(resources, tmp_path)


def test_who_is_known_gets_jobs_gives_results_and_sees(site: Site) -> None:
    site.lock()
    key = worker_key(str(site.own("gpu1")))
    assert site.gets(site.worker(key))
    site.helper(key).socket.send(b"result")
    assert until(lambda: site.handed_in == [b"result"])
    viewer = site.viewer(viewer_key(str(site.home)))

    def sees() -> bool:
        site.pub.send(b"picture")
        return bool(viewer.socket.poll(10))

    assert until(sees, 20)
    assert not site.refused


def test_an_unknown_key_gets_nothing_and_both_sides_say_so(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.lock()
    stranger = mixed(site.folder / "stranger", site.home, keys(site.folder / "other"))
    key, viewer = worker_key(str(stranger)), viewer_key(str(stranger))
    at_door, at_results, at_feed = site.worker(key), site.helper(key), site.viewer(viewer)
    assert "does not know this worker's key" in site.says(at_door)
    assert "does not know this worker's key" in site.says(at_results)
    assert "does not know this viewer's key" in site.says(at_feed)
    assert until(
        lambda: set(site.refused) == {"unknown worker", "unknown result", "unknown viewer"}
    )
    assert not site.here
    assert until(lambda: len(told(caplog)) == 3)
    said = told(caplog)
    assert any(one.startswith("a worker with an unknown key from 127.0.0.1 was") for one in said)
    assert until(
        lambda: (at_door.check(), site.refused["unknown worker"] >= 2)[1]
    )  # it tries again
    assert told(caplog) == said


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the primary host said of strangers."""
    return [one.message for one in caplog.records if one.name == "lib.wire.refusals"]


def test_without_a_key_nobody_comes_in_and_both_sides_say_so(site: Site) -> None:
    site.lock()
    assert "wants keys" in site.says(site.worker(None))
    assert "wants keys" in site.says(site.helper(None))
    assert "wants keys" in site.says(site.viewer(None))
    assert until(lambda: set(site.refused) == {"plain worker", "keyless viewer"}), site.refused
    assert until(lambda: site.results_listener.refused["has no key"])
    assert not site.here


def test_with_a_key_nobody_comes_in_where_there_are_none(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.open(None)
    key = worker_key(str(site.own("gpu1")))
    lines = site.worker(key), site.helper(key), site.viewer(key)
    for line in lines:
        assert "has no keys, and KEYS is set here" in site.says(line)
    assert until(lambda: (lines[0].check(), set(site.refused) == {"keyed worker"})[1])
    assert until(lambda: any("since KEYS is not set here" in one for one in told(caplog)))


def test_the_key_of_another_primary_is_named(site: Site) -> None:
    site.lock()
    other = keys(site.folder / "other")
    lost = mixed(site.folder / "lost", other, site.own("gpu1"))
    line = site.worker(worker_key(str(lost)))
    assert "is not the primary host that primary.key is from" in site.says(line)
    assert until(lambda: site.refused.get("misled worker"))
    assert not site.here


def test_a_plain_worker_and_a_plain_primary_know_nothing_of_it(site: Site) -> None:
    site.open(None)
    line = site.worker(None)
    assert site.gets(line)
    assert not line.trouble and not site.refused


def test_a_removed_key_shuts_out_who_is_in_and_nobody_else(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    site.lock()
    first, second = (worker_key(str(site.own(name))) for name in ("gpu1", "gpu2"))
    lines = site.worker(first), site.worker(second)
    assert site.gets(lines[0]) and site.gets(lines[1])
    sender = site.helper(first)
    sender.socket.send(b"before")
    assert until(lambda: site.handed_in == [b"before"])
    public = site.home / "workers" / "gpu1.key"
    text = public.read_text()
    public.unlink()
    assert until(lambda: len(site.here) == 1, 20)
    assert any("key was removed" in one.message for one in caplog.records)
    assert "does not know" in site.says(sender)
    assert "does not know" in site.says(lines[0])
    assert site.gets(lines[1])
    public.write_text(text)  # and lets it in again as soon as it is back
    assert until(lambda: (lines[0].check(), len(site.here) == 2)[1], 20)
    assert not lines[0].trouble or until(lambda: (lines[0].check(), not lines[0].trouble)[1])


def test_a_key_that_was_added_just_now_counts_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain libzmq never comes again once it was refused."""
    monkeypatch.setattr(allowed, "LOOK_S", 60.0)
    public = site.home / "workers" / "gpu1.key"
    text = public.read_text()
    public.unlink()
    site.lock()
    public.write_text(text)
    key = worker_key(str(site.own("gpu1")))
    assert key
    with zmq.Context() as context, context.socket(zmq.PULL) as pull:
        pull.curve_publickey, pull.curve_secretkey, pull.curve_serverkey = key
        pull.connect(f"tcp://127.0.0.1:{site.jobs}")

        def came() -> bool:
            site.deal()
            return bool(pull.poll(10))

        assert until(came, 20)
    assert not site.refused


def test_who_comes_again_after_leaving_without_an_answer_waits_for_a_look_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key may have been added just now, long after it was first asked about."""
    monkeypatch.setattr(allowed, "GONE_S", 0.3)
    home = keys(tmp_path / "home")
    with ExitStack() as resources:
        known = allowed.worker_keys(resources, primary_key(str(home)))
        assert known and known.allows(b"k" * 32) is None
        time.sleep(0.4)
        assert known.allows(b"k" * 32) is None
        assert until(lambda: known.allows(b"k" * 32) is False)


def test_while_the_files_cannot_be_read_nobody_new_comes_in_and_nobody_has_to_go(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that hangs: the ports go on."""
    site.lock()
    known = worker_key(str(site.own("gpu1")))
    line = site.worker(known)
    assert site.gets(line)
    hangs = threading.Event()
    monkeypatch.setattr(allowed.KeyFiles, "refresh", lambda _: hangs.wait(5))
    site.worker(worker_key(str(mixed(site.folder / "x", site.home, keys(site.folder / "other")))))
    assert until(lambda: site.listener.refused["said nothing"], 20)
    assert site.gets(line) and site.gets(site.worker(worker_key(str(site.own("gpu2")))))
    hangs.set()


def test_without_the_thread_that_reads_the_files_a_port_is_dead(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AllowedKeys, "alive", property(lambda _: False))
    site.lock()
    assert not site.listener.alive and not site.results_listener.alive and not site.pub.alive


def test_closing_leaves_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    before = held()
    for number in range(2):
        with ExitStack() as resources:
            site = Site(resources, tmp_path / str(number))
            site.lock()
            assert site.gets(site.worker(worker_key(str(site.own("gpu1")))))
            site.says(site.viewer(None))
    assert until(lambda: held() == before, 20)
