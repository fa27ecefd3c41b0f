"""The ZeroMQ ports with keys, over real sockets: who comes in, who does not, and what is said."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.wire import dial, guard
from lib.wire.dial import Dial
from lib.wire.door_locked import open_door
from lib.wire.guard import Gate, feed_gate, results_gate
from lib.wire.guest import Limits, Place
from lib.wire.keys import Key, Locked, primary_key, viewer_key, worker_key
from lib.wire.sockets import Socket, feed_in, feed_out, jobs_in, results_in, results_out
from lib.wire.usher import Usher
from tests.ports import free_ports
from tests.rig import until
from tests.wire.locks import keys, mixed
from tests.wire.test_door import held


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LOOK_S", 0.05)
    monkeypatch.setattr(guard, "AT_ONCE_S", 0.0)
    monkeypatch.setattr(dial, "AGAIN_S", 0.2)


class Site:
    """A primary host's three ports, all locked or all plain, and those who call."""

    def __init__(self, resources: ExitStack, folder: Path) -> None:
        self.resources, self.folder = resources, folder
        self.home = keys(folder / "home", "gpu1", "gpu2")
        self.jobs, self.results, self.feed = free_ports(3)
        self.here: set[int] = set()
        self.one_at_a_time = threading.Lock()
        self.quit = threading.Event()
        self.gates: list[Gate] = []

    def open(self, locked: Locked | None) -> None:
        place = Place("127.0.0.1", self.jobs)
        self.door = open_door(self.resources, place, Limits(8, 8), locked)
        self.gates = [one for one in (results_gate(locked), feed_gate(locked)) if one]
        gates = self.gates or [None, None]
        self.pull = results_in(self.resources, "127.0.0.1", self.results, gates[0])
        usher = Usher(8, Counter(), gates[1])
        self.pub = feed_out(self.resources, "127.0.0.1", self.feed, usher=usher)

        thread = threading.Thread(target=self.run)
        thread.start()
        self.resources.callback(thread.join)
        self.resources.callback(self.quit.set)

    def run(self) -> None:
        """As the primary host's own threads do: callers may wait for it meanwhile."""
        while not self.quit.wait(0.005):
            with self.one_at_a_time:
                for event in self.door.news():
                    (self.here.add if event.kind == "join" else self.here.remove)(event.peer)
                for gate in self.gates:
                    gate.look()

    def lock(self) -> None:
        self.open(primary_key(str(self.home)))

    def own(self, name: str) -> Path:
        return self.home / "for" / name

    def worker(self, key: Key | None) -> Dial:
        return Dial(self.resources, ("127.0.0.1", self.jobs), key, "worker", jobs_in)

    def helper(self, key: Key | None) -> Dial:
        return Dial(self.resources, ("127.0.0.1", self.results), key, "worker", results_out)

    def viewer(self, key: Key | None) -> Dial:
        return Dial(self.resources, ("127.0.0.1", self.feed), key, "viewer", feed_in)

    def deal(self) -> None:
        with self.one_at_a_time:
            for peer in self.here:
                self.door.send(peer, b"job")

    def gets(self, line: Dial) -> bool:
        """Whether a job comes."""

        def came() -> bool:
            line.look()
            self.deal()
            return bool(line.socket.poll(10) and line.socket.recv())

        return until(came, 3)

    def says(self, line: Dial) -> str:
        """What keeps it from coming in."""

        def heard() -> str:
            line.look()
            return line.trouble

        assert until(heard, 5), "not a word"
        return line.trouble

    @property
    def refused(self) -> dict[str, int]:
        counts = dict(self.door.strangers.counts)
        for gate in self.gates:
            counts |= gate.strangers.counts
        return counts


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as resources:
        yield Site(resources, tmp_path)


def test_who_is_known_gets_jobs_gives_results_and_sees(site: Site) -> None:
    site.lock()
    key = worker_key(str(site.own("gpu1")))
    assert site.gets(site.worker(key))
    site.helper(key).socket.send(b"result")
    assert site.pull.poll(3000)
    message = site.pull.recv(copy=False)
    assert message.bytes == b"result" and site.gates[0].knows(message)
    viewer = site.viewer(viewer_key(str(site.home)))

    def sees() -> bool:
        site.pub.send(b"picture")
        return bool(viewer.socket.poll(10))

    assert until(sees, 3)
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
    assert until(lambda: (at_door.look(), site.refused["unknown worker"] >= 2)[1])  # it tries again
    assert told(caplog) == said


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the primary host said of strangers."""
    return [one.message for one in caplog.records if one.name == "lib.wire.strangers"]


def test_without_a_key_nobody_comes_in_and_both_sides_say_so(site: Site) -> None:
    site.lock()
    assert "wants keys" in site.says(site.worker(None))
    assert "wants keys" in site.says(site.helper(None))
    assert "wants keys" in site.says(site.viewer(None))
    assert until(lambda: set(site.refused) == {"plain worker", "keyless viewer"}), site.refused
    assert not site.here


def test_with_a_key_nobody_comes_in_where_there_are_none(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.open(None)
    key = worker_key(str(site.own("gpu1")))
    lines = site.worker(key), site.helper(key), site.viewer(key)
    for line in lines:
        assert "has no keys, and KEYS is set here" in site.says(line)
    assert until(lambda: (lines[0].look(), set(site.refused) == {"keyed worker"})[1])
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
    assert site.pull.poll(3000)
    assert site.gates[0].knows(site.pull.recv(copy=False))
    public = site.home / "workers" / "gpu1.key"
    text = public.read_text()
    public.unlink()
    assert until(lambda: len(site.here) == 1, 3)
    assert any("key was removed" in one.message for one in caplog.records)
    sender.socket.send(b"after")
    assert site.pull.poll(3000)
    assert until(lambda: not site.gates[0].knows(_last(site.pull, sender.socket)), 3)
    assert "does not know" in site.says(lines[0])
    assert site.gets(lines[1])
    public.write_text(text)  # and lets it in again as soon as it is back
    assert until(lambda: (lines[0].look(), len(site.here) == 2)[1], 5)
    assert not lines[0].trouble or until(lambda: (lines[0].look(), not lines[0].trouble)[1])


def _last(pull: Socket, push: Socket) -> object:
    push.send(b"more")
    assert pull.poll(3000)
    return pull.recv(copy=False)


def test_without_its_guard_a_port_lets_nobody_in(site: Site) -> None:
    """Were it otherwise, whoever knows primary.key would be in."""
    locked = primary_key(str(site.home))
    gate = results_gate(locked)
    assert gate
    gate.guard = lambda *_: None  # type: ignore[method-assign]
    pull = results_in(site.resources, "127.0.0.1", site.results, gate)
    site.helper(worker_key(str(site.own("gpu1")))).socket.send(b"result")
    assert not pull.poll(500)


def test_closing_leaves_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    before = held()
    for number in range(2):
        with ExitStack() as resources:
            site = Site(resources, tmp_path / str(number))
            site.lock()
            assert site.gets(site.worker(worker_key(str(site.own("gpu1")))))
            site.says(site.viewer(None))
    assert until(lambda: held() == before, 3)
