"""The command lines of the scripts that operate other machines."""

from __future__ import annotations

import argparse
import fcntl
import os
import shlex
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from lib.config.cli import env_file
from lib.config.parser import SentenceParser, fail, number
from lib.config.sentences import sentence
from lib.config.settings import ROOT, FleetSettings, PrimarySettings
from lib.files import read_text
from lib.ops.fleet import env as env_room
from lib.ops.fleet import operate, show
from lib.ops.fleet import ssh_keys as keys_room
from lib.ops.fleet.agent.envfile import EnvError
from lib.ops.fleet.machines import Machine, MachineError, chosen, others, parse_machines
from lib.ops.fleet.parallel import ask_all, end_is_interrupt
from lib.ops.fleet.record import Record
from lib.ops.fleet.ssh import AgentAnswer, SshRunner
from lib.wire.keys import KeysError, viewer_key
from lib.wire.ports import local_name

RUN_S = 60.0
WARM_S = 600.0
WAIT = number(1, 86_400)


def fleet(argv: list[str]) -> int:
    parser = SentenceParser("fleet.sh", description="All machines of the show.")
    verbs = ("status", "start", "stop", "restart", "update", "keys", "logs")
    parser.add_argument("verb", choices=verbs)
    parser.add_argument("machine", nargs="*", help="only these of WORKER_MACHINES")
    parser.add_argument("--json", action="store_true", help="status for programs")
    parser.add_argument(
        "--force", action="store_true", help="restart even the last working machine"
    )
    parser.add_argument(
        "--all", action="store_true", help="also update machines that have this version"
    )
    parser.add_argument(
        "--lines", type=number(1, 10_000, int), default=50, help="of each log (default 50)"
    )
    parser.add_argument("--since", default="", help="of the logs, such as today or '-1h'")
    asked = parser.parse_intermixed_args(argv)
    them = _fleet("fleet.sh", asked.machine)
    if asked.verb == "status":
        return operate.status(them, asked.json)
    if asked.verb == "logs":
        return operate.logs(them, asked.lines, asked.since)
    if asked.verb in ("restart", "update", "keys"):
        _need_machines("fleet.sh", them)
    them.record.note(f"{asked.verb} {' '.join(asked.machine)}".strip())
    with _only_one("fleet.sh", "fleet"):
        if asked.verb == "restart":
            return operate.restart(them, asked.force)
        if asked.verb == "update":
            return operate.update(them, asked.force, asked.all, _worker_token())
        if asked.verb == "keys":
            return _send_keys(them)
        # If machines are named, this one is not included.
        both = {"start": operate.start, "stop": operate.stop}
        return both[asked.verb](them, here=not asked.machine)


def _send_keys(them: operate.Machines) -> int:
    from lib.ops.fleet import worker_keys

    setting = _settings("fleet.sh").keys
    try:
        return worker_keys.send_keys(them, setting)
    except (KeysError, EnvError, OSError) as error:
        fail("fleet.sh", str(error), 1)


def run(argv: list[str]) -> int:
    parser = SentenceParser("run-on-workers.sh")
    parser.add_argument("--shell", action="store_true", help="the words are a line of shell")
    parser.add_argument("--wait", type=WAIT, default=RUN_S, help="seconds (default 60)")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="a program and its arguments")
    asked = parser.parse_args(argv)
    words = asked.words[1:] if asked.words[:1] == ["--"] else asked.words
    if not words:
        fail("run-on-workers.sh", "name a command, such as: run-on-workers.sh df -h /")
    if asked.shell:
        words = ["bash", "-c", " ".join(words)]
    them = _fleet("run-on-workers.sh", [])
    _need_machines("run-on-workers.sh", them)
    them.record.note(shlex.join(words))
    bad = 0

    def ask(machine: Machine) -> AgentAnswer:
        return them.ask(machine, {"ask": "run", "argv": words}, asked.wait)

    for machine, answer in ask_all(them.line, them.machines, ask):
        code = answer.data.get("code", 0)
        print(f"== {machine.name}" + (f": {answer.says}" if not answer.ok else ""))
        print(str(answer.data.get("out", "")).rstrip() or "   (no output)", flush=True)
        if code:
            print(f"   exit code {code}")
        bad += not answer.ok or bool(code)
    return 1 if bad else 0


