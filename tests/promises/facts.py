"""Facts of a tree and of a show that it runs, one a line, for files that people can read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import msgpack
import numpy as np
import zmq

from tests.ports import free_ports
from tests.promises.show import Show, clean

# Values that an address of its own kind takes; every other is sent what is played.
OSC_SAMPLES: dict[str, tuple[str | int | float, ...]] = {
    "/blend": ("one", "two", 0.5),
    "/blend_t": (0.0,),
    "/mode": ("soft",),
    "/preset": ("dawn",),
    "/preset/dawn": (),
    "/prompt/0": ("a house of paper",),
    "/prompt/1": ("",),
    "/scene": (1,),
}


def shape(value: object, at: str = "") -> Iterator[str]:
    """Each key on the way to a plain value, and what kind of value stands there."""
    if isinstance(value, dict):
        yield f"{at} object".strip()
        for key, inner in value.items():
            yield from shape(inner, f"{at}.{key}".lstrip("."))
    elif isinstance(value, list):
        yield f"{at} list".strip()
        for inner in value:
            yield from shape(inner, f"{at}[]")
    else:
        names = {bool: "bool", int: "number", float: "number", str: "text"}
        yield f"{at} {names.get(type(value), 'null')}"


def missing(recorded: set[str], found: set[str]) -> set[str]:
    """What was there and is not. A value may be null now and then, but its key must be there."""
    nulls = {line.rsplit(" ", 1)[0] for line in found if line.endswith(" null")}
    keys = {line.rsplit(" ", 1)[0] for line in found}
    lost = set()
    for line in recorded - found:
        key, _, kind = line.rpartition(" ")
        optional = kind in ("number", "text") and key in nulls
        if not optional and not (kind == "null" and key in keys):
            lost.add(line)
    return lost


# --- a running show


def openapi(show: Show) -> set[str]:
    said = show.json("/openapi.json")
    schemas = said.get("components", {}).get("schemas", {})  # type: ignore[attr-defined]
    return {
        f"{method.upper()} {path} {fact}"
        for path, methods in said["paths"].items()  # type: ignore[attr-defined]
        for method, route in methods.items()
        for fact in _route(route, schemas)
    }


def _route(route: dict, schemas: dict) -> Iterator[str]:  # type: ignore[type-arg]
    yield "is there"
    for one in route.get("parameters", ()):
        need = "required" if one.get("required") else "optional"
        yield f"takes {one['name']} in {one['in']}, {need}"
        yield from (f"takes {one['name']}{fact}" for fact in _schema(one["schema"], schemas))
    for kind, content in (route.get("requestBody") or {}).get("content", {}).items():
        yield from (f"takes {kind}{fact}" for fact in _schema(content["schema"], schemas))
    for code, answer in route["responses"].items():
        yield f"answers {code}"
        # A refusal has the same shape everywhere, and is asked for in `kept`.
        for kind, content in answer.get("content", {}).items() if code < "300" else ():
            facts = _schema(content.get("schema", {}), schemas)
            yield from (f"answers {code} {kind.split(';')[0]}{fact}" for fact in facts)


def _schema(schema: dict, schemas: dict, at: str = "") -> Iterator[str]:  # type: ignore[type-arg]
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    for one in schema.get("anyOf", ()):
        yield from _schema(one, schemas, at)
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        yield f"{at} is {kind}"
    for bound in ("minimum", "maximum", "minLength", "maxLength", "minItems", "minProperties"):
        if bound in schema:
            number = float(schema[bound])
            yield f"{at} {bound} {int(number) if number.is_integer() else number}"
    for name in schema.get("required", ()):
        yield f"{at}.{name} is required"
    for name, inner in schema.get("properties", {}).items():
        yield from _schema(inner, schemas, f"{at}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from _schema(schema["items"], schemas, f"{at}[]")


def status(show: Show) -> set[str]:
    return set(shape(show.json("/status")))


def workers(show: Show) -> set[str]:
    return set(shape(show.json("/workers")))


def params(show: Show) -> set[str]:
    said = show.json("/params")
    rows = {
        f"table {row['name']}.{key} = {json.dumps(value)}"
        for row in said.pop("table")  # type: ignore[attr-defined]
        for key, value in row.items()
        if key != "help"  # prose
    }
    return set(shape(said)) | rows


def kept(show: Show) -> set[str]:
    """Shapes of what is asked for by routes of their own."""
    found: set[str] = set()
    for path in ("/journal", "/presets", "/presets/dawn", "/cues", "/healthz"):
        found |= {f"{path} {line}" for line in shape(show.json(path))}
    for path in ("/steps/99", "/nowhere", "/preset/nobody"):
        code, answer = show.ask(path)
        found |= {f"{path} {code} {line}" for line in shape(json.loads(answer))}
    return found


def metrics(show: Show) -> set[str]:
    text = show.ask("/metrics")[1].decode()
    found = set(re.findall(r"^# (TYPE \S+ \w+)", text, re.M))
    for name, labels in re.findall(r"^(\w+)(\{.*\})? \S+$", text, re.M):
        plain = {"reason", "stage", "quantile", "state", "rung", "event"}
        pairs = sorted(re.findall(r'(\w+)="([^"]*)"', labels))  # their order says nothing
        said = ",".join(f'{key}="{value if key in plain else "…"}"' for key, value in pairs)
        found.add(f"{name}{{{said}}}")
    return found


def live(show: Show) -> set[str]:
    """Every kind of message, brought about one after the other."""
    with show.live() as page:
        page.hear("hello")
        page.say(type="play", id=1, change={"seed": 11}, glide_ms=0)
        page.hear("answer", id=1, ok=True)
        page.say(type="play", id=2, change={"seed": "none"})
        page.hear("answer", id=2, ok=False)
        page.say(type="undo", id=3)
        page.hear("answer", id=3, ok=True)
        page.say(type="redo", id=4)
        page.hear("answer", id=4, ok=True)
        page.hear("played")
        page.say(type="ping")
        page.hear("pong")
        page.say(type="preview", fps=15)
        assert page.hear("picture")["jpeg"]
        page.say(type="seen")
        page.say(type="preview", fps=0)
        page.hear("status")
        show.json("/presets/passing", "PUT")
        page.hear("presets")
        show.json("/presets/passing", "DELETE")
        show.json("/cues", "PUT", show.json("/cues")["sheet"])
        page.hear("cues")
    found: set[str] = set()
    for kind, messages in page.seen.items():
        for said in messages:
            said.pop("table", None)  # in /params
            top = said if kind == "status" else said.get("status", {})
            for name, inner in top.items():  # type: ignore[attr-defined]
                if isinstance(inner, dict):
                    top[name] = {}  # type: ignore[index] # in /status
            found |= {f"{kind}: {line}" for line in shape(said)}
    return found


def job(show: Show) -> set[str]:
    """What a worker of others is sent."""
    with zmq.Context() as context, context.socket(zmq.PULL) as jobs:
        jobs.linger = 0
        jobs.connect(f"tcp://127.0.0.1:{show.ports['JOB_PORT']}")
        assert jobs.poll(10_000), "no job"
        said = msgpack.unpackb(jobs.recv())
    found = set(shape({**said, "frames": [one[:2].hex() for one in said["frames"]]}))
    whole = isinstance(said["indices"][0], int) and isinstance(said["timestamps"][0], float)
    return found | ({"indices are int, timestamps float"} if whole else set())


def feed(show: Show) -> set[str]:
    """What a viewer of others is sent: the kinds of one message, and what holds for several."""
    with zmq.Context() as context, context.socket(zmq.SUB) as viewer:
        viewer.linger = 0
        viewer.subscribe(b"")
        viewer.connect(f"tcp://127.0.0.1:{show.ports['OUTPUT_PORT']}")
        said = []
        for _ in range(5):
            assert viewer.poll(10_000), "no picture"
            said.append(msgpack.unpackb(viewer.recv()))
    found = {f"[{', '.join(type(one).__name__ for one in message)}]" for message in said}
    indices = [message[1] for message in said]
    if sorted(set(indices)) == indices:
        found.add("the index only grows")
    if all(abs(time.time() * 1000 - message[0]) < 60_000 for message in said):
        found.add("the timestamp is milliseconds since the Unix epoch")
    return found | ({"a picture is a JPEG"} if said[0][2][:2] == b"\xff\xd8" else set())


def osc(show: Show, addresses: set[str]) -> set[str]:
    """Those of the addresses, `/seed i` and so on, that the show takes."""
    said = show.json("/params")
    played: dict[str, object] = said["params"]  # type: ignore[assignment]
    rows = {row["name"]: row["field"] for row in said["table"]}  # type: ignore[attr-defined]
    taken = set()
    for line in sorted(addresses):
        address, _, kinds = line.partition(" ")
        before = _osc_faults(show)
        show.osc(address, *_osc_values(address, kinds, played, rows))
        if _osc_faults(show) == before:
            taken.add(line)
    return taken


def _osc_values(
    address: str, kinds: str, played: dict[str, object], rows: dict[str, str]
) -> tuple[str | int | float, ...]:
    if not kinds:
        return ()
    if address in OSC_SAMPLES:
        return OSC_SAMPLES[address]
    value = played[rows[address[1:]]]
    if "f" in kinds:
        return (float(value),)  # type: ignore[arg-type]
    return (int(value),) if "i" in kinds else (str(value),)  # type: ignore[call-overload]


def _osc_faults(show: Show) -> int:
    counts: dict[str, int] = show.json("/status")["osc"]  # type: ignore[assignment]
    return sum(counts.get(one, 0) for one in ("bad_packet", "unknown_address", "wrong_type"))


def chat(show: Show) -> set[str]:
    """The chat's own table of commands, without its prose, and how a script's lines end."""
    lines = ("/help", "/seed 5", "/seed five", "/nonsense")
    program = ("input-publisher.py", "--port", f"{show.ports['SETTINGS_PORT']}")
    (_, told), *ends = run_many(show.tree, [program] * len(lines), lines)
    commands = {line.strip().partition(": ")[0] for line in told.splitlines()}
    codes = {f"{line} ends with {code}" for line, (code, _) in zip(lines[1:], ends, strict=True)}
    return {line for line in commands if line.startswith("/")} | codes


# --- the tree and its programs


def run(
    tree: Path, *argv: str, said: tuple[str, ...] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    """A program of the tree, from its first line to its end; .sh by itself, all else by Python."""
    program = [*argv] if argv[0].endswith(".sh") else [sys.executable, *argv]
    return subprocess.run(
        program,
        cwd=tree,
        env=clean(tree, **more),
        input="\n".join(said),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


# Starts programs one after the other, each in a process of its own that has what they all load
# already: the loading costs ten times what they do.
STARTER = """
import json, os, runpy, sys
import fastapi, httpx2, msgspec, numpy, pydantic_settings, zmq
for words, environment, log, said in json.load(sys.stdin):
    child = os.fork()
    if not child:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(said, os.O_RDONLY), 0), os.dup2(out, 1), os.dup2(out, 2)
        os.environ.update(environment)
        if words[0].endswith('.sh'):
            os.execv(words[0], words)
        sys.path[0] = os.getcwd()
        try:
            if words[0] == '-m':
                sys.argv = words[1:]
                runpy.run_module(words[1], run_name='__main__', alter_sys=True)
            else:
                sys.argv = words
                runpy.run_path(words[0], run_name='__main__')
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            import traceback
            traceback.print_exc()
            code = 1
        else:
            code = 0
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def run_many(
    tree: Path, programs: list[tuple[str, ...]], said: tuple[str, ...] = (), **more: str
) -> list[tuple[int, str]]:
    """How each ended, and what it said; `said`: the one line that each is told."""
    with tempfile.TemporaryDirectory() as name:
        logs = [Path(name) / f"{number}" for number in range(len(programs))]
        lines = [Path(name) / f"{number} is told" for number in range(len(programs))]
        for path, line in zip(lines, said or [""] * len(programs), strict=True):
            path.write_text(line, "utf-8")
        asked = [
            (list(words), more, str(log), str(line))
            for words, log, line in zip(programs, logs, lines, strict=True)
        ]
        done = run(tree, "-c", STARTER, said=(json.dumps(asked),), **more)
        codes = [int(line) for line in done.stdout.split()]
        assert len(codes) == len(programs), done.stderr
        return [(code, log.read_text("utf-8")) for code, log in zip(codes, logs, strict=True)]


