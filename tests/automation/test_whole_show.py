"""reload.sh and shutdown.sh against stand-ins."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from lib.core.geometry import Size
from lib.wire.messages import picture_pieces
from lib.wire.sockets import feed_out
from tests.automation.conftest import PRIMARY, WORKER, Machines
from tests.pictures import samples
from tests.ports import free_ports
from tests.rig import until


@contextmanager
def feed(port: int, old_ms: int = 0) -> Iterator[None]:
    """A feed that shows pictures; first some that were captured `old_ms` ago."""
    ended = threading.Event()
    jpg, began = samples.encoded(samples.picture(Size(64, 64))), time.monotonic()

    def show() -> None:
        with ExitStack() as resources:
            out, index = feed_out(resources, "127.0.0.1", port), 0
            while not ended.wait(0.02):
                index += 1
                age = old_ms if time.monotonic() < began + old_ms / 1000 else 0
                moment = int(time.time() * 1000) - age
                out.send(b"".join(picture_pieces(moment, index, jpg)))

    thread = threading.Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def with_primary(machines: Machines) -> int:
    (machines.hosts / "here" / "wants").write_text(PRIMARY)
    (port,) = free_ports(1)
    machines.environment["OUTPUT_PORT"] = str(port)
    return port


def test_a_reload_restarts_all_and_waits_for_the_first_picture_only(machines: Machines) -> None:
    port = with_primary(machines)
    for name in ("gpu1", "gpu2"):
        (machines.add(name) / "gate").touch()
    (machines.add("gpu3") / "dead").touch()
    with feed(port):
        done = machines.run("reload.sh", "--wait", "40")
    assert "the picture is back after" in done.stdout
    assert {one.split()[1] for one in machines.events()} >= {"here", "gpu1", "gpu2"}
    assert "show@gpu3: does not answer" in done.stdout and done.returncode == 1
    # What was begun goes on after the script has ended.
    warm = f"end gpu2 restart {WORKER}"
    assert warm not in machines.events()  # nobody waited for that
    for name in ("gpu1", "gpu2"):
        (machines.hosts / name / "gate").unlink()
    assert until(lambda: warm in machines.events(), 20)


def test_a_reload_says_when_no_picture_comes(machines: Machines) -> None:
    with_primary(machines)
    done = machines.run("reload.sh", "--wait", "1")
    assert done.returncode == 1 and "no picture from 127.0.0.1" in done.stdout


def test_a_picture_from_before_proves_nothing(machines: Machines) -> None:
    port = with_primary(machines)
    with feed(port, old_ms=60_000):
        done = machines.run("reload.sh", "--wait", "1")
    assert done.returncode == 1 and "no picture" in done.stdout


def test_everything_is_stopped_then_off_and_who_is_dead_keeps_nobody_on(
    machines: Machines,
) -> None:
    with_primary(machines)
    machines.add("gpu1")
    (machines.add("gpu2") / "dead").touch()
    (machines.add("gpu3") / "norights").touch()
    machines.environment["OTHER_MACHINE"] = "show@player:2222"
    (machines.hosts / "player").mkdir()
    done = machines.run("shutdown.sh")
    events = machines.events()
    assert events.index(f"end gpu1 stop {WORKER}") < events.index("off gpu1")
    assert events.index(f"begin here stop {PRIMARY}") == 0
    assert "off player" in events and events[-1] == "off here"
    assert "off gpu2" not in events and "off gpu3" not in events
    assert "show@gpu2: does not answer: off, or unplugged; it stays on" in done.stdout
    assert "show@gpu3: it cannot be turned off" in done.stdout
    assert done.returncode == 1
    log = (machines.folder / "fleet.log").read_text()
    assert "shutdown.sh: show@gpu1: is shutting down" in log
    assert "shutdown.sh: this machine: is shutting down" in log
    player = [call for call in machines.asked("ssh") if "show@player" in call]
    assert player and all(call[call.index("-p") + 1] == "2222" for call in player)


def test_one_that_is_slow_does_not_keep_the_others_waiting(machines: Machines) -> None:
    with_primary(machines)
    (machines.add("gpu1") / "slow").write_text("30")
    machines.add("gpu2")
    process = machines.start("shutdown.sh")
    try:
        assert until(lambda: "off gpu2" in machines.events(), 40)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_pressed_twice_it_is_done_once(machines: Machines) -> None:
    with_primary(machines)
    (machines.add("gpu1") / "slow").write_text("30")
    first = machines.start("shutdown.sh")
    try:
        assert until(lambda: machines.asked("ssh"), 40)
        again = machines.run("shutdown.sh")
        assert again.returncode == 2 and "already running" in again.stderr
    finally:
        first.terminate()
        first.communicate(timeout=30)


def test_ctrl_c_half_way_leaves_this_machine_on_and_says_what_is_done(machines: Machines) -> None:
    with_primary(machines)
    (machines.add("gpu1") / "slow").write_text("30")
    machines.add("gpu2")
    code, said = machines.interrupt(machines.start("shutdown.sh"), "off gpu2")
    assert code == 130 and "interrupted" in said
    assert "off here" not in machines.events()
