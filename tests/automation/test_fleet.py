"""fleet.sh, run-on-workers.sh and ssh-copy-ids.sh against stand-ins."""

from __future__ import annotations

import json
import time

from lib.core.tokens import worker_token_of
from lib.ops.fleet.agent import tree
from tests.automation.conftest import PRIMARY, WORKER, Machines

TWO = (WORKER, "afterimage-worker@1.service")


def most_at_once(events: list[str]) -> int:
    """How many machines were being restarted at the same moment, at most."""
    now, most = set(), 0
    for event in events:
        what, host, *_ = event.split()
        (now.add if what == "begin" else now.discard)(host)
        most = max(most, len(now))
    return most


def test_status_tells_the_machines_apart_and_waits_for_none(machines: Machines) -> None:
    machines.add("gpu1", full=True)
    machines.add("gpu2")
    (machines.add("gpu3") / "dead").touch()
    (machines.add("gpu4") / "strange").touch()
    (machines.add("gpu5") / f"state.{WORKER}").write_text("failed\n")
    began = time.monotonic()
    done = machines.run("fleet.sh", "status")
    assert time.monotonic() - began < 8
    shown = [line for line in done.stdout.splitlines() if "show@" in line]
    lines = {line[1:].split()[0]: line for line in shown}
    assert "1 of 1 up" in lines["show@gpu1"] and lines["show@gpu1"].startswith(" ")
    assert done.returncode == 1
    assert tree.version(machines.hosts / "gpu1" / "tree") in done.stdout
    assert "automation/fleet.sh update" in lines["show@gpu2"]
    assert "off, or unplugged" in lines["show@gpu3"]
    assert "ssh-copy-ids.sh" in lines["show@gpu4"]
    assert "worker@0 is failed" in lines["show@gpu5"]
    # No machine was asked for anything but how it is, and ssh never for a password.
    assert not machines.events()
    for call in machines.asked("ssh"):
        assert "BatchMode=yes" in call and "ConnectTimeout=5" in call and "ControlPath=none" in call


def test_status_of_a_house_where_all_is_well_says_so_to_programs(machines: Machines) -> None:
    machines.add("gpu1", full=True)
    done = machines.run("fleet.sh", "status", "--json")
    said = json.loads(done.stdout)
    (one,) = said["machines"]
    assert (one["name"], one["fine"], one["version"]) == ("show@gpu1", True, said["version"])
    assert "30 fps" in one["says"][0]
    assert done.returncode == 0


def test_a_restart_rolls_and_passes_over_who_is_off(machines: Machines) -> None:
    for name in ("gpu1", "gpu2", "gpu3"):
        (machines.add(name) / "warm").write_text("0.2")
    (machines.add("gpu4") / "dead").touch()
    done = machines.run("fleet.sh", "restart")
    events = machines.events()
    assert [one.split()[1] for one in events if one.startswith("begin")] == ["gpu1", "gpu2", "gpu3"]
    assert most_at_once(events) == 1
    assert "show@gpu4: does not answer: off, or unplugged; skipped" in done.stdout
    assert done.stdout.count("ready") == 3
    assert done.returncode == 1


def test_the_last_one_that_works_is_left_alone_unless_told(machines: Machines) -> None:
    machines.add("gpu1")
    (machines.add("gpu2") / "dead").touch()
    done = machines.run("fleet.sh", "restart")
    assert not machines.events()
    assert "show@gpu1: not restarted" in done.stdout and "--force" in done.stdout
    assert machines.run("fleet.sh", "restart", "--force", "gpu1").returncode == 0
    assert machines.events() == [f"begin gpu1 restart {WORKER}", f"end gpu1 restart {WORKER}"]


def test_a_machine_with_two_gpus_restarts_one_after_the_other(machines: Machines) -> None:
    (machines.add("gpu1", TWO) / "warm").write_text("0.1")
    (machines.add("gpu2") / "dead").touch()
    machines.run("fleet.sh", "restart")
    order = [one.split()[0] for one in machines.events()]
    assert order == ["begin", "end", "begin", "end"]