def env(tree: Path) -> set[str]:
    lines = (tree / ".env.example").read_text("utf-8").splitlines()
    return {line for line in lines if re.match(r"[A-Z_]+=", line)}


PROGRAMS = (
    ("app.py",),
    ("transform.py",),
    ("input-publisher.py",),
    ("-m", "lib.launch"),
    ("-m", "bench.site"),
    ("-m", "lib.units"),
)
# These need no words, or say what they take only by refusing it.
WORDLESS = {"call.sh", "download-models.sh", "lock.sh", "packages.sh", "setup.sh"}


def flags(tree: Path) -> set[str]:
    scripts = [path.name for path in sorted((tree / "automation").glob("*.sh"))]
    named = {f"automation/{one}": _behind(tree, one) for one in scripts if one not in WORDLESS}
    named |= {" ".join(words): words for words in PROGRAMS}
    helps = run_many(tree, [(*words, "--help") for words in named.values()])
    found = {f"automation/{one} is there" for one in scripts}
    for name, (code, said) in zip(named, helps, strict=True):
        found.add(f"{name} --help ends with {code}")
        found |= {f"{name} {line}" for line in _flags(said)}
    return found


def _behind(tree: Path, script: str) -> tuple[str, ...]:
    """The words that a script hands to Python, where that is all it does; else the script."""
    text = (tree / "automation" / script).read_text("utf-8")
    room = re.search(r'"\$python" -m (\S+) "\$@"', (tree / "automation/call.sh").read_text("utf-8"))
    call = re.search(r'^call ([a-z -]+) "\$@"$', text, re.M)
    return ("-m", room[1], *call[1].split()) if call and room else (f"automation/{script}",)


