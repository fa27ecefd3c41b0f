"""What the units' programs tell systemd while pictures flow, while they do not, and at the end."""

from __future__ import annotations

import ctypes
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from lib.config.settings import ROOT
from tests.ops.units.filtered import LIBRARY, allowed
from tests.ops.units.service import Service, wait_until
from tests.ops.units.text import read
from tests.ports import free_ports

STARTS_S = 40  # on two cores that do much else
HANG_S = 6


def has_seccomp() -> bool:
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return shutil.which("systemd-analyze") is not None


pytestmark = pytest.mark.skipif(
    not has_seccomp(), reason="systemd-analyze or libseccomp is not installed here"
)


def test_the_filter_of_these_tests_does_bite() -> None:
    names = allowed(read("afterimage-primary.service").words("SystemCallFilter"))
    assert {"read", "sendmsg", "clone3", "futex"} <= names
    assert not names & {"mount", "ptrace", "init_module", "setuid", "chown", "kexec_load"}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.ops.units.filtered", ",".join(sorted(names))),
            *(sys.executable, "-c", "import os; os.chown('/nowhere', 1, 1)"),
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert "PermissionError" in done.stderr, "and not that there is no such file"


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    folder = tmp_path_factory.mktemp("units")
    job, result, output, web = free_ports(4)
    ports = {
        "JOB_PORT": str(job),
        "RESULT_PORT": str(result),
        "OUTPUT_PORT": str(output),
        "SETTINGS_PORT": str(web),
    }
    plain = {
        "OSC_PORT": "0",
        "STILLS_PORT": "0",
        "SIGNALS_PORT": "0",
        "MODE": "pattern",
        "RESOLUTION": "64",
        "HANG_S": str(HANG_S),
    }
    with ExitStack() as resources:
        primary = Service(
            resources, "afterimage-primary.service", folder, abstract=True, **ports, **plain
        )
        worker = Service(
            resources, "afterimage-worker@.service", folder, ENGINE="identity", **ports
        )
        yield primary, worker


@pytest.mark.slow
def test_ready_and_alive_while_pictures_flow(show: tuple[Service, Service]) -> None:
    for one in show:
        wait_until(lambda one=one: len(one.said("WATCHDOG=1")) >= 3, STARTS_S)
        assert len(one.said("READY=1")) == 1
    primary, worker = show

    for one, line in (
        (primary, r"STATUS=[\d.]+ fps, \d+ ms, 1 of 1 workers.*"),
        (worker, r"STATUS=[\d.]+ fps, \d+ ms each; identity.*"),
    ):
        wait_until(lambda one=one, line=line: any(re.fullmatch(line, w) for _, w in one.heard), 20)


@pytest.mark.slow
def test_a_stream_that_is_stopped_silences_the_watchdog_until_it_is_back(
    show: tuple[Service, Service],
) -> None:
    primary, _ = show
    wait_until(lambda: primary.said("READY=1") and primary.child("stream"), STARTS_S)
    stream = primary.child("stream")
    assert stream
    stream.suspend()
    wait_until(lambda: primary.child("stream") not in (None, stream), HANG_S + STARTS_S)
    last = primary.said("WATCHDOG=1")[-1]
    wait_until(lambda: primary.said("WATCHDOG=1")[-1] > last, STARTS_S)
    said = primary.said("WATCHDOG=1")
    silences = [after - before for before, after in pairwise(said)]
    assert max(silences) > HANG_S - 4, "of the last 6 s it was alive for 3"
    log = primary.log.read_text("utf-8")
    assert f"stream has not got on for {HANG_S} s" in log
    # Its threads run on while their stacks are written: one may lack its outer calls, or be missed.
    stacks = log.split(f"stream has not got on for {HANG_S} s")[1].split("stream ended")[0]
    assert stacks.count("(most recent call first)") >= 2
    assert "/lib/" in stacks


@pytest.mark.slow
def test_an_orderly_stop_in_time(show: tuple[Service, Service]) -> None:
    for one in show:
        wait_until(lambda one=one: one.said("READY=1"), STARTS_S)
        family = psutil.Process(one.process.pid).children(recursive=True)
        assert one.stop() < 5
        assert one.process.returncode == 0
        assert not any(child.is_running() for child in family)
        assert one.said("STOPPING=1")


@pytest.mark.slow
def test_what_the_watchdog_ends_leaves_its_stacks(tmp_path: Path) -> None:
    job, result = map(str, free_ports(2))
    with ExitStack() as resources:
        worker = Service(
            resources,
            "afterimage-worker@.service",
            tmp_path,
            ENGINE="identity",
            JOB_PORT=job,
            RESULT_PORT=result,
        )
        wait_until(lambda: worker.said("READY=1"), STARTS_S)
        worker.process.send_signal(signal.SIGABRT)  # what systemd sends when WatchdogSec is over
        assert worker.process.wait(5) == -signal.SIGABRT
        log = worker.log.read_text("utf-8")
        assert "lib/transform/generate.py" in log and "lib/transform/send.py" in log


@pytest.mark.slow
def test_a_view_without_a_primary_host_is_ready_and_alive(tmp_path: Path) -> None:
    with ExitStack() as resources:
        view = Service(
            resources, "afterimage-view@.service", tmp_path, OUTPUT_PORT=str(free_ports(1)[0])
        )
        wait_until(lambda: view.said("READY=1") and len(view.said("WATCHDOG=1")) >= 2, STARTS_S)
        assert view.stop() < 5
        assert view.process.returncode == 0
