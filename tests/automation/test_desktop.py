"""keyboard-shortcuts.sh, kiosk.sh and kiosk-session.sh against stand-ins."""

from __future__ import annotations

import json
import os
import shlex

import pytest

from lib.config.settings import ROOT
from lib.ops.desktop import gnome, shortcuts
from tests.automation.conftest import Machines

THEIRS = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/custom0/"
BLANK = "org.gnome.desktop.session idle-delay"
BANNERS = "org.gnome.desktop.notifications show-banners"


def setting(machines: Machines, name: str) -> str:
    path = machines.hosts / "here" / "gsettings" / name.translate(str.maketrans("/: ", "___"))
    return path.read_text().strip() if path.exists() else ""


def put(machines: Machines, name: str, value: str) -> None:
    folder = machines.hosts / "here" / "gsettings"
    folder.mkdir(exist_ok=True)
    (folder / name.translate(str.maketrans("/: ", "___"))).write_text(value + "\n")


def sets(machines: Machines) -> list[list[str]]:
    return [call for call in machines.asked("gsettings") if call[1] == "set"]


def test_shortcuts_are_added_to_those_that_are_there(machines: Machines) -> None:
    put(machines, f"{shortcuts.MEDIA} {shortcuts.LIST}", f"['{THEIRS}']")
    put(machines, f"{shortcuts.BINDING}:{THEIRS} binding", "'<Alt>Q'")
    put(machines, f"{shortcuts.BINDING}:{THEIRS} name", "'my terminal'")
    done = machines.run("keyboard-shortcuts.sh")
    assert done.returncode == 0, done.stderr
    there = gnome.untexts(setting(machines, f"{shortcuts.MEDIA} {shortcuts.LIST}"))
    again, off = shortcuts.shortcuts()
    assert there == [THEIRS, again.path, off.path]
    at = f"{shortcuts.BINDING}:{off.path}"
    assert setting(machines, f"{at} binding") == "'<Alt>q'"
    command = gnome.untext(setting(machines, f"{at} command"))
    assert shlex.split(command) == [str(ROOT / "automation" / "shutdown.sh")]
    assert "<Alt>Q is also bound to 'my terminal'" in done.stdout
    # The list last: a binding that is in it is whole.
    assert sets(machines)[-1][3] == shortcuts.LIST
    for desktop in ("KDE", "Xfce", "sway"):
        assert desktop in done.stdout

    before = len(sets(machines))
    second = machines.run("keyboard-shortcuts.sh")
    assert "<Alt>r is set already" in second.stdout and len(sets(machines)) == before

    machines.run("keyboard-shortcuts.sh", "--undo")
    assert gnome.untexts(setting(machines, f"{shortcuts.MEDIA} {shortcuts.LIST}")) == [THEIRS]
    assert not setting(machines, f"{at} command")
    assert "none of ours" in machines.run("keyboard-shortcuts.sh", "--undo").stdout


def test_ctrl_c_half_way_binds_no_key(machines: Machines) -> None:
    put(machines, f"{shortcuts.MEDIA} {shortcuts.LIST}", "@as []")
    (machines.hosts / "here" / "stuck").touch()
    process = machines.start("keyboard-shortcuts.sh")
    code, _ = machines.interrupt_when(process, lambda: bool(sets(machines)))
    assert code == 130
    assert setting(machines, f"{shortcuts.MEDIA} {shortcuts.LIST}") == "@as []"


def test_a_desktop_that_refuses_is_quoted(machines: Machines) -> None:
    (machines.hosts / "here" / "norights").touch()
    done = machines.run("keyboard-shortcuts.sh")
    assert done.returncode == 1 and "failed to commit changes to dconf" in done.stderr


@pytest.mark.parametrize("text", ["/a b/it's here", "plain", "back\\slash"])
def test_texts_come_back_from_gsettings_as_they_were(text: str) -> None:
    assert gnome.untext(gnome.text(text)) == text
    assert gnome.untexts(gnome.texts([text, text])) == [text, text]


def test_kiosk_keeps_what_was_there_through_a_second_run(machines: Machines) -> None:
    put(machines, BLANK, "uint32 300")
    put(machines, BANNERS, "true")
    dry = machines.run("kiosk.sh", "--dry-run")
    assert "was uint32 300" in dry.stdout and not sets(machines)
    for _ in range(2):
        assert machines.run("kiosk.sh").returncode == 0
        assert setting(machines, BLANK) == "uint32 0" and setting(machines, BANNERS) == "false"
    undone = machines.run("kiosk.sh", "--undo")
    assert undone.returncode == 0
    assert setting(machines, BLANK) == "uint32 300" and setting(machines, BANNERS) == "true"
    assert "nothing is noted" in machines.run("kiosk.sh", "--undo").stdout


def test_kiosk_cut_off_half_way_can_be_undone(machines: Machines) -> None:
    put(machines, BLANK, "uint32 300")
    put(machines, BANNERS, "true")
    stuck = machines.hosts / "here" / "stuck"
    stuck.touch()
    code, _ = machines.interrupt_when(machines.start("kiosk.sh"), lambda: bool(sets(machines)))
    stuck.unlink()
    assert code == 130
    machines.run("kiosk.sh", "--undo")
    assert setting(machines, BLANK) == "uint32 300" and setting(machines, BANNERS) == "true"


@pytest.mark.skipif(os.geteuid() != 0, reason="kiosk.sh --system wants root")
def test_updates_are_held_and_come_again(machines: Machines) -> None:
    here = machines.hosts / "here"
    (here / "enabled.apt-daily.timer").touch()
    machines.environment["DESTDIR"] = str(machines.folder / "system")
    assert "apt-daily.timer: held" in machines.run("kiosk.sh", "--system").stdout
    assert not (here / "enabled.apt-daily.timer").exists()
    assert "no update comes by itself" in machines.run("kiosk.sh", "--system").stdout
    assert "comes again" in machines.run("kiosk.sh", "--system", "--undo").stdout
    assert ["here", "--no-ask-password", "enable", "--now", "apt-daily.timer"] in machines.asked(
        "systemctl"
    )


def test_a_damaged_memory_is_no_reason_to_forget(machines: Machines) -> None:
    put(machines, BLANK, "uint32 300")
    memory = machines.folder / "home/.local/state/afterimage/kiosk.json"
    memory.parent.mkdir(parents=True)
    memory.write_text(json.dumps(["half"]))
    done = machines.run("kiosk.sh")
    assert done.returncode == 1 and "is damaged" in done.stderr and not sets(machines)


def test_a_session_needs_something_that_draws_windows(machines: Machines) -> None:
    done = machines.run("kiosk-session.sh", "--with", "cage")
    assert done.returncode == 1 and "sudo apt install cage" in done.stderr
    for name in ("cage", "xinit"):
        (machines.folder / "bin" / name).symlink_to("/bin/true")
    done = machines.run("kiosk-session.sh", "--dry-run", "--", "--monitor", "1")
    screen, keys = done.stdout.splitlines()
    assert screen.startswith("cage -d -s -- ") and screen.endswith(
        "--role view --headless=false --monitor 1"
    )
    assert keys.endswith("-m lib.ops listen")
    bare = machines.run("kiosk-session.sh", "--dry-run", "--with", "x").stdout
    assert bare.startswith("xinit /usr/bin/env") and " -- -nocursor -s 0 -dpms" in bare
