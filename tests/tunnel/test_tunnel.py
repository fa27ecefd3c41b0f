"""A worker that nothing can reach makes the live picture, through one address over HTTP."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.faults.proxy import Line, Proxy
from lib.config.settings import ROOT
from lib.transform import tunnel
from lib.wire.sockets import Again
from tests.programs import environment
from tests.rig import until
from tests.stream.way import Way, check
from tests.tunnel.far import WORKER, Far
from tests.wire.locks import keys, mixed


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the worker's tunnel logged."""
    return [one.getMessage() for one in caplog.records if one.name == "lib.transform.tunnel"]


@pytest.mark.parametrize("keyed", [False, True], ids=["null", "curve"])
def test_frames_go_out_and_come_back_whole(tmp_path: Path, keyed: bool) -> None:
    home = keys(tmp_path / "keys", "far") if keyed else None
    with ExitStack() as resources:
        far = Far(resources, tmp_path, **({"keys": str(home)} if home else {}))
        far.join(keys=str(home / "for" / "far") if home else "")
        there = far.wait_for()
        check(far.way.see(60))
        assert there.tunnelled and there.round_trip_ms is not None
        assert far.way.count("foreign") == far.way.count("bad") == 0


def test_nobody_seems_silent_because_there_is_much_or_nothing_to_do(
    far: Far, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Results go one way only, and without frames nothing goes either way."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(tunnel, "SILENT_S", 1.5)
    monkeypatch.setattr(tunnel, "BEAT_S", 0.3)
    far.join()
    far.wait_for()
    far.way.see(120)
    far.way.camera.stop()
    time.sleep(2)
    assert not [line for line in lines(caplog) if "cut" in line]
    assert far.worker()


def test_a_tunnelled_worker_beside_a_near_one_costs_no_picture(far: Far) -> None:
    far.way.add(worker_id="near", delay_ms=5)
    proxy = far.resources.enter_context(Proxy("127.0.0.1", [far.settings.stills_port]))
    proxy.become(Line(delay_ms=40))
    far.join(server=f"http://127.0.0.1:{proxy.ports[0]}")
    assert until(lambda: (there := far.worker()) is not None and there.done > 3)
    before = far.way.count("lost")
    pictures = far.way.see(90)
    check(pictures)
    assert far.way.count("lost") == before
    there = far.worker()
    assert there and there.round_trip_ms and there.round_trip_ms > 75
    assert there.service_ms is not None and there.service_ms < 60, "without its way"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"worker_token": "guessed" * 4}, "asks for the right WORKER_TOKEN (401)"),
        ({"server": "http://127.0.0.1:9"}, "cannot be reached: nothing listens there"),
    ],
)
def test_what_is_wrong_is_said_once(
    far: Far, caplog: pytest.LogCaptureFixture, changes: dict[str, str], said: str
) -> None:
    caplog.set_level(logging.INFO)
    worker = far.join(**changes)
    assert until(lambda: any(said in line for line in lines(caplog)))
    time.sleep(0.8)  # in which it tries again
    worker.flow.stop()
    assert len(lines(caplog)) == 1, lines(caplog)


@pytest.mark.parametrize(
    ("has", "knows", "said"),
    [
        (True, "none", "wants keys: set KEYS to a folder with this worker's key"),
        (False, "its own", "has no keys, and KEYS is set here: set it on both or on neither"),
        (True, "unknown", "does not know this worker's key: automation/make-keys.sh"),
        (True, "misled", "hangs up on this worker: is its primary.key from there"),
    ],
)
def test_a_matter_of_keys_is_said_as_it_is_without_a_tunnel(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, has: bool, knows: str, said: str
) -> None:
    caplog.set_level(logging.INFO)
    home, other = keys(tmp_path / "keys", "far"), keys(tmp_path / "other", "far")
    own = {
        "none": "",
        "its own": str(home / "for" / "far"),
        "unknown": str(mixed(tmp_path / "unknown", home, other / "for" / "far")),
        "misled": str(other / "for" / "far"),
    }
    with ExitStack() as resources:
        far = Far(resources, tmp_path, **({"keys": str(home)} if has else {}))
        far.join(keys=own[knows])
        assert until(lambda: any(said in line for line in lines(caplog))), lines(caplog)


def test_the_process_of_the_tunnel_may_end_and_come_back(
    far: Far, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    far.join()
    far.wait_for()
    assert far.relay.stop()
    assert until(lambda: far.worker() is None, 2), "nobody hears of a connection that is gone"
    far.start_relay()
    far.wait_for()
    cut = [line for line in lines(caplog) if "is cut" in line]
    assert len(cut) == 1, lines(caplog)


def test_a_primary_that_is_started_again_has_its_worker_back(tmp_path: Path) -> None:
    with ExitStack() as outer:
        far = Far(outer, tmp_path)
        far.join()
        far.wait_for()
        assert far.way.flow.stop()
        with ExitStack() as resources:
            far.way = Way(resources, far.settings, tmp_path, 60)
            far.wait_for()
            check(far.way.see(20))


@pytest.mark.timed
def test_a_line_that_is_cut_for_four_seconds_comes_back_by_itself(far: Far) -> None:
    proxy = far.resources.enter_context(Proxy("127.0.0.1", [far.settings.stills_port]))
    far.join(server=f"http://127.0.0.1:{proxy.ports[0]}")
    far.wait_for()
    proxy.cut()
    time.sleep(4)
    assert far.worker() is None, "it is noticed at the primary, too"
    proxy.become(Line())
    healed_s = time.monotonic()
    far.wait_for(within_s=8)
    assert time.monotonic() - healed_s < 5


def test_a_worker_that_reads_nothing_holds_up_nobody(far: Far) -> None:
    """Its jobs wait at the primary, where they are bounded: the tunnel takes one piece."""
    slow = far.join(worker_id="slow")
    far.wait_for("slow")
    far.join(worker_id="quick")
    far.wait_for("quick")
    line = slow.fetch._line
    line.recv = _asleep  # type: ignore[method-assign, assignment]
    big = b"x" * 1_000_000
    peer = next(
        one.id for one in far.way.dispatch._scheduler.pool.peers.values() if one.name == "slow"
    )
    listener = far.way.dispatch._workers

    def is_full() -> bool:
        try:
            return not listener.send(peer, big)
        except BufferError:  # the stage's own thread, whose queue this is, sends at this moment
            return False

    assert until(is_full, drives=True), "a queue without end"
    far.way.see(30)
    assert far.works("quick")


def _asleep() -> bytes:
    time.sleep(0.05)
    raise Again


@pytest.mark.slow
def test_a_real_worker_listens_nowhere_and_ends_in_time(far: Far) -> None:
    said = {"WORKER_TOKEN": WORKER, "SERVER": far.server, "TUNNEL": "on", "WORKER_ID": "far"}
    process = subprocess.Popen(
        [sys.executable, "transform.py", "--engine", "identity"],
        cwd=ROOT, env=environment(**said), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        far.wait_for(within_s=60)
        check(far.way.see(20))
        heard = subprocess.run(["ss", "-lxtunp"], capture_output=True, text=True, check=True)
        assert f"pid={process.pid}," not in heard.stdout, heard.stdout
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        _, errors = process.communicate()
    assert "as a worker, through its tunnel" in errors, errors
