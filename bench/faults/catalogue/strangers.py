"""Programs that have no business there or do not read, and far more changes than any hand makes."""

from __future__ import annotations

import json
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import zmq

from bench.faults.catalogue.primary import UNHARMED
from bench.faults.show import RecordedShow
from bench.faults.table import fault
from bench.hostile.attackers import Attacking, Knocker, WrongResults
from bench.ports import LOCAL, free_udp_port
from bench.processes import Programs, run
from lib.observe import quit_on_signals

HOLDS = replace(UNHARMED, given_up=0)
UNKNOWN = "a feed does not know who reads it, and loses nothing by it"
MANY = 50
SMALL = 4096  # bytes of a kernel's buffer


# --- viewers that do not read, and many that do; a PUB socket is not told who they are


def subscribe(context: zmq.Context[zmq.Socket[bytes]], port: int) -> zmq.Socket[bytes]:
    feed = context.socket(zmq.SUB)
    feed.setsockopt(zmq.SUBSCRIBE, b"")
    feed.setsockopt(zmq.RCVHWM, 1)
    feed.setsockopt(zmq.RCVBUF, SMALL)
    feed.connect(f"tcp://{LOCAL}:{port}")
    return feed


SLOW = replace(HOLDS, why_silent=UNKNOWN)


@fault("viewer stops", "a viewer that stops reading", SLOW, shares=True, lasts_s=5, soak=True)
def viewer_stops(show: RecordedShow) -> Iterator[None]:
    with ExitStack() as resources:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        resources.callback(context.destroy, 0)
        feed = subscribe(context, show.ports["output_port"])
        if not feed.poll(2000):
            raise RuntimeError("the viewer sees nothing")
        show.struck()
        yield


NO_FAULT = replace(HOLDS, why_silent="viewers are no fault")


@fault(f"{MANY} viewers", f"{MANY} more viewers", NO_FAULT, shares=True, lasts_s=3)
def many_viewers(show: RecordedShow) -> Iterator[None]:
    port = str(show.ports["output_port"])
    with Programs() as programs:
        programs.start("-m", "bench.faults.catalogue.strangers", port)
        yield


def main() -> int:
    """Many viewers that read, in a process of their own."""
    port, quit_event = int(sys.argv[1]), quit_on_signals()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    poller = zmq.Poller()
    for _ in range(MANY):
        poller.register(subscribe(context, port), zmq.POLLIN)
    while not quit_event.is_set():
        for feed, _ in poller.poll(100):
            feed.recv()
    context.destroy(linger=0)
    return 0


# --- connections with rubbish and without a word

IDLE = 30
EVERY_S = 0.03  # between two connections
WAITED_S = 2.0  # for a connection that says nothing: it may be slow
PORTS = {
    5555: ("job_port", "the job port refused "),
    5557: ("output_port", "the feed refused "),
    5558: ("result_port", "the result port refused "),
}


def strangers(number: int, port: str, says: str) -> None:
    limits = replace(HOLDS, says=says)
    patient = replace(limits, words_s=WAITED_S + limits.words_s)
    how = {"shares": True, "soak": True}

    @fault(f"rubbish {number}", f"rubbish connections to port {number}", limits, lasts_s=2.3, **how)
    def rubbish(show: RecordedShow) -> Iterator[None]:
        with ExitStack() as held, Attacking(Knocker(held, show.ports[port]), EVERY_S):
            yield

    words = f"{IDLE} idle connections to port {number}"

    @fault(f"idle {number}", words, patient, lasts_s=3.5, **how)
    def idle(show: RecordedShow) -> Iterator[None]:
        with ExitStack() as held:
            for _ in range(IDLE):
                held.enter_context(socket.create_connection((LOCAL, show.ports[port]), 1))
            yield


for number, (port, says) in PORTS.items():
    strangers(number, port, says)


@fault(
    "wrong results",
    "200 messages a second to port 5558 that are no results",
    replace(HOLDS, says="could not be read as results"),
    lasts_s=2.3,
    soak=True,
    shares=True,
)
def wrong_results(show: RecordedShow) -> Iterator[None]:
    with ExitStack() as held, Attacking(WrongResults(held, show.ports["result_port"]), 0.005):
        yield


# --- more changes than any hand makes, through every door

RATE, SECONDS = 2000, 6
LAST = {"seed": 77, "strength": 0.25, "blend": 0.5}


@contextmanager
def with_osc(show: RecordedShow) -> Iterator[None]:
    show.osc_port = free_udp_port()
    yield


@fault(
    "flood of changes",
    f"{RATE} changes of parameters a second for {SECONDS} s, over PATCH, WebSocket and OSC",
    replace(UNHARMED, why_silent="nothing is wrong: who asks is told, by 429"),
    lasts_s=0,
    watch_s=3,
    setting=with_osc,
)
def flood_of_changes(show: RecordedShow) -> Iterator[None]:
    ports = ["--port", str(show.ports["settings_port"]), "--osc_port", str(show.osc_port)]
    much = ["--rate", str(RATE), "--seconds", str(SECONDS)]
    done = run("-m", "bench.hostile.flood", *ports, *much)
    found = {door: Counter(counts) for door, counts in json.loads(done.stdout).items()}
    print("  " + "; ".join(f"{door}: {dict(counts)}" for door, counts in found.items()), flush=True)
    asked = sum(counts["asked"] for counts in found.values())
    if asked < RATE * SECONDS / 2:
        raise RuntimeError(f"only {asked} changes were asked for")
    if not found["http"]["429"] + found["live"]["refused"]:
        raise RuntimeError("nothing was refused")
    show.until(lambda: last_wins(show), 5, "the last change does not win")
    yield


def last_wins(show: RecordedShow) -> bool:
    """What is asked for last is what the stream plays."""
    try:
        show.play(**LAST)
    except OSError:  # 429, until the doors are calm again
        return False
    return LAST.items() <= show.status()["params"].items()


if __name__ == "__main__":
    raise SystemExit(main())
