"""What was recorded from the version that machines were installed with is still so.

Nothing of lib is imported: rooms may move. What is new is free; what is gone or has another shape
fails, unless allowed.txt says why.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.ports import free_ports
from tests.promises import facts
from tests.promises.record import OF_A_SHOW, RECORDED, read
from tests.promises.show import PRIMARY, UNITS, WORKER, Show, clean, running, started, until

ROOT = Path(__file__).parents[2]
ALLOWED = Path(__file__).parent / "allowed.txt"
PLAYED = {"prompt": "a forest of glass", "seed": 4711, "strength": 0.45, "mirror": True}

OF_A_TREE: dict[str, Callable[[Path], set[str]]] = {
    "env": lambda _: facts.env(ROOT),
    "settings": lambda _: facts.settings_taken(ROOT),
    "flags": lambda _: facts.flags(ROOT),
    "called": lambda _: facts.can_be_called(ROOT, read("called")),
    "units": lambda folder: facts.units(ROOT, folder / "units"),
    "kiosk": lambda folder: facts.kiosk(ROOT, folder / "kiosk"),
    "hang": lambda _: facts.hang(ROOT),
}


def allowed() -> dict[str, str]:
    """Line of a file -> why it is not so any more."""
    lines = ALLOWED.read_text("utf-8").splitlines()
    named = [line.rpartition("  # ") for line in lines if line and line[0] != "#"]
    return {line: why for line, _, why in named}


def hold(name: str, found: set[str]) -> None:
    lost = {f"{name}: {line}" for line in facts.missing(read(name), found)}
    assert not (gone := sorted(lost - allowed().keys())), "\n".join(gone)


@pytest.mark.parametrize(
    ("now", "lost"),
    [
        ({"a": {"b": 1, "c": [2.5]}, "new": True}, set()),
        ({"a": {"b": None, "c": [7]}}, set()),
        ({"a": {"b": "1", "c": [2]}}, {"a.b number"}),
        ({"a": {"b": 1}}, {"a.c list", "a.c[] number"}),
        ({"a": None}, {"a object", "a.b number", "a.c list", "a.c[] number"}),
    ],
)
def test_a_key_that_is_gone_or_of_another_kind_is_found(now: object, lost: set[str]) -> None:
    then = set(facts.shape({"a": {"b": 1, "c": [2]}}))
    assert facts.missing(then, set(facts.shape(now))) == lost


def test_what_is_not_kept_has_a_reason_and_was_promised() -> None:
    for line, why in allowed().items():
        name, _, fact = line.partition(": ")
        assert why and fact in read(name), line


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[set[str]]]]:
    """Programs that are started only to see what they say, one after the other beside the show."""
    folder = tmp_path_factory.mktemp("asked")
    with ThreadPoolExecutor(1) as one_by_one:
        yield {name: one_by_one.submit(ask, folder) for name, ask in OF_A_TREE.items()}


@pytest.fixture(scope="module")
def show(
    asked: dict[str, Future[set[str]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Show]:
    """The units of then, with the files and the .env of then, and the tree of now."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(RECORDED / "state", folder / "afterimage")
    env_file = str(RECORDED / "env.example")
    with running(ROOT, folder, RECORDED / "units", ENV_FILE=env_file) as show:
        yield show


def test_the_units_of_then_start_the_programs_of_now(show: Show) -> None:
    for name, one in zip(UNITS, show.services, strict=True):
        assert (one.before.returncode, one.before.stderr) == (0, ""), name
        assert one.before.args, name
        until(lambda one=one: one.told("READY=1") and one.told("WATCHDOG=1"), 30, name)  # type: ignore[misc]


def test_what_was_kept_then_is_read(show: Show) -> None:
    said = show.json("/params")
    assert PLAYED.items() <= said["params"].items()  # type: ignore[attr-defined]
    assert said["number"] == 7
    assert show.json("/presets")["names"] == ["dawn", "night"]
    assert show.json("/presets/night")["values"] == {"opacity": 0.0}
    cues = show.json("/cues")["sheet"]["cues"]  # type: ignore[index]
    assert [(one["preset"], one["after_s"]) for one in cues] == [("dawn", 30), ("night", 60)]
    lines = (RECORDED / "state" / "journal.jsonl").read_text("utf-8").splitlines()
    assert len(show.json("/journal")["entries"]) >= len(lines)  # type: ignore[arg-type]
    assert not list(show.folder.glob("afterimage/*.damaged"))


@pytest.mark.parametrize("name", OF_A_SHOW)
def test_a_show_is_as_it_was(show: Show, name: str) -> None:
    hold(name, OF_A_SHOW[name](show))


@contextmanager
def program(*argv: str) -> Iterator[subprocess.Popen[str]]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, *argv], env=clean(ROOT), stdout=subprocess.PIPE, stderr=quiet, text=True
    ) as one:
        try:
            yield one
        finally:
            one.kill()


def done_by(show: Show, name: str) -> int:
    try:
        code, said = show.ask("/workers")
    except OSError:  # it starts
        return 0
    workers = json.loads(said)["workers"] if code == 200 else []
    return sum(int(one["done"]) for one in workers if one["name"] == name)


