"""What moving frames costs, as ratios to a bare loop measured in the same run.

    python -m bench.transport                 everything, three runs of each
    python -m bench.transport --only cpu      one part: cpu latency most uneven smooth fleet
    python -m bench.transport --runs 1 --seconds 3

The bare loop is two pyzmq PUSH/PULL hops on loopback with one decode and one encode of the same
512x512 JPEG between them and nothing else (bare.py). Ours is app.py and transform.py as a
user starts them, engine identity, read by a SUB on the public feed. Budgets are ratios; a budget
that does not hold makes the exit code 1.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.cost import bare
from bench.pictures import fill
from bench.processes import idle_s
from bench.report import Parts, measure
from bench.show import Seen, Show

FAST = ("--playout", "fast")
PARTS = ("cpu", "latency", "most", "uneven", "smooth", "fleet")
SETTLES_S = 10.0  # until the playout knows what to wait for


class Bench(Parts):
    def ours(self, fps: float, workers: list[str]) -> Seen:
        with Show(self.pictures, fps, workers, *FAST) as show:
            show.settle(1.5)
            return show.watch(self.seconds)

    def cpu(self) -> None:
        """CPU a frame of the whole path, primary and worker together."""
        for fps in (30, 60, 120):
            for _ in range(self.runs):
                # Before and after: the machine's own speed drifts by more than what is measured.
                before = bare.run(fps, 1, self.seconds / 2)["cpu_ms"]
                used = self.ours(fps, [""]).cpu_ms()
                floor = (before + bare.run(fps, 1, self.seconds / 2)["cpu_ms"]) / 2
                self.report.add(f"bare loop, {fps} fps", floor, "ms CPU")
                self.report.add(f"whole path, {fps} fps", used, "ms CPU")
                self.report.add(f"ratio at {fps} fps", used / floor, "x", most=1.5)
            self.report.say()
        self.idle()

    def idle(self) -> None:
        """No frame moves: the directory has become empty."""
        names = {"primary": "idle primary (all its processes)", "workers": "idle worker"}
        for _ in range(self.runs):
            with tempfile.TemporaryDirectory() as folder:
                fill(Path(folder), 2)
                with Show(Path(folder), 30, [""]) as show:
                    for file in Path(folder).iterdir():
                        file.unlink()
                    show.settle(3)
                    seen = show.watch(max(5.0, self.seconds))
            for name, words in names.items():
                self.report.add(words, 100 * seen.cores[name], "% core", most=2)

    def latency(self) -> None:
        """Capture to a SUB on the feed at 60 fps, fast playout."""
        for _ in range(self.runs):
            floor, ours = bare.run(60, 1, self.seconds), self.ours(60, [""]).latency
            for name, most in (("p50", 1.5), ("p99", 5)):
                above = ours[name] - floor[name]
                self.report.add(f"{name} above the bare loop's", above, "ms", most=most)
            for name, one in (("bare", floor), ("ours", ours)):
                print(f"    {name}: p50 {one['p50']:.2f}, p99 {one['p99']:.2f} ms")

    def most(self) -> None:
        """As many as it can with two workers; the excess is thinned at the entrance."""
        report = self.report
        for _ in range(self.runs):
            before = bare.run(0, 2, self.seconds / 2)["fps"]
            with Show(self.pictures, 1000, ["", ""], *FAST) as show:
                show.settle(2)
                first, second = show.watch(self.seconds), show.watch(self.seconds)
            floor = (before + bare.run(0, 2, self.seconds / 2)["fps"]) / 2
            rate = (first.fps + second.fps) / 2
            p99 = max(first.latency["p99"], second.latency["p99"])
            growth = second.memory_mb - first.memory_mb
            late, lost = late_of(first) + late_of(second), elsewhere(first) + elsewhere(second)
            report.add("bare loop, two workers", floor, "fps")
            report.add("whole path, two workers, 1000 offered", rate, "fps")
            report.add("ratio", rate / floor, "x", least=0.6)
            report.add("p99 while overloaded", p99, "ms", most=60)
            report.add("memory, second half less first", growth, "MB", most=8)
            # The delay is the one that 99 of 100 frames keep, so that as many as 1 may be late.
            share = 100 * late / (rate * 2 * self.seconds)
            report.add("came too late to be shown", share, "%", most=1)
            report.add("lost anywhere but at the entrance", lost, "frames", most=0)

    def uneven(self) -> None:
        """Three workers of which one is five times slower, 60 fps."""
        own, p99 = [], []
        for _ in range(self.runs):
            with Show(self.pictures, 10, ["--delay_ms 25"], *FAST) as show:
                show.settle(self.seconds)
                own.append(show.late_ms("workers", 0))  # from a job's leaving to its result
            seen = self.ours(60, ["--delay_ms 25", "--delay_ms 25", "--delay_ms 125"])
            p99.append(seen.latency["p99"])
            entrance = ("dispatch.thinned", "capture.overtaken")
            thinned = sum(seen.counts.get(name, 0) for name in entrance)
            lost = elsewhere(seen) + late_of(seen) + thinned
            self.report.add("lost", lost, "frames", most=0)
            self.report.add("out of order", seen.backwards, "frames", most=0)
        limit = 1.5 * self.report.line("service time of a fast worker alone", own, "ms") + 10
        self.report.line("three workers at 60 fps, p99", p99, "ms", most=round(limit, 1))

    def smooth(self) -> None:
        """Three uneven workers at 60 fps: how evenly pictures come, and what that adds."""
        delays = ["--delay_ms 25", "--delay_ms 35", "--delay_ms 50"]
        for _ in range(self.runs):
            held = {}
            for playout, most in (("smooth", 3), ("fast", None)):
                with Show(self.pictures, 60, delays, "--playout", playout) as show:
                    show.settle(SETTLES_S)
                    jitter = show.watch(self.seconds).jitter_ms
                    held[playout] = show.late_ms("playout", 2)  # from coming back to the feed
                self.report.add(f"deviation of the interval, {playout}", jitter, "ms", most=most)
                self.report.add(f"added, p99, {playout}", held[playout], "ms")
            more = (held["smooth"] - held["fast"]) * 60 / 1000
            self.report.add("smooth adds above fast", more, "interval", most=2)

    def fleet(self) -> None:
        """64 workers that sleep, 1000 fps offered, then more than can be: what ends it."""
        for offered, sleep_ms in ((1000, 50), (4000, 10)):
            print(f"  {offered} fps offered, 64 workers of {sleep_ms} ms")
            for _ in range(self.runs):
                sleepers = [f"-m bench.cost.workers sleepers --delay_ms {sleep_ms}"]
                with Show(self.pictures, offered, sleepers, *FAST) as show:
                    show.settle(4)
                    before = idle_s()
                    seen = show.watch(self.seconds)
                    idle = (idle_s() - before) / (self.seconds + 0.6)
                rate, cores = (
                    seen.counts["publish.out"] / (self.seconds + 0.6),
                    seen.cores["primary"],
                )
                self.report.add("published", rate, "fps")
                self.report.add("primary", cores, "cores")
                self.report.add("CPU a frame, primary alone", 1000 * cores / rate, "ms")
                self.report.add("cores that stand idle", idle, "of 2")
            self.report.say()


def elsewhere(seen: Seen) -> int:
    """Frames lost after they were let in, but for those that came back too late; where there are
    any, it is said which counter has them."""
    names = ("dispatch.lost", "dispatch.stuck", "publish.overrun")
    lost = {name: seen.counts.get(name, 0) for name in names}
    lost["missing"] = max(0, seen.missing - late_of(seen))  # a late frame's number is not shown
    if any(lost.values()):
        print("    lost:", ", ".join(f"{name} {count}" for name, count in lost.items() if count))
    return sum(lost.values())


def late_of(seen: Seen) -> int:
    return seen.counts.get("publish.late", 0)


def main() -> int:
    return measure(str(__doc__), Bench, PARTS)


if __name__ == "__main__":
    raise SystemExit(main())
