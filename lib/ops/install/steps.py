"""The steps of an installation; each checks whether it is done already."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lib.files import read_regular, read_text
from lib.ops import ROOT
from lib.ops.fleet.agent import envfile
from lib.ops.install.checks import compiles, gpu_list, tool
from lib.ops.install.step import InstallStep, StepError, as_user, never, run
from lib.ops.units.site import TARGET, enabled

GROUPS = ("video", "render", "audio")
CACHE = "/var/cache/afterimage"
STATE = "/var/lib/afterimage"
# The same as in the worker's unit, so that the first start finds what the test compiled.
CACHES = {
    "XDG_CACHE_HOME": CACHE,
    "CUDA_CACHE_PATH": f"{CACHE}/cuda",
    "TORCHINDUCTOR_CACHE_DIR": f"{CACHE}/inductor",
    "TRITON_CACHE_DIR": f"{CACHE}/triton",
}


@dataclass(frozen=True)
class Installation:
    """What is to be installed, and how."""

    role: str  # primary or worker
    user: str
    settings: Mapping[str, str] = field(default_factory=dict)  # added to those in .env
    gpus: int = 1
    gpu: bool = False  # whether the machine has an NVIDIA GPU
    models: bool = True
    start: bool = True
    test: bool = True
    dry_run: bool = False
    root: Path = ROOT
    system: Path = Path("/")

    @property
    def called(self) -> str:
        return "primary host" if self.role == "primary" else "worker"

    @property
    def unit_names(self) -> list[str]:
        worker = self.role == "worker"
        return enabled(not worker, range(self.gpus) if worker else (), ())

    @property
    def requirements(self) -> str:
        return "requirements.txt" if self.gpu else "requirements-light.txt"

    @property
    def python(self) -> str:
        return str(self.root / ".venv/bin/python")


def default_user(root: Path = ROOT) -> str:
    """The tree's owner. A tree of root's is run by the user who called sudo, or by a user of its
    own."""
    try:
        owner = pwd.getpwuid(root.stat().st_uid).pw_name
    except KeyError:
        owner = "root"
    if owner != "root":
        return owner
    caller = os.environ.get("SUDO_USER", "")
    return caller if caller not in ("", "root") else "afterimage"


def has_gpu() -> bool:
    return gpu_count() > 0


def gpu_count() -> int:
    return sum(card.serves for card in gpu_list())


def with_settings(
    asked: Installation, primary: str, bind: str, worker_token: str = ""
) -> Installation:
    """The installation with the settings from the command line, and those a first .env needs."""
    have = settings(asked)
    if asked.role == "primary":
        # Workers on other machines could not connect without this.
        wanted = bind or ("" if have.get("BIND") else "0.0.0.0")
        return replace(asked, settings={"BIND": wanted} if wanted else {})
    given = {"PRIMARY_HOSTNAME": primary, "WORKER_TOKEN": worker_token}
    return replace(asked, settings={name: text for name, text in given.items() if text})


def settings(asked: Installation) -> dict[str, str]:
    path = asked.root / ".env"
    return envfile.values(read_text(path)) if path.exists() else {}


def runs(unit: str) -> bool:
    return tool("systemctl", "is-active", unit) == "active"


def user(asked: Installation) -> InstallStep:
    def do() -> None:
        if not _known(asked.user):
            run("useradd", "--create-home", "--shell", "/bin/bash", asked.user)
        lacks = _lacks(asked.user)
        if lacks:
            run("usermod", "-aG", ",".join(lacks), asked.user)

    return InstallStep(
        f"user {asked.user}, with access to camera, GPU and MIDI",
        lambda: _known(asked.user) and not _lacks(asked.user),
        do,
    )


def packages(asked: Installation) -> InstallStep:
    """Install packages, with the same stamp as automation/setup.sh (a test compares the two), and
    for a GPU the compiler that torch.compile needs."""
    wanted = sorted(asked.root.glob("requirements*"))
    digest = hashlib.sha256(b"".join(read_regular(one) for one in wanted)).hexdigest()[:16]
    stamp = asked.root / f".venv/.installed-{Path(asked.requirements).stem}-{digest}"
    return InstallStep(
        f"packages of {asked.requirements}",
        lambda: stamp.exists() and (not asked.gpu or compiles(asked.python)),
        lambda: run("bash", "automation/packages.sh", asked.requirements, cwd=asked.root),
    )


def env(asked: Installation) -> InstallStep:
    path = asked.root / ".env"
    wanted = {**asked.settings} if not path.exists() or asked.settings else {}

    def do() -> None:
        old = read_text(path) if path.exists() else ""
        envfile.write(path, envfile.changed(old, wanted))

    shown = {name: "..." if name.endswith("_TOKEN") else text for name, text in wanted.items()}
    says = ", ".join(f"{name}={text}" for name, text in shown.items()) or "exists"
    return InstallStep(
        f".env: {says}",
        lambda: path.exists() and all(settings(asked).get(n) == v for n, v in wanted.items()),
        do,
    )


def token(asked: Installation) -> InstallStep:
    """Make a token, since anybody who reaches the control port could change the wall."""
    return InstallStep(
        "tokens for pages and workers",
        lambda: all(settings(asked).get(name) for name in ("CONTROL_TOKEN", "WORKER_TOKEN")),
        lambda: run("bash", "automation/make-token.sh", cwd=asked.root),
    )


def cache(asked: Installation) -> InstallStep:
    path = asked.system / CACHE[1:]

    def do() -> None:
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, _uid(asked.user), -1)

    return InstallStep(
        f"{path}, for weights and compiled kernels",
        lambda: path.is_dir() and path.stat().st_uid == _uid(asked.user),
        do,
    )


def owner(asked: Installation) -> InstallStep:
    """Make the tree the show's user's, as whom updates come. The units keep the running programs
    from writing there."""

    def is_so() -> bool:
        return not _strangers(asked.root, _uid(asked.user))

    def do() -> None:
        run("chown", "-RhP", f"{asked.user}:", str(asked.root))
        argv = as_user(asked.user, "test", "-r", str(asked.root / "app.py"), env={})
        if subprocess.run(argv, check=False, stderr=subprocess.DEVNULL).returncode:
            raise StepError(f"{asked.user} cannot reach {asked.root}: put it under /opt")

    return InstallStep(f"{asked.root} belongs to {asked.user}", is_so, do)


def cuda(asked: Installation) -> InstallStep:
    """Check that torch can use the driver: the only check of CUDA that counts."""
    text = (
        "import sys, torch; ok = torch.cuda.is_available(); "
        "sys.exit(0 if ok else f'torch {torch.__version__} is built for CUDA '"
        "f'{torch.version.cuda}, and this driver does not run it: sudo ubuntu-drivers install')"
    )
    return InstallStep("CUDA works with this driver", never, lambda: run(asked.python, "-c", text))


def weights(asked: Installation) -> InstallStep:
    argv = as_user(asked.user, "bash", "automation/download-models.sh", env=CACHES)
    return InstallStep(f"weights in {CACHE}", never, lambda: run(*argv, cwd=asked.root))


def units(asked: Installation) -> InstallStep:
    argv = [*units_argv(asked.root, asked.system), "--user", asked.user, "--root", str(asked.root)]

    def is_so() -> bool:
        lines = tool(*argv, "--dry-run").splitlines()
        return bool(lines) and all(line.startswith("keep ") for line in lines)

    def do() -> None:
        run(*argv)
        run("systemctl", "daemon-reload")

    return InstallStep("systemd units, polkit rules", is_so, do)


def units_argv(root: Path, system: Path) -> list[str]:
    # The path is set in the program, since -m would search the current folder.
    path = (
        f"import sys; sys.path.insert(0, {str(root)!r}); from lib.ops.units.__main__ import main; "
    )
    return [sys.executable, "-c", path + "sys.exit(main())", "--into", str(system)]


def enabled_at_boot(asked: Installation) -> InstallStep:
    wants = asked.system / "etc/systemd/system" / f"{TARGET}.wants"

    def is_so() -> bool:
        return all((wants / name).is_symlink() for name in asked.unit_names if name != TARGET)

    return InstallStep(
        f"starts at boot: {', '.join(asked.unit_names)}",
        is_so,
        lambda: run("systemctl", "enable", *asked.unit_names),
    )


def picture(asked: Installation) -> InstallStep:
    """A test picture, before the units start: a GPU has room for one model only."""
    flags = ["--wait", "1800", *([] if asked.role == "worker" else ["--engine", "painter"])]
    argv = as_user(asked.user, asked.python, "-m", "lib.ops", "test", *flags, env=CACHES)

    def do() -> None:
        busy = [name for name in asked.unit_names if name != TARGET and runs(name)]
        if asked.gpu and busy:
            print(f"          skipped: {', '.join(busy)} uses the GPU; see fleet.sh status")
            return
        run(*argv, cwd=asked.root)

    return InstallStep("a picture through the whole chain", never, do)


def started(asked: Installation) -> InstallStep:
    """Start units that do not run. Running ones go on as they are; automation/reload.sh restarts
    them."""
    names = [name for name in asked.unit_names if name != TARGET]

    def do() -> None:
        run("systemctl", "--no-block", "start", TARGET, *names)

    return InstallStep(
        f"runs now: {', '.join(names)}", lambda: all(runs(name) for name in names), do
    )


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _uid(name: str) -> int:
    return pwd.getpwnam(name).pw_uid if _known(name) else -1


def _lacks(name: str) -> list[str]:
    """The groups that exist on this machine and that this user is not in."""
    return [
        one.gr_name for one in grp.getgrall() if one.gr_name in GROUPS and name not in one.gr_mem
    ]


def _strangers(root: Path, uid: int) -> bool:
    """Whether any file of the tree belongs to another user."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            if os.lstat(Path(folder) / name).st_uid != uid:
                return True
    return root.stat().st_uid != uid
