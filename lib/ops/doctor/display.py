"""Screens: those that SDL reaches, found by a process of its own, and those that are plugged in."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from lib.config.settings import ROOT, PrimarySettings
from lib.core.plain import plain
from lib.files import read_text
from lib.ops.doctor.limit import tool_says
from lib.ops.doctor.result import CheckResult, Colour

SDL_S = 6.0
NO_SCREEN = "log in at the desktop, or set DISPLAY; --headless shows nothing on purpose"


def display(
    settings: PrimarySettings, shows: bool, drm: Path = Path("/sys/class/drm")
) -> list[CheckResult]:
    """`shows`: a running show uses the screen."""
    if settings.headless:
        return [
            CheckResult("display", "green", "not wanted (--headless)"),
            *_plugs(drm, "yellow"),
        ]
    desktop = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if shows and not desktop:
        return [CheckResult("display", "green", "used by the running show"), *_plugs(drm, "red")]
    return [_sdl(settings), *_plugs(drm, "red")]


def _sdl(settings: PrimarySettings) -> CheckResult:
    module = [sys.executable, "-m", "lib.view.screens"]
    if os.getcwd() != str(ROOT):  # noqa: PTH109 - a comparison of texts
        module = ["env", "-C", str(ROOT), *module]
    code, said = tool_says(module, SDL_S)
    try:
        found = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        reason = said.strip() if code is None else "SDL gave no answer"
        return CheckResult("display", "red", f"SDL does not answer: {reason}", NO_SCREEN)
    if "trouble" in found:
        reason = plain(str(found["trouble"])).rstrip(".")
        return CheckResult("display", "red", f"no screen: {reason}", NO_SCREEN)
    screens = [
        f"{number}: {one['width']}x{one['height']} {one['hz']} Hz {plain(one['name'])}".strip()
        for number, one in enumerate(found["screens"])
    ]
    says = f"SDL's driver {found['driver']}; screen {'; '.join(screens)}"
    colour: Colour = "green"
    to_do = ""
    if settings.monitor >= len(screens):
        colour, to_do = "red", f"--monitor {settings.monitor} does not exist: screen 0 is used"
    facts = {"driver": str(found["driver"]), "screens": screens}
    return CheckResult("display", colour, says, to_do, facts)


def _plugs(drm: Path, if_none: Colour) -> list[CheckResult]:
    """Connectors of the graphics cards, as the kernel reports them."""
    sockets = {}
    for path in sorted(drm.glob("card*-*")):
        try:
            state = read_text(path / "status").strip()
            modes = read_text(path / "modes").split()
        except OSError:
            continue
        name = path.name.partition("-")[2]
        sockets[name] = (state, modes[0] if modes else "")
    if not sockets:
        return []
    there = [
        f"{name} {mode}".strip() for name, (state, mode) in sockets.items() if state == "connected"
    ]
    if there:
        return [CheckResult("screen plug", "green", f"connected: {', '.join(there)}")]
    says = f"nothing is connected to {', '.join(sockets)}"
    return [
        CheckResult(
            "screen plug", if_none, says, "plug in the projector, switch it on, check its input"
        )
    ]
