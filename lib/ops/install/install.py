"""install-primary.sh, install-worker.sh, uninstall.sh: one repeatable command a machine.

Runs on any bare Python, since it installs the packages. DESTDIR stands for the root of the system,
as in make.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

from lib.core.findings import table
from lib.ops.install import steps
from lib.ops.install.checks import check, tool
from lib.ops.install.step import InstallStep, StepError, go, run
from lib.ops.install.steps import CACHE, STATE, Installation
from lib.ops.units.site import MOST, PRIMARY, TARGET, enabled


def install(asked: Installation) -> int:
    env = {**steps.settings(asked), **asked.settings}
    checks = check(asked.role, env, steps.runs(PRIMARY), asked.root, asked.system)
    print(table(checks), flush=True)
    missing = [one.what for one in checks if one.stops]
    if missing and not asked.dry_run:
        print(f"nothing was installed; fix this first: {', '.join(missing)}")
        return 1
    if not asked.dry_run:
        need_root(asked.system)
    go(plan(asked), asked.dry_run)
    if not asked.dry_run:
        print(f"this machine is now a {asked.called}")
        return 0
    first = f"; fix this first: {', '.join(missing)}" if missing else ""
    print(f"nothing was changed{first}")
    return 1 if missing else 0


def need_root(system: Path) -> None:
    if os.geteuid() != 0 and system == Path("/"):
        raise StepError("this needs root: put sudo in front")


def plan(asked: Installation) -> list[InstallStep]:
    return [
        steps.user(asked),
        steps.packages(asked),
        steps.env(asked),
        *([steps.token(asked)] if asked.role == "primary" else []),
        steps.cache(asked),
        steps.owner(asked),
        *([steps.cuda(asked)] if asked.gpu else []),
        *([steps.weights(asked)] if asked.gpu and asked.models else []),
        steps.units(asked),
        steps.enabled_at_boot(asked),
        *([steps.picture(asked)] if asked.test else []),
        *([steps.started(asked)] if asked.start else []),
    ]


def uninstall(root: Path, system: Path, purge: bool, dry_run: bool) -> int:
    """Remove units, rules and what starts at boot; with `purge` also state and downloads."""
    if not dry_run:
        need_root(system)
    go(_undoing(root, system, purge), dry_run)
    kept = [str(one) for one in (root / ".env", system / STATE[1:]) if one.exists()]
    print("nothing was changed" if dry_run else f"not removed: {', '.join([str(root), *kept])}")
    return 0


def _undoing(root: Path, system: Path, purge: bool) -> list[InstallStep]:
    there = (system / "etc/systemd/system" / TARGET).exists
    names = enabled(True, range(MOST), range(MOST))

    def stop() -> None:
        # One by one, since systemd fails for a unit that does not exist.
        for name in names:
            if tool("systemctl", "is-enabled", name) or steps.runs(name):
                run("systemctl", "disable", "--now", name)

    def remove() -> None:
        run(*steps.units_argv(root, system), "--remove")
        run("systemctl", "daemon-reload")

    gone = [
        InstallStep("units stopped, and none starts at boot", lambda: not there(), stop),
        InstallStep("units and rules removed", lambda: not there(), remove),
    ]
    for folder in (CACHE, STATE) if purge else ():
        path = system / folder[1:]
        gone.append(
            InstallStep(f"{path} removed", partial(_is_gone, path), partial(shutil.rmtree, path))
        )
    return gone


def _is_gone(path: Path) -> bool:
    return not path.exists()