def _flags(text: str) -> Iterator[str]:
    for line in re.findall(r"^  (?:-\w, )?(--\S+.*)", text, re.M):
        name, _, rest = line.partition(" ")
        value = re.match(r"\{(.*?)\}|\[?[A-Z]\w*\]?(?= |$)", rest)
        yield f"{name} {'takes a value' if value else 'is there'}"
        if value and value[1]:
            yield from (f"{name} takes {choice}" for choice in value[1].split(","))
        if default := re.search(r"\(default (.*?)\)$", line):
            yield f"{name} default {default[1]}"
    for verbs in re.findall(r"^  \{(.*?)\}", text, re.M):
        yield from (f"takes {verb}" for verb in verbs.split(","))


def settings_taken(tree: Path) -> set[str]:
    """Settings whose value is looked at: a wrong one of each, in one `.env`, is refused by name."""
    names = [line.split("=")[0] for line in env(tree)]
    return _refused(tree, names)


def _refused(tree: Path, names: list[str]) -> set[str]:
    wrong = dict.fromkeys(names, "☃") | {"ENV_FILE": "/dev/null"}
    found = set()
    programs = ("app.py", "transform.py")
    ends = run_many(tree, [(program,) for program in programs], **wrong)
    for program, (code, said) in zip(programs, ends, strict=True):
        assert code == 2, said
        found |= {
            f"{program} refuses a wrong {name}"
            for name in names
            if re.search(rf"(: |; ){name.lower()} ", said)
        }
    return found


