"""Viewers that do not read, and many that do. A PUB socket is not told who they are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import zmq

from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import fault
from bench.processes import Ending
from lib.observe import quit_on_signals

MANY = 50
SMALL = 4096  # bytes of a kernel's buffer
UNKNOWN = "a feed does not know who reads it, and loses nothing by it"


def subscribe(context: zmq.Context[zmq.Socket[bytes]], port: int) -> zmq.Socket[bytes]:
    feed = context.socket(zmq.SUB)
    feed.setsockopt(zmq.SUBSCRIBE, b"")
    feed.setsockopt(zmq.RCVHWM, 1)
    feed.setsockopt(zmq.RCVBUF, SMALL)
    feed.connect(f"tcp://127.0.0.1:{port}")
    return feed


@fault(
    "viewer stops",
    "a viewer that stops reading",
    Limits(lost=2, given_up=0, silence_ms=100, normal_s=1, why_silent=UNKNOWN),
    shares=True,
    lasts_s=5,
    soak=True,
)
def viewer_stops(stage: Stage) -> Iterator[None]:
    with ExitStack() as resources:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        resources.callback(context.destroy, 0)
        feed = subscribe(context, stage.ports["output_port"])
        if not feed.poll(2000):
            raise RuntimeError("the viewer sees nothing")
        stage.struck()
        yield


@fault(
    "50 viewers",
    "50 more viewers",
    Limits(lost=2, given_up=0, silence_ms=100, normal_s=1, why_silent="viewers are no fault"),
    shares=True,
    lasts_s=3,
)
def fifty_viewers(stage: Stage) -> Iterator[None]:
    port = str(stage.ports["output_port"])
    with Ending() as ending:
        stage.struck()
        ending.start([sys.executable, "-m", "bench.faults.catalogue.viewers", port])
        yield


def main() -> int:
    """Many viewers that read, in a process of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    port = parser.parse_args().port
    quit_event = quit_on_signals()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    poller = zmq.Poller()
    for _ in range(MANY):
        poller.register(subscribe(context, port), zmq.POLLIN)
    while not quit_event.is_set():
        for feed, _ in poller.poll(100):
            feed.recv()
    context.destroy(linger=0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