def test_a_worker_of_then_and_a_controller_that_knows_only_addresses(show: Show) -> None:
    ports = [str(show.ports[name]) for name in ("JOB_PORT", "RESULT_PORT")]
    with program(str(RECORDED / "examples" / "worker.py"), "localhost", *ports):
        until(lambda: done_by(show, "thirty-lines") > 10, 20, "pictures of a worker of then")
        controller = [sys.executable, str(Path(__file__).with_name("controller.py")), show.page]
        said = subprocess.run(controller, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said.splitlines() == [
        "safe a lighthouse / is it night?",
        '{"seed": 7, "status": "updated"}',
        '{"fixed_seed": true, "status": "updated"}',
        '{"status": "updated", "steps": 3}',
        '{"status": "updated", "strength": 0.25}',
        '{"guidance": 1.5, "status": "updated"}',
        "a lighthouse / is it night?",
        said.splitlines()[-1],
    ]
    assert {"promised", "thirty-lines"} <= set(said.splitlines()[-1].split())


def test_a_viewer_of_then_and_an_osc_sender_of_then(show: Show) -> None:
    feed = f"tcp://127.0.0.1:{show.ports['OUTPUT_PORT']}"
    with program(str(RECORDED / "examples" / "read_feed.py"), feed) as viewer:
        assert viewer.stdout
        assert viewer.stdout.readline().startswith("frame ")
    port = str(show.ports["OSC_PORT"])
    sender = str(RECORDED / "examples" / "send_osc.py")
    subprocess.run([sys.executable, sender, "--port", port, "/seed", "123"], check=True)
    until(lambda: show.json("/params")["params"]["seed"] == 123, 5, "OSC plays")  # type: ignore[index]


def test_osc_is_as_it_was(show: Show) -> None:
    assert facts.osc(show, {"/nobody"}) == set(), "an address that is not known is counted"
    hold("osc", facts.osc(show, read("osc")))
    hold("osc_replies", show.heard(read("osc_replies")))


def test_an_orderly_stop(show: Show) -> None:
    """The last one with this show."""
    started = time.monotonic()
    for code, after in show.stop():
        assert (code, after.returncode, after.stderr) == (0, 0, "")
    assert time.monotonic() - started < 12
    played = (show.folder / "afterimage" / "played.json").read_text("utf-8")
    assert "a lighthouse" in played or "a house of paper" in played


@pytest.mark.parametrize("name", OF_A_TREE)
def test_a_tree_is_as_it_was(asked: dict[str, Future[set[str]]], name: str) -> None:
    hold(name, asked[name].result())


@pytest.mark.slow
def test_what_was_installed_then_makes_stills_without_a_hand(tmp_path: Path) -> None:
    """The units of then, with their folder and their system calls, and a .env of then: its one
    token opens the service, and the worker beside the primary finds it."""
    token = "made by make-token.sh of then"
    env_file = tmp_path / "env"
    said = (RECORDED / "env.example").read_text("utf-8")
    env_file.write_text(said.replace("\nCONTROL_TOKEN=\n", f"\nCONTROL_TOKEN='{token}'\n"))
    (port,) = free_ports(1)
    new = {"STILLS_PORT": str(port), "ENV_FILE": str(env_file)}
    with started(ROOT, tmp_path, RECORDED / "units", PRIMARY, WORKER, **new) as show:
        for one in show.services:
            until(lambda one=one: one.told("READY=1"), 30, show.logs())  # type: ignore[misc]
        stills = f"http://127.0.0.1:{port}"

        def ask(path: str, body: object = None) -> bytes:
            data = None if body is None else json.dumps(body).encode()
            head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            with urlopen(Request(stills + path, data, head), timeout=5) as answer:
                return bytes(answer.read())

        def asked() -> str:
            with suppress(OSError):  # it starts after the show, and is none of READY's
                return str(
                    json.loads(ask("/jobs", {"prompt": "a cat", "engine": "identity"}))["id"]
                )
            return ""

        job = later(asked, 20, "the service")
        done = later(lambda: finished(json.loads(ask(f"/jobs/{job}"))), 30, show.logs)
        picture = ask(f"/pictures/{done['pictures'][0]}")  # type: ignore[index]
        assert picture.startswith(b"\x89PNG") and b"trainedAlgorithmicMedia" in picture
        with pytest.raises(HTTPError, match="401"):
            urlopen(f"{stills}/gallery", timeout=5)
        (service,) = show.children("stills")
        first_to_go = Path(f"/proc/{service}/oom_score_adj").read_text("ascii")
        assert first_to_go.strip() == "500", "if memory runs out it ends, and the show goes on"
        assert list((show.folder / "afterimage").rglob("*.sqlite*")), "in the units' own folder"


T = TypeVar("T")


def later(find: Callable[[], T], within_s: float, what: str | Callable[[], str]) -> T:
    """What is found once it is there."""
    end = time.monotonic() + within_s
    while not (found := find()):
        assert time.monotonic() < end, what if isinstance(what, str) else what()
        time.sleep(0.1)
    return found


def finished(job: dict[str, object]) -> dict[str, object]:
    assert job["state"] in ("queued", "running", "done"), job
    return job if job["state"] == "done" else {}


def test_keys_of_then_open_the_ports(tmp_path: Path) -> None:
    """A primary and a worker of today with the files that make-keys.sh made then."""
    keys = tmp_path / "keys"
    shutil.copytree(RECORDED / "keys", keys)
    for path in keys.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    with started(ROOT, tmp_path, RECORDED / "units", PRIMARY, KEYS=str(keys)) as show:
        ports = [str(show.ports[name]) for name in ("JOB_PORT", "RESULT_PORT")]
        worker = str(ROOT / "docs" / "examples" / "worker.py")
        with program(worker, "localhost", *ports, str(keys / "for" / "one")):
            until(lambda: done_by(show, "thirty-lines") > 10, 20, "a worker of docs, a key of then")