CALLED = re.compile(
    r"-m[ \",']+((?:lib(?:\.\w+)+|bench\.site\b))|\b((?:automation/[\w-]+\.sh)|(?:deploy/\w+\.py)|"
    r"(?:docs/examples/\w+\.py)|app\.py|transform\.py|input-publisher\.py|run\.sh)\b"
)
CALLERS = (
    "*.md", "docs/*.md", "docs/examples/*", "systemd/*.*", "automation/*.sh", "run.sh",
    "Dockerfile", "compose*.yaml", "deploy/kubernetes/*",
)  # fmt: skip


def called(tree: Path) -> set[str]:
    """Modules and programs that units, scripts, images, manifests and docs call by name."""
    found = set()
    for pattern in CALLERS:
        for path in tree.glob(pattern):
            # develop.md is for those who change this program, and changes with it.
            if path.is_file() and path.name != "develop.md":
                for module, file in CALLED.findall(path.read_text("utf-8")):
                    found.add(f"python -m {module}" if module else file)
    return found | {"python -m lib.fleet"}  # automation/call.sh adds a word of its own


def can_be_called(tree: Path, wanted: set[str]) -> set[str]:
    modules = [one.split()[-1] for one in wanted if one.startswith("python -m ")]
    probe = (
        "import importlib.util as u, sys\n"
        "for name in sys.argv[1:]:\n"
        "    try: spec = u.find_spec(name)\n"
        "    except ModuleNotFoundError: continue\n"
        "    if spec and spec.submodule_search_locations is not None:\n"
        "        spec = u.find_spec(name + '.__main__')\n"
        "    if spec and spec.origin: print('python -m ' + name)\n"
    )
    found = set(run(tree, "-c", probe, *modules).stdout.splitlines())
    return found | {one for one in wanted if (tree / one).is_file()}


def units(tree: Path, folder: Path) -> set[str]:
    """What lib.units lays on a machine, without its comments; polkit of before and of now."""
    found: set[str] = set()
    intos = [folder / polkit for polkit in ("105", "122")]
    words = ("-m", "lib.units", "--user", "artist", "--root", "/srv/a show")
    asked = [(*words, "--into", str(into), "--polkit", into.name) for into in intos]
    for into, (code, said) in zip(intos, run_many(tree, asked), strict=True):
        assert code == 0, said
        for path in into.rglob("*"):
            if path.is_file():
                name = path.relative_to(into)
                lines = (line.strip() for line in path.read_text("utf-8").splitlines())
                found |= {f"/{name}: {line}" for line in lines if line and line[0] not in "#;/*"}
                found.add(f"/{name} has mode {path.stat().st_mode & 0o777:o}")
    return found