def env(argv: list[str]) -> int:
    parser = SentenceParser("update-env.sh")
    parser.add_argument("machine", nargs="*", help="only these of WORKER_MACHINES")
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    asked = parser.parse_intermixed_args(argv)
    them = _fleet("update-env.sh", asked.machine)
    _need_machines("update-env.sh", them)
    try:
        values = env_room.checked(env_file())
    except ValidationError as error:
        fail("update-env.sh", "; ".join(sentence(one) for one in error.errors()))
    except EnvError as error:
        fail("update-env.sh", str(error))
    except (OSError, UnicodeDecodeError) as error:
        fail("update-env.sh", f"{env_file()} cannot be read: {error}")
    if not values:
        fail("update-env.sh", f"{env_file()} has no setting that a worker knows")
    print(f"sending {', '.join(values)}")
    return env_room.send(them, values, asked.dry_run)


def keys(argv: list[str]) -> int:
    parser = SentenceParser("ssh-copy-ids.sh")
    parser.add_argument("--dry-run", action="store_true", help="only say who would be asked")
    asked = parser.parse_args(argv)
    settings = _settings("ssh-copy-ids.sh")
    them = _fleet("ssh-copy-ids.sh", [])
    try:
        return keys_room.copy_all(them, [*them.machines, *others(settings)], asked.dry_run)
    except keys_room.NoKeyError as error:
        fail("ssh-copy-ids.sh", str(error))


def reload(argv: list[str]) -> int:
    from lib.ops.end_to_end import from_feed

    parser = SentenceParser("reload.sh")
    parser.add_argument("--wait", type=WAIT, default=WARM_S, help="seconds for the first picture")
    asked = parser.parse_args(argv)
    primary = _primary("reload.sh")

    def picture(after_ms: float) -> str:
        host = local_name(primary.bind)
        key = viewer_key(primary.keys)
        seen = from_feed(host, primary.output_port, asked.wait, after_ms, key)
        return seen.trouble

    them = _fleet("reload.sh", [])
    with _only_one("reload.sh", "reload"):
        return show.reload(them, picture)


def shutdown(argv: list[str]) -> int:
    SentenceParser("shutdown.sh").parse_args(argv)
    settings = _settings("shutdown.sh")
    them = _fleet("shutdown.sh", [])
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the desktop that started this may end first
    with _only_one("shutdown.sh", "shutdown"):
        return show.shutdown(them, others(settings))


def test(argv: list[str]) -> int:
    """The last step of an installation: a picture through the whole chain."""
    from lib.ops.end_to_end import through_a_show

    parser = SentenceParser("test")
    parser.add_argument("--wait", type=WAIT, default=WARM_S)
    parser.add_argument("--engine", default="")
    parser.add_argument("--keep", default="", help="file to write the picture to")
    asked = parser.parse_args(argv)
    end_is_interrupt()
    began_s = time.monotonic()
    seen = through_a_show([f"--engine={asked.engine}"] if asked.engine else [], asked.wait)
    if seen.trouble:
        fail("test picture", seen.trouble)
    if asked.keep:
        Path(asked.keep).write_bytes(seen.jpg)
    print(f"        test picture: {seen.says}, after {time.monotonic() - began_s:.1f} s")
    return 0


def _fleet(program: str, names: list[str]) -> operate.Machines:
    end_is_interrupt()
    try:
        machines = chosen(_settings(program), names)
    except MachineError as error:
        fail(program, str(error))
    return operate.Machines(machines, Record(program), SshRunner())


def _settings(program: str) -> FleetSettings:
    try:
        settings = FleetSettings(_env_file=env_file())  # type: ignore[call-arg] # pydantic's own
        parse_machines(settings.other_machine)
    except ValidationError as error:
        fail(program, "; ".join(sentence(one) for one in error.errors()))
    except (OSError, UnicodeDecodeError, MachineError) as error:
        fail(program, f"{env_file()}: {error}")
    return settings


def _primary(program: str) -> PrimarySettings:
    try:
        return PrimarySettings(_env_file=env_file())  # type: ignore[call-arg] # pydantic's own
    except ValidationError as error:
        fail(program, "; ".join(sentence(one) for one in error.errors()))


def _need_machines(program: str, them: operate.Machines) -> None:
    if not them.machines:
        fail(program, f"WORKER_MACHINES in {ROOT / '.env'} names no machine")


def _worker_token() -> dict[str, str]:
    """The workers' token of this machine's settings."""
    try:
        return env_room.worker_token_in(read_text(env_file()))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        fail("fleet.sh", f"{env_file()} cannot be read: {error}")


@contextmanager
def _only_one(program: str, name: str) -> Iterator[None]:
    """Allow one run at a time, so that a shortcut that is pressed twice has its effect once. The
    kernel releases the lock however this process ends."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime if os.access(runtime, os.W_OK) else tempfile.gettempdir())
    path = folder / f"afterimage-{os.getuid()}-{name}.lock"
    number = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail(program, f"{name} is already running")
    else:
        yield
    finally:
        os.close(number)
