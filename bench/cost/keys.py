"""What keys cost: the same show with and without them, in one run, one after the other.

    python -m bench.keys                 five pairs
    python -m bench.keys --pairs 3 --seconds 4

A frame's single hop, of which it makes three: to a worker, back, to a viewer; once to a PULL of
libzmq, which does nothing else and so tells what this machine is like, and once to our listener for
results. Then CPU a frame of all processes at 60 fps with one worker, and as many frames a second as
two workers can make. The order of the two changes from pair to pair, since the machine's own speed
drifts.
"""

from __future__ import annotations

import os
import select
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from pathlib import Path

import zmq

from bench.cost.transport import FAST
from bench.pictures import fill
from bench.ports import LOCAL, free_ports
from bench.report import Report, command, machine
from bench.show import Seen, Show
from lib.ops.make_keys import make_all
from lib.wire import sockets
from lib.wire.keys import primary_key, worker_key
from lib.wire.messages import MAX_RESULT
from lib.wire.result_listener import ResultListener
from lib.wire.tcp import Endpoint, Limits

FRAMES = 2000


class Bench:
    def __init__(self, seconds: float, pictures: Path, keys: Path) -> None:
        self._seconds, self._pictures, self._keys = seconds, pictures, keys

    def pair(self, fps: float, workers: int, locked_first: bool) -> tuple[Seen, Seen]:
        """Without keys and with them."""
        seen = {}
        for locked in (locked_first, not locked_first):
            os.environ["KEYS"] = str(self._keys) if locked else ""
            with Show(self._pictures, fps, [""] * workers, *FAST) as show:
                show.settle(2)
                seen[locked] = show.watch(self._seconds)
        return seen[False], seen[True]


def bare_pull(resources: ExitStack, port: int, keys: str) -> Callable[[], object]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    resources.callback(context.destroy, 0)
    pull = context.socket(zmq.PULL)
    if key := primary_key(keys):  # anybody who knows its public key is let in
        pull.setsockopt(zmq.CURVE_SERVER, 1)
        pull.setsockopt(zmq.CURVE_SECRETKEY, key.secret)
    pull.bind(f"tcp://{LOCAL}:{port}")
    return lambda: pull.recv(copy=False)


def our_listener(resources: ExitStack, port: int, keys: str) -> Callable[[], object]:
    endpoint, limits = Endpoint(LOCAL, port), Limits(1, 1)
    results = ResultListener(resources, endpoint, limits, MAX_RESULT, primary_key(keys))

    def take() -> None:
        while not list(results.take()):
            select.select([results.source], [], [], 0.1)

    return take


HOPS = {"a bare PULL": bare_pull, "our listener": our_listener}


def hop_ms(end: str, keys: str) -> float:
    """CPU of both ends, a worker's and this one, for a frame of 50 kB."""
    with ExitStack() as resources:
        (port,) = free_ports(1)
        take = HOPS[end](resources, port, keys)
        push = sockets.results_out(resources, LOCAL, port, worker_key(keys))
        message = os.urandom(50_000)
        for count in (200, FRAMES):  # the first ones only warm up
            start_s = time.process_time()
            for _ in range(count):
                push.send(message)
                take()
        return 1000 * (time.process_time() - start_s) / FRAMES


def main() -> int:
    options = command(__doc__, pairs=5, seconds=5.0).parse_args()
    print(f"{machine()}; medians of {options.pairs}")
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        pictures, keys = Path(folder) / "pictures", Path(folder) / "keys"
        pictures.mkdir()
        fill(pictures)
        with redirect_stdout(None):
            make_all(keys, str(keys), [])
        bench = Bench(options.seconds, pictures, keys)
        locks = {"without": "", "with keys": str(keys)}
        ways = [(end, lock) for end in HOPS for lock in locks]
        runs = [{way: hop_ms(way[0], locks[way[1]]) for way in ways} for _ in range(options.pairs)]
        for end, lock in ways:
            report.line(f"hop to {end}, {lock}", [run[end, lock] for run in runs], "ms CPU")
        cost = [bench.pair(60, 1, bool(n % 2)) for n in range(options.pairs)]
        report.line("60 fps, without", [plain.cpu_ms() for plain, _ in cost], "ms CPU")
        report.line("60 fps, with keys", [locked.cpu_ms() for _, locked in cost], "ms CPU")
        report.line("ratio", [locked.cpu_ms() / plain.cpu_ms() for plain, locked in cost], "x")
        for name in ("p50", "p99"):
            above = [locked.latency[name] - plain.latency[name] for plain, locked in cost]
            report.line(f"latency more, {name}", above, "ms")
        most = [bench.pair(1000, 2, bool(n % 2)) for n in range(options.pairs)]
        report.line("two workers, without", [plain.fps for plain, _ in most], "fps")
        report.line("two workers, with keys", [locked.fps for _, locked in most], "fps")
        report.line("ratio", [locked.fps / plain.fps for plain, locked in most], "x")
        print(f"load at the end {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