def test_missing_rights_are_said_and_asked_of_sudo_once(machines: Machines) -> None:
    (machines.add("gpu1") / "norights").touch()
    done = machines.run("fleet.sh", "stop", "gpu1")
    assert done.returncode == 1
    assert "has no right to stop it; log in as the show's user" in done.stdout
    sudo = machines.asked("sudo")
    assert sudo == [["gpu1", "-n", "/usr/bin/systemctl", "stop", WORKER]]


def test_start_and_stop_reach_this_machine_too_unless_others_are_named(machines: Machines) -> None:
    machines.add("gpu1")
    here = machines.hosts / "here"
    (here / "wants").write_text(PRIMARY)
    machines.run("fleet.sh", "stop")
    assert {one.split()[1] for one in machines.events()} == {"here", "gpu1"}
    assert (here / f"state.{PRIMARY}").read_text() == "inactive\n"
    assert machines.run("fleet.sh", "start").returncode == 0
    assert (here / f"state.{PRIMARY}").read_text() == "active\n"
    before = len(machines.events())
    machines.run("fleet.sh", "stop", "gpu1")
    assert {one.split()[1] for one in machines.events()[before:]} == {"gpu1"}


def test_ctrl_c_half_way_ends_the_rest_and_says_so(machines: Machines) -> None:
    for name in ("gpu1", "gpu2"):
        (machines.add(name) / "warm").write_text("20")
    code, said = machines.interrupt(machines.start("fleet.sh", "restart"), "begin gpu1")
    assert code == 130
    assert "interrupted" in said
    assert not any("gpu2" in event for event in machines.events())


def test_an_update_arrives_whole_and_keeps_what_is_the_machines_own(machines: Machines) -> None:
    host = machines.add("gpu1")
    own = host / "tree"
    (own / ".env").write_text("WORKER_ID=mine\n")
    (own / "transform.py").write_text("old")
    (own / "lib" / "gone.py").write_text("old")
    (own / "loras").mkdir()
    done = machines.run("fleet.sh", "update")
    assert done.returncode == 0, done.stdout
    assert f"version {tree.version(own)}" in done.stdout
    assert (own / ".env").read_text() == "WORKER_ID=mine\n" and (own / "loras").is_dir()
    assert not (own / "lib" / "gone.py").exists()
    assert (own / "automation" / "fleet.sh").stat().st_mode & 0o111
    assert machines.events() == [f"begin gpu1 restart {WORKER}", f"end gpu1 restart {WORKER}"]
    again = machines.run("fleet.sh", "update")
    assert "already up to date" in again.stdout and len(machines.events()) == 2


def test_workers_of_a_show_with_one_token_get_theirs_with_the_update(machines: Machines) -> None:
    """Nobody has to write a new setting anywhere, and what opens the wall stays here."""
    control = "the control token of a show from before"
    machines.env_file.write_text(f"CONTROL_TOKEN='{control}'\n")
    host = machines.add("gpu1")
    theirs = host / "tree" / ".env"
    theirs.write_text("WORKER_ID=mine\n")
    done = machines.run("fleet.sh", "update")
    assert done.returncode == 0, done.stdout
    made = worker_token_of(control)
    assert theirs.read_text() == f"WORKER_ID=mine\nWORKER_TOKEN={made}\n"
    log = (machines.folder / "fleet.log").read_text()
    for said in (done.stdout, done.stderr, log, machines.record.read_text()):
        assert control not in said and made not in said