SAID = {
    "the keys of the desktop": ("shortcuts", "--dry-run"),
    "a quiet desktop": ("kiosk", "--dry-run"),
    "a screen without a desktop, cage": ("session", "--dry-run", "--with", "cage"),
    "a screen without a desktop, X": ("session", "--dry-run", "--with", "x"),
}


def kiosk(tree: Path, folder: Path) -> set[str]:
    """What the desktop is told, from a dry run between stand-ins."""
    stand_ins = folder / "stand-ins"
    stand_ins.mkdir(parents=True)
    for name in ("cage", "xinit", "gsettings"):
        (stand_ins / name).write_text("#!/bin/sh\n[ $1 = get ] && echo \"''\"\nexit 0\n")
        (stand_ins / name).chmod(0o755)
    path = f"{stand_ins}:/usr/bin:/bin"
    found = set()
    asked = [("-m", "lib.fleet", *words) for words in SAID.values()]
    ends = run_many(tree, asked, PATH=path, XDG_STATE_HOME=str(folder))
    for what, (code, said) in zip(SAID, ends, strict=True):
        assert code == 0, said
        said = said.replace(sys.executable, "PYTHON").replace(str(tree), "/TREE")
        found |= {f"{what}: {line}" for line in map(_without_prose, said.splitlines()) if line}
    return found


def _without_prose(line: str) -> str:
    """What the desktop reads of a line that a person reads."""
    if setting := re.search(r": ((?:org|com)\.\S+ .*), was", line):
        return setting[1]
    return line.strip() if "/TREE" in line or "PYTHON" in line else ""


CODES: dict[str, tuple[str, ...]] = {
    "app.py, a flag that is not known": ("app.py", "--bogus"),
    "app.py, a wrong setting": ("app.py", "--resolution", "513"),
    "app.py, open to others without a token": ("app.py", "--bind", "0.0.0.0"),
    "app.py, keys that are not there": ("app.py", "--keys", "/nowhere"),
    "app.py, one process whose port is taken": ("app.py", "--role", "stream"),
    "transform.py, a wrong setting": ("transform.py", "--engine", "magic"),
    "lib.launch, a wrong setting": ("-m", "lib.launch", "--fps", "9999"),
    "input-publisher.py, a wrong flag": ("input-publisher.py", "--bogus"),
    "lib.fleet without a word": ("-m", "lib.fleet"),
    "lib.fleet, a machine that cannot be": ("-m", "lib.fleet", "fleet", "status"),
    "lib.units, a user that cannot be": ("-m", "lib.units", "--user", "root", "--dry-run"),
    "lib.units.wait, a wrong word": ("-m", "lib.units.wait", "sometime"),
    "lib.engine.turbo.download, no name": ("-m", "lib.engine.turbo.download", "--help"),
    "deploy/alive.py without a word": ("deploy/alive.py",),
}


def codes(show: Show) -> set[str]:
    """Programs that end by themselves, beside a show whose ports are taken."""
    ports = {key: str(value) for key, value in show.ports.items()}
    ports["WORKER_MACHINES"] = "not@a@machine"
    ends = run_many(show.tree, list(CODES.values()), **ports)
    return {f"{what}: {code}" for what, (code, _) in zip(CODES, ends, strict=True)}


def hang(tree: Path) -> set[str]:
    """A worker whose picture takes longer than WORKER_HANG_S, fed by others."""
    frame = cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    settings = {"prompt": "", "seed": 0, "fixed_seed": True, "num_inference_steps": 1}
    settings |= {"strength": 0.5, "guidance_scale": 0.0, "passthrough": False, "resolution": 64}
    said = {"timestamps": [time.time()], "indices": [0], "frames": [frame], "settings": settings}
    said["settings"] |= {"batch_size": 1, "directory": ""}
    with zmq.Context() as context, context.socket(zmq.PUSH) as jobs:
        jobs.linger = 0
        port = jobs.bind_to_random_port("tcp://127.0.0.1")
        slow = {"DELAY_MS": "60000", "WORKER_HANG_S": "2", "ENGINE": "identity"}
        ports = {"JOB_PORT": f"{port}", "RESULT_PORT": f"{free_ports(1)[0]}"}
        environment = clean(tree, **slow, **ports)
        with subprocess.Popen(
            [sys.executable, "transform.py"], cwd=tree, env=environment, stderr=subprocess.DEVNULL
        ) as worker:
            try:
                assert jobs.poll(20_000, zmq.POLLOUT), "no worker comes"
                jobs.send(msgpack.packb(said))
                code = worker.wait(20)
            finally:
                worker.kill()
    return {f"transform.py, a picture that takes longer than WORKER_HANG_S: {code}"}
