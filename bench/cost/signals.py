"""Does an hour of signals, thirty changes a second, leave anything behind?

`python -m bench.cost.signals` lives through the hour by a virtual clock: values go through the bus,
rows, the state between processes, and the settings of a job. It prints what a moment costs, how
much memory is held in the middle and at the end, and how exact the waves are; it fails where memory
grows, a wave drifts, or brightness flashes.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc

from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.mapping import Row, write_mapping
from lib.core.modulation import A_TENTH, MOST_CHANGES, NO_PULL, Modulation, moved_value
from lib.core.waves import phase
from lib.signals.bus import Bus
from lib.signals.lfo import waves
from lib.signals.modulate import rows_of, values_of
from lib.stream.dispatch.live_params import LiveParams
from lib.wire.messages import Change, encode
from lib.wire.signal_state import encode_signals

SECOND, TICK = 1_000_000_000, 1_000_000_000 // 30
GROWS_KB = 64
ROWS = (
    Row("lfo.sine", "strength", depth=0.3, armed=True),
    Row("lfo.square.fast", "opacity", "absolute", low=1, high=0, smooth_s=0, limit=0, armed=True),
    Row("lfo.walk", "blend", armed=True),
    Row("lfo.ramp.slow", "seeds", "absolute", seed=7, armed=True),
)


class Turns:
    """Counts what would flash, as the promise has it: turns by more than a tenth in a second."""

    def __init__(self) -> None:
        self.worst, self._times = 0, [0] * 0
        self._low = self._high = 1.0
        self._trend = 0

    def take(self, value: float, now_ns: int) -> None:
        self._low, self._high = min(self._low, value), max(self._high, value)
        falls = self._trend >= 0 and self._high - value > A_TENTH + 1e-6
        rises = self._trend <= 0 and value - self._low > A_TENTH + 1e-6
        if falls or rises:
            self._trend, self._low, self._high = (-1 if falls else 1), value, value
            self._times = [one for one in self._times if now_ns - one < SECOND] + [now_ns]
            self.worst = max(self.worst, len(self._times))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.cost.signals", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    ticks = int(parser.parse_args().minutes * 60 * 30)
    played = Played(prompt2="fire", mapping=write_mapping(ROWS))
    bus, modulation, live = Bus(), Modulation(10), LiveParams(PrimarySettings(_env_file=None))  # type: ignore[call-arg] # pydantic's own
    live.change(encode(Change(1, played.model_dump())), SECOND)
    modulation.map(rows_of(played.mapping))
    base, turns, size, held = values_of(played), Turns(), Size(512, 512), [0]
    tracemalloc.start()
    begin_s, now_ns = time.process_time(), SECOND
    for tick in range(ticks):
        now_ns = SECOND + tick * TICK
        for name, value in waves(now_ns).items():
            bus.put(f"lfo.{name}", value, source="lfo", now_ns=now_ns)
        at_ns = now_ns
        pulls = modulation.moves(lambda name: bus.get(name).value, base, at_ns)  # type: ignore[union-attr] # it was put
        live.move(encode_signals(modulation.armed, pulls, {}), now_ns)
        live.encoded(now_ns + TICK // 2, size)
        turns.take(moved_value("opacity", 1.0, pulls.get("opacity", NO_PULL)), now_ns)
        if tick in (ticks // 2, ticks - 1):
            held.append(tracemalloc.get_traced_memory()[0])
    cost_us = (time.process_time() - begin_s) / ticks * 1e6
    grown_kb = (held[-1] - held[-2]) / 1024
    drift = abs(phase(0.25, now_ns) - (now_ns / SECOND * 0.25) % 1.0)
    drift = min(drift, 1 - drift)
    print(f"{ticks} moments, {cost_us:.0f} us each with tracing; memory grew {grown_kb:.1f} kB")
    print(f"in its second half; a wave is {drift:.1e} of a period off; at most {turns.worst}")
    print(f"changes of brightness in a second; what is played: change {live.playing.number}")
    fails = grown_kb > GROWS_KB or drift > 1e-6 or turns.worst > MOST_CHANGES
    return 1 if fails or live.playing.number != 1 else 0


if __name__ == "__main__":
    raise SystemExit(main())
