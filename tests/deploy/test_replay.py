"""The images' content run without an engine: what the Dockerfile copies, laid out read-only and
started as it says, with its variables, by somebody who has no rights.

Beside our own code it runs in this Python with its packages; docs/containers.md says how the whole
build is followed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from lib.config.settings import ROOT
from lib.pictures.header import read_header
from lib.wire.messages import decode_picture
from lib.wire.sockets import feed_in
from tests.deploy.recipe import contents, lay_out, stages
from tests.ports import free_ports
from tests.rig import until

TOKEN = "a token of this test"
PORTS = ("JOB_PORT", "RESULT_PORT", "OUTPUT_PORT", "SETTINGS_PORT")
# Of this Python instead of the image's, and what no test may do: listen on a network.
HERE = {"PATH": os.environ["PATH"], "BIND": "127.0.0.1"}
FOLDERS = ("state", "models", "cache", "tmp")


class Container:
    """A program of an image in folders of its own."""

    def __init__(self, image: str, folder: Path, **more: str) -> None:
        stage = stages()[image]
        self.app = folder / "app"
        self.files = set(contents(image))
        lay_out(image, self.app)
        for name in FOLDERS:
            (folder / name).mkdir()
        for path in [*self.app.rglob("*"), self.app]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        # The paths of volumes and of /tmp lead into the folder.
        env = {
            key: re.sub(rf"^/({'|'.join(FOLDERS)})\b", rf"{folder}/\1", value)
            for key, value in stage.env.items()
        }
        self.env = env | HERE | more
        self.check = stage.words("HEALTHCHECK")[1:]
        self._folder = folder

    def start(self, program: str) -> subprocess.Popen[bytes]:
        # Without capabilities, also root is held to the modes of files.
        bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        command = [*(bare if os.getuid() == 0 else []), sys.executable, program]
        with (self._folder / "log").open("w") as log:
            return subprocess.Popen(command, cwd=self.app, env=self.env, stdout=log, stderr=log)

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The health check of the image, or another."""
        return subprocess.run(
            [sys.executable, *(words or self.check)],
            cwd=self.app,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    @property
    def untouched(self) -> bool:
        there = {f.relative_to(self.app).as_posix() for f in self.app.rglob("*") if f.is_file()}
        return there == self.files


@dataclass
class House:
    """A primary and a painter, as `docker compose --profile cpu up` starts them."""

    primary: Container
    painter: Container
    running: dict[str, subprocess.Popen[bytes]]

    def get(self, path: str) -> str:
        port = self.primary.env["SETTINGS_PORT"]
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        with urllib.request.urlopen(asked, timeout=5) as answer:
            text: str = answer.read().decode()
        return text


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    if os.getuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    # pytest's own directories have names that are too long for a unix socket
    with tempfile.TemporaryDirectory(prefix="ai-") as name, ExitStack() as resources:
        places = [Path(name) / one for one in ("a", "b")]
        for place in places:
            place.mkdir()
        ports = dict(zip(PORTS, map(str, free_ports(4)), strict=True))
        primary = Container(
            "primary",
            places[0],
            **ports,
            OSC_PORT="0",
            STILLS_PORT="0",
            SIGNALS_PORT="0",
            CONTROL_TOKEN=TOKEN,
            RESOLUTION="256",
        )
        painter = Container(
            "primary", places[1], **ports, ENGINE="painter", PRIMARY_HOSTNAME="localhost"
        )
        running = {"primary": primary.start("app.py"), "painter": painter.start("transform.py")}
        for process in running.values():
            resources.callback(process.wait)
            resources.callback(process.kill)
        flows = until(lambda: primary.ask().returncode == 0, 30)
        assert flows, [
            primary.ask().stderr,
            *(place.joinpath("log").read_text() for place in places),
        ]
        yield House(primary, painter, running)


def test_a_picture_comes_out(house: House) -> None:
    with ExitStack() as resources:
        port = int(house.primary.env["OUTPUT_PORT"])
        feed = feed_in(resources, "127.0.0.1", port, latest_only=True)
        assert feed.poll(5000)
        assert read_header(decode_picture(feed.recv()).jpg).size == (256, 256)


def test_both_give_signs_of_life(house: House) -> None:
    for one in (house.primary, house.painter):
        done = one.ask("deploy/alive.py", "lives")
        assert (done.returncode, done.stderr) == (0, "")


def test_the_figures_that_scale_are_exported(house: House) -> None:
    text = (ROOT / "deploy" / "kubernetes" / "prometheus-adapter.yaml").read_text("utf-8")
    rules = yaml.safe_load(text)["rules"]["external"]
    queries = " ".join(rule["seriesQuery"] + rule["metricsQuery"] for rule in rules)
    wanted = set(re.findall(r"afterimage_\w+", queries))
    metrics = house.get("/metrics")
    exported = set(re.findall(r"^(afterimage_\w+)", metrics, re.MULTILINE))
    # Those of stills are the service's own: see tests/stills/service/test_metrics.py.
    of_stills = {"afterimage_stills_jobs"}
    assert len(wanted) >= 4 and wanted - of_stills <= exported
    for reasons in re.findall(r'reason=~"([^"]+)"', queries):
        for reason in reasons.split("|"):
            assert f'afterimage_frames_dropped_total{{reason="{reason}"}}' in metrics


def test_what_is_played_is_kept_and_nothing_else_written(house: House) -> None:
    house.get("/prompt/a%20house%20of%20paper")
    assert until(lambda: list(Path(house.primary.env["STATE_DIR"]).iterdir()), 20)
    assert house.primary.untouched and house.painter.untouched


def test_both_end_in_time_when_asked(house: House) -> None:
    for process in house.running.values():
        process.terminate()
    assert [process.wait(20) for process in house.running.values()] == [0, 0]
    done = house.primary.ask()
    assert done.returncode == 1 and "does not answer" in done.stderr
