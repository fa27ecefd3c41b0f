"""What a worker leaves behind of a still that nothing is to be kept of."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from lib.config.settings import ROOT
from tests.programs import environment
from tests.rig import until
from tests.stills.service.scripted import noise, running

WORDS = "a secret zebra crossing 4711"
OTHER = "an okapi that nobody waits for"
STARTS_S = 30  # on two cores that do much else


def test_a_private_still_leaves_no_trace_at_the_worker(tmp_path: Path) -> None:
    """The painter's process, with all folders of its own: it makes one from words and a picture,
    and is ended while it makes another."""
    folders = {name: tmp_path / name.lower() for name in
               ("HOME", "TMPDIR", "STATE_DIR", "XDG_CACHE_HOME", "XDG_STATE_HOME",
                "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")}  # fmt: skip
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    log, image = tmp_path / "log", noise(64, 64)
    with ExitStack() as resources:
        service = resources.enter_context(running())
        out = resources.enter_context(log.open("wb"))
        argv = ["transform.py", "--role=stills", f"--server={service.address}", "--engine=painter"]
        process = subprocess.Popen(
            [sys.executable, str(ROOT / argv[0]), *argv[1:]],
            cwd=tmp_path / "home",
            env=environment(**{k: str(v) for k, v in folders.items()}),
            stdout=out,
            stderr=out,
        )
        resources.callback(process.wait)
        resources.callback(process.kill)
        small = {"keep": "none", "width": 64, "height": 64}
        upload = service.upload(image, keep="none")["id"]
        asked = service.ask(WORDS, image=upload, negative="okapi", steps=2, **small)
        assert until(lambda: service.job(asked["id"])["state"] == "done", STARTS_S)
        (picture,) = service.job(asked["id"], secret=asked["secret"])["pictures"]
        made = service.client.get(f"/pictures/{picture}")
        other = service.ask(OTHER, steps=150, samples=64, **small)
        assert until(lambda: service.job(other["id"], secret=other["secret"])["step"] > 1, STARTS_S)
        process.terminate()
        assert process.wait(10) == 0
    assert made.status_code == 200 and b"img2img" in log.read_bytes()  # it did say what it made
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        data = path.read_bytes()
        for word in (b"zebra", b"okapi", b"4711"):
            assert word not in data, path
        assert image[100:200] not in data and made.content[100:200] not in data, path