def test_an_update_that_does_not_start_is_taken_back_and_spares_the_rest(
    machines: Machines,
) -> None:
    for name in ("gpu1", "gpu2", "gpu3"):
        host = machines.add(name)
        (host / "tree" / "transform.py").write_text("old")
        (host / "broken").touch()
    done = machines.run("fleet.sh", "update")
    assert done.returncode == 1
    for name in ("gpu1", "gpu2", "gpu3"):
        assert (machines.hosts / name / "tree" / "transform.py").read_text() == "old"
    assert "Job for afterimage-worker@0.service failed" in done.stdout
    assert "show@gpu3: not restarted: 2 machines before it failed" in done.stdout


def test_a_command_arrives_as_it_was_typed(machines: Machines) -> None:
    machines.add("gpu1")
    (machines.add("gpu2") / "dead").touch()
    words = ["a b", "it's", '"quoted"', "$HOME;`id`", "*", "ü"]
    done = machines.run("run-on-workers.sh", "printf", "<%s>", *words)
    assert "".join(f"<{word}>" for word in words) in done.stdout
    assert "== show@gpu2: does not answer" in done.stdout
    assert done.returncode == 1
    # What ssh is given has none of it: it would go through a shell there.
    assert len({call[-1] for call in machines.asked("ssh")}) == 1


def test_a_line_of_shell_is_one_only_when_it_is_called_so(machines: Machines) -> None:
    machines.add("gpu1")
    done = machines.run("run-on-workers.sh", "--shell", "echo one | tr o 0; exit 3")
    assert "0ne" in done.stdout and "exit code 3" in done.stdout and done.returncode == 1
    wrong = machines.run("run-on-workers.sh", "echo one | tr o 0")
    assert "a line of shell goes behind --shell" in wrong.stdout


def test_who_hangs_is_ended_and_holds_up_nobody(machines: Machines) -> None:
    machines.add("gpu1")
    began = time.monotonic()
    done = machines.run("run-on-workers.sh", "--wait", "1", "sleep", "60")
    assert "took longer than 1 s and was stopped" in done.stdout
    assert time.monotonic() - began < 20


def test_logs_come_from_everybody(machines: Machines) -> None:
    machines.add("gpu1")
    (machines.hosts / "here" / "wants").write_text(PRIMARY)
    done = machines.run("fleet.sh", "logs", "--lines", "7", "--since", "1 hour ago")
    assert "here a line of its log" in done.stdout and "gpu1 a line of its log" in done.stdout
    for call in machines.asked("journalctl"):
        assert call[call.index("-n") + 1] == "7" and call[call.index("--since") + 1] == "1 hour ago"


def test_keys_are_copied_only_where_they_are_missing(machines: Machines) -> None:
    machines.add("gpu1")
    (machines.add("gpu2") / "strange").touch()
    (machines.add("gpu3") / "dead").touch()
    dry = machines.run("ssh-copy-ids.sh", "--dry-run")
    assert "show@gpu2: would be asked" in dry.stdout and not machines.asked("ssh-copy-id")
    done = machines.run("ssh-copy-ids.sh")
    assert "show@gpu1: already accepts our key" in done.stdout
    assert "show@gpu2: now accepts our key" in done.stdout
    assert "show@gpu3: the key could not be copied; is it on?" in done.stdout
    targets = [call[-1] for call in machines.asked("ssh-copy-id")]
    assert targets == ["show@gpu2", "show@gpu3"]
    again = machines.run("ssh-copy-ids.sh")
    assert "show@gpu2: already accepts our key" in again.stdout
    assert len(machines.asked("ssh-keygen")) == 1


def test_what_is_no_machine_is_refused_before_anything_is_asked(machines: Machines) -> None:
    machines.environment["WORKER_MACHINES"] = "gpu1, -oProxyCommand=id"
    done = machines.run("fleet.sh", "status")
    assert done.returncode == 2
    assert "'-oProxyCommand=id' is no machine; write user@host or user@host:port" in done.stderr
    assert not machines.asked("ssh")
    machines.environment["WORKER_MACHINES"] = ""
    assert "names no machine" in machines.run("fleet.sh", "restart").stderr
    assert machines.run("fleet.sh", "dance").returncode == 2
