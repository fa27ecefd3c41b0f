"""What a stranger with a TCP connection must not be able to do to the primary host's sockets."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

import pytest

from lib.config.settings import ROOT
from lib.wire.feed_listener import FeedListener
from lib.wire.refusals import RefusalLog
from lib.wire.result_listener import ResultListener
from lib.wire.sockets import feed_in, jobs_in, results_out
from lib.wire.tcp import Endpoint, Limits
from lib.wire.worker_listener import WorkerListener
from tests.ports import free_ports
from tests.rig import until

# Fills the queue of a port that nobody looks into at the moment, and hangs up.
FLOOD = """
import socket, sys, time
from contextlib import ExitStack, suppress
from lib.wire.feed_listener import FeedListener
from lib.wire.result_listener import ResultListener
from lib.wire.tcp import Endpoint, Limits
from tests.ports import free_ports

port = free_ports(1)[0]
endpoint = Endpoint("127.0.0.1", port)
with ExitStack() as resources:
    {open}
    stranger = socket.create_connection(("127.0.0.1", port), timeout=0.3)
    ready = b"\\5READY\\x0bSocket-Type" + len(b"{kind}").to_bytes(4, "big") + b"{kind}"
    stranger.sendall(b"\\xff" + bytes(8) + b"\\x7f\\3\\0" + b"NULL".ljust(20, b"\\0") + bytes(32))
    stranger.sendall(bytes([4, len(ready)]) + ready)
    time.sleep(0.1)
    with suppress(TimeoutError):
        stranger.sendall(b"\\0\\2\\1a" * 200_000)
    stranger.close()
    time.sleep(1.5)
print("still here")
"""


def test_who_floods_a_port_and_hangs_up_does_not_end_the_process() -> None:
    """libzmq 4.3.5 aborted there where the socket had heartbeats."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", FLOOD.format(open=name, kind=kind)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, kind in (
            ("ResultListener(resources, endpoint, Limits(8, 8), 1000, None)", "PUSH"),
            ("FeedListener(resources, endpoint, 8, 30, None)", "SUB"),
        )
    ]
    assert [one.communicate(timeout=30)[0] for one in running] == ["still here\n"] * 2


def test_a_primary_may_listen_on_an_ipv6_address() -> None:
    with ExitStack() as resources:
        jobs, results, feed = (Endpoint("::1", port) for port in free_ports(3))
        try:
            workers = WorkerListener(resources, jobs, Limits(8, 8), None)
        except OSError:
            pytest.skip("this machine has no IPv6")
        listener = ResultListener(resources, results, Limits(8, 8), 1000, None)
        pictures = FeedListener(resources, feed, 8, 30, None)
        jobs_in(resources, *jobs)
        viewer = feed_in(resources, *feed)
        results_out(resources, *results).send(b"result")
        assert until(lambda: [event.kind for event in workers.news()] == ["join"])
        assert until(lambda: [bytes(one.data) for one in listener.take()] == [b"result"])
        assert until(lambda: (pictures.send(b"picture"), viewer.poll(5))[1])


def test_strangers_from_many_addresses_do_not_fill_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    strangers = RefusalLog()
    for number in range(1000):
        strangers.refuse("unknown worker", f"10.0.{number // 250}.{number % 250}")
    assert strangers.counts["unknown worker"] == 1000
    assert strangers.last["unknown worker"] == "10.0.3.249"
    assert 1 <= len(caplog.records) <= 2
