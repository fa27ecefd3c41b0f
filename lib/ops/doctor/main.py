"""`python app.py --doctor`: reports what this machine and its workers have and lack, what to do.

python app.py --doctor [--json] [flags of app.py]
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from pydantic import ValidationError

from lib.config.cli import env_file, load
from lib.config.sentences import sentence
from lib.config.settings import FleetSettings, PrimarySettings, SharedSettings, WorkerSettings
from lib.ops.doctor import (
    clocks,
    display,
    ledger,
    machine,
    network,
    running,
    signals,
    source,
    trial,
)
from lib.ops.doctor.limit import Probe, ask_all
from lib.ops.doctor.result import CheckResult, as_json, table, verdict, worst
from lib.wire.ports import port_trouble

ABOUT = "Examines this machine and its workers, and says what to do."
FLAGS = ("--doctor", "--json")

S = TypeVar("S", bound=SharedSettings)


def main(argv: Sequence[str]) -> int:
    """Return exit code 0 if nothing is red, else 1; a wrong flag ends with 2."""
    try:
        # Signals were blocked until here, so that Ctrl+C during the imports prints no traceback.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
        settings = load(
            PrimarySettings, "app.py --doctor", ABOUT, [x for x in argv if x not in FLAGS]
        )
        level = logging.DEBUG if settings.debug else logging.CRITICAL
        logging.basicConfig(stream=sys.stderr, level=level, force=True)
        if sys.stderr.isatty():
            print("examining this machine and its workers ...", file=sys.stderr)
        lines = examine(settings)
        if "--json" in argv:
            print(as_json(lines))
        else:
            print(table(lines, paint=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
            print(verdict(lines))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader closed the pipe after the first lines
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 1 if worst(lines) == "red" else 0


def examine(settings: PrimarySettings) -> list[CheckResult]:
    """Examine everything, in the order in which a person would."""
    own: list[CheckResult] = []
    worker, fleet = _other(WorkerSettings, own), _other(FleetSettings, own)
    show = running.running_show(settings)
    need = trial.need_mbit(settings)
    probes = [
        Probe("packages", partial(machine.basics, worker), 15),
        Probe("processor", machine.processor),
        Probe("GPU", machine.gpus, machine.SMI_S + 2),
        Probe("temperature", machine.temperature),
        Probe("disk", partial(machine.disks, settings)),
        Probe("ledger", partial(ledger.ledger, settings)),
        Probe("clock", machine.clock),
        Probe("source", partial(source.source, settings), 8),
        Probe("signals", partial(signals.signals, settings)),
        Probe("display", partial(display.display, settings, show is not None), 10),
        Probe("network", partial(network.interfaces, need)),
        Probe("names", partial(network.names, settings), 8),
    ]
    if fleet and fleet.worker_machines:
        probes.append(Probe("clocks", partial(clocks.clocks, fleet), clocks.LIMIT_S + 5))
    # Ports are tried by binding them, so no other probe may bind them at that moment.
    ports = ask_all([Probe("ports", partial(network.ports, settings, show is not None))])
    probes.append(_workers(settings, show))
    found = ask_all(probes)
    at = next((n for n, one in enumerate(found) if one.what.startswith("network")), len(found))
    return [*own, *found[:at], *ports, *found[at:]]


def _workers(settings: PrimarySettings, show: running.RunningShow | None) -> Probe:
    if show:
        return Probe(
            "show", lambda: [*running.about(show, settings), *running.workers(show, settings)]
        )
    needed = {name: getattr(settings, name) for name in ("job_port", "result_port")}
    trouble = port_trouble(settings.bind, needed)
    if trouble:
        says = "could not be tried: another program has the ports that workers connect to"
        return Probe(
            "workers", lambda: [CheckResult("workers", "red", says, "see the lines about ports")]
        )
    return Probe("workers", partial(trial.try_workers, settings), trial.LIMIT_S)


def _other(kind: type[S], lines: list[CheckResult]) -> S | None:
    """Settings of a worker or of the fleet, which this machine's .env may also hold."""
    try:
        return kind(_env_file=env_file())  # type: ignore[call-arg] # pydantic's own
    except ValidationError as error:
        says = "; ".join(sentence(one) for one in error.errors())
        of = kind.__name__.removesuffix("Settings").lower()
        lines.append(CheckResult(f"settings of {of}", "red", says, "correct .env"))
    except (OSError, UnicodeDecodeError) as error:
        lines.append(CheckResult("settings", "red", f"{env_file()} cannot be read: {error}"))
    return None
