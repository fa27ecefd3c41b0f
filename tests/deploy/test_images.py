"""What the images are made of, as far as it shows without building them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lib.config.settings import ROOT, PrimarySettings, WorkerSettings
from tests.deploy.recipe import contents, is_sent, stages

BIN = Path(sys.executable).parent
FINAL = {"primary": PrimarySettings, "worker": WorkerSettings}
PORTS = ("job_port", "settings_port", "output_port", "result_port", "stills_port", "signals_port")
# Set in the images and no settings of ours: whose they are.
OTHERS = {
    "PATH",
    "HOME",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "NOTIFY_SOCKET",  # lib.notify
    "WATCHDOG_USEC",
    "NVIDIA_VISIBLE_DEVICES",  # the container's runtime
    "NVIDIA_DRIVER_CAPABILITIES",
    "HF_HOME",  # the weights, also those we fetch
    "XDG_CACHE_HOME",
    "CUDA_CACHE_PATH",
    "TORCHINDUCTOR_CACHE_DIR",
    "TRITON_CACHE_DIR",
}


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [BIN / "hadolint", "--no-color", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_every_base_is_a_stage_or_pinned() -> None:
    for stage in stages().values():
        assert stage.base in stages() or re.fullmatch(r"[\w./-]+:\d[\w.-]+", stage.base)
    assert list(stages())[-1] == "primary", "a build without --target makes the small one"


@pytest.mark.parametrize("name", FINAL)
def test_an_image_runs_as_nobody_in_particular_and_can_be_stopped(name: str) -> None:
    stage = stages()[name]
    user, group = stage.last["USER"].split(":")
    assert int(user) == int(group) > 1000
    made = " ".join(rest for _, rest in stages()["base"].steps)
    assert f"useradd --uid {user} --gid {group}" in made
    for folder in re.findall(r'"(/\w+)"', stage.last["VOLUME"]):
        assert re.search(rf"install -d -o {user} -g {group}[^&]* {folder}\b", made), folder
    assert stage.last["STOPSIGNAL"] == "SIGTERM"
    assert stage.words("ENTRYPOINT") == ["python"]


@pytest.mark.parametrize("name", FINAL)
def test_nothing_that_builds_is_left_behind(name: str) -> None:
    steps = " ".join(rest for key, rest in stages()[name].steps if key == "RUN")
    steps += " ".join(rest for key, rest in stages()["base"].steps if key == "RUN")
    for tool in ("pip", "venv", "git", "make", "g++", "curl"):
        assert not re.search(rf"(?<![\w/-]){re.escape(tool)}(?!\w)", steps), tool
    assert ("gcc" in steps) == (name == "worker"), "only what torch.compile needs at run time"


def test_the_packages_are_those_that_are_pinned() -> None:
    light, cuda = stages()["packages"], stages()["packages-cuda"]
    for stage, locks in (
        (light, ["requirements-light.lock", "requirements-postgres.lock"]),
        (cuda, ["requirements.lock", "requirements-cuda.lock"]),
    ):
        named = " ".join(f"-r {lock}" for lock in locks)
        command = f"pip install --no-cache-dir --require-hashes --no-deps {named} "
        assert command in dict(stage.steps)["RUN"]
        assert locks in [sources for sources, _ in stage.copies]


@pytest.mark.parametrize("name", FINAL)
def test_what_an_image_sets_are_settings_that_there_are(name: str) -> None:
    ours = {key: value for key, value in stages()[name].env.items() if key not in OTHERS}
    known = FINAL[name].model_fields
    assert {key.lower() for key in ours} <= set(known)
    FINAL[name](_env_file=None, **{key.lower(): value for key, value in ours.items()})


def test_the_ports_are_the_defaults() -> None:
    exposed = stages()["primary"].last["EXPOSE"].split()
    assert exposed == [str(PrimarySettings.model_fields[name].default) for name in PORTS]


@pytest.mark.parametrize("name", FINAL)
def test_what_it_starts_and_asks_is_in_it(name: str) -> None:
    stage = stages()[name]
    files = contents(name)
    assert stage.words("CMD")[0] in files
    check = stage.words("HEALTHCHECK")
    assert check[0] == "python" and check[1] in files
    assert check[2] == {"primary": "flows", "worker": "lives"}[name]


@pytest.mark.parametrize("name", FINAL)
def test_all_of_our_code_is_in_it_and_nothing_private(name: str) -> None:
    files = contents(name)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "lib"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    ours = {file for file in listed.stdout.split("\n") if file and (ROOT / file).is_file()}
    assert ours and not ours - set(files)
    private = re.compile(r"(^|/)\.|\.pyc$|\.key|(^|/)(state|data|tests|loras)/")
    assert not [file for file in files if private.search(file)]


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.example",
        ".git/config",
        "state/params.json",
        "keys/primary.key_secret",
        "data/film.mp4",
        "models/unet.safetensors",
        ".venv/bin/python",
        "lib/.env",
        "lib/wire/worker.key_secret",
        "lib/core/__pycache__/ladder.cpython-311.pyc",
        "deploy/kubernetes/secret.yaml",
        "tests/rig.py",
    ],
)
def test_what_no_build_may_see(path: str) -> None:
    assert not is_sent(path)


@pytest.mark.parametrize("path", ["app.py", "lib/http/static/base.css", "deploy/alive.py"])
def test_what_a_build_needs(path: str) -> None:
    assert is_sent(path) and (ROOT / path).is_file()
