"""kiosk-session.sh: a screen without a desktop, by cage if it is installed, else by bare X."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence

from lib.config.settings import ROOT
from lib.supervise import REPORT_VARIABLE, Child

# cage: -d leaves out window borders, -s lets Ctrl+Alt+F2 through to a person at the machine.
CAGE = ("cage", "-d", "-s", "--")
# X: no cursor, no blanking, no sleep of the screen, and no way to kill it by keys.
X_FLAGS = ("-nocursor", "-s", "0", "-dpms", "-nolisten", "tcp")


class SessionError(RuntimeError):
    """No display server is installed; the text says what to install."""


def screen_argv(
    kind: str, flags: Sequence[str], which: Callable[[str], str | None] = shutil.which
) -> list[str]:
    """The command line of a view inside cage or X."""
    # The view is their child, not ours, so it must not report to our supervisor.
    plain = ["/usr/bin/env", "-u", REPORT_VARIABLE]
    # The app beside it has HEADLESS=TRUE in the same .env, or there would be two screens.
    program = [sys.executable, str(ROOT / "app.py"), "--role", "view", "--headless=false"]
    view = [*plain, *program, *flags]
    if kind in ("auto", "cage") and which("cage"):
        return [*CAGE, *view]
    if kind in ("auto", "x") and which("xinit"):
        # xinit takes a program only by an absolute path, which ours is.
        return ["xinit", *view, "--", *X_FLAGS]
    need = {"cage": "cage", "x": "xinit xserver-xorg"}.get(kind, "cage")
    raise SessionError(f"there is nothing to show it with: sudo apt install {need}")


def children(argv: Sequence[str]) -> list[Child]:
    """The screen, and the process that reads the keys; each is restarted when it ends."""
    return [
        Child("screen", argv),
        Child("keys", [sys.executable, "-m", "lib.ops", "listen"]),
    ]
