"""What the programs say and end with when they are started wrongly, or asked what they take."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from lib.config.settings import PrimarySettings, WorkerSettings
from tests.ports import free_ports
from tests.programs import PORTS, finish


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("app.py", PrimarySettings),
        ("transform.py", WorkerSettings),
        ("-mlib.ops.launch", PrimarySettings),
    ],
)
def test_help_names_every_setting(
    program: str, kind: type[PrimarySettings] | type[WorkerSettings]
) -> None:
    done = finish(program, "--help")
    assert done.returncode == 0
    for name, field in kind.model_fields.items():
        assert f"--{name} " in done.stdout
        assert " ".join(str(field.description).split()) in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--bogus"], "unrecognized arguments: --bogus"),
        (["--resolution", "513"], "resolution must be like 512 or 1024x576"),
        (["--resolution", "8x8"], "resolution must be like 512 or 1024x576"),
        (["--fps", "-1"], "fps must be greater than or equal to 0, not '-1'"),
        (["--fps", "nan"], "fps must"),
        (["--job_port", "70000"], "job_port must be less than or equal to 65535, not '70000'"),
        (["--mode", "vidoe"], "mode must be 'auto', 'pattern', 'video', 'camera', 'zmq' or"),
        (["--mode", "video"], "mode video needs a directory"),
        (["--directory", "/nowhere"], "directory /nowhere does not exist"),
        (["--directory", "/proc/self/fdinfo"], "holds no picture"),
        (["--slate", "/nowhere.png"], "slate /nowhere.png cannot be read"),
        (["--safety", "--safety_words=/nowhere"], "safety_words: /nowhere cannot be read"),
        (["--translation"], "translation needs translation_url or google_credentials"),
        (["--bind", "203.0.113.7"], "--bind 203.0.113.7 is not an address of this machine"),
        (["--dmx_bind", "the desk"], "dmx_bind must be an address such as 192.168.1.10"),
        (["--bind", "0.0.0.0"], "needs a token; automation/make-token.sh makes one"),
        (["--role", "control", "--bind", "0.0.0.0"], "needs a token"),
        (["--trusted_proxy", "127.0.0.1"], "a trusted_proxy opens the control port to others"),
        (["--allowed_names", "wall.example"], "allowed_names opens the control port to others"),
        (["--allowed_names", "http://wall"], "allowed_names must be names such as wall.example"),
        (["--guest_token", "g"], "without a CONTROL_TOKEN the GUEST_TOKEN keeps nobody out"),
        (["--control_token", "t", "--worker_token", "t"], "must each be another text"),
        (["--trusted_proxy", "*"], "trusted_proxy must be addresses such as 127.0.0.1"),
        (["--job_port", "6001", "--output_port", "6001"], "each needs a port of its own"),
        (["--windowed", "perhaps"], "windowed must be"),
        (["--directory", "/tmp/caf\udce9"], "directory must be a text in UTF-8"),
        (["--state_dir", "/tmp/caf\udce9"], "state_dir must be a text in UTF-8"),
        (["--slate=\udcff"], "slate must be a text in UTF-8"),
        (["--role=\udcff"], "role must be a text"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_2(flags: list[str], sentence: str) -> None:
    ports = [f"--{name}={port}" for name, port in zip(PORTS, free_ports(4), strict=True)]
    done = finish("app.py", *ports, *flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("app.py: ")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "program"), [*((name, "app.py") for name in PORTS), (PORTS[0], "-mlib.ops.launch")]
)
def test_a_port_in_use_is_one_sentence_and_code_2(name: str, program: str) -> None:
    ports = dict(zip(PORTS, free_ports(4), strict=True))
    flags = [f"--{name}={port}" for name, port in ports.items()]
    worker = [] if program == "app.py" else ["--engine=identity"]
    with socket.create_server(("127.0.0.1", ports[name])):
        done = finish(program, *flags, *worker)
    assert done.returncode == 2
    assert done.stderr == (
        f"app.py: port {ports[name]} is in use by another program; --{name} chooses another\n"
    )


def test_an_unreadable_env_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(b"FPS=\xff\xfe\n")
    done = finish("app.py", ENV_FILE=str(tmp_path / "env"))
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--engine", "magic"], "engine must be"),
        (["--warmup", "big"], "warmup must be"),
        (["--lora_dir", "\udcff"], "lora_dir must be a text in UTF-8"),
        (["--keys", "\udcff"], "keys must be a text in UTF-8"),
    ],
)
def test_a_workers_mistake_is_one_sentence_and_code_2(flags: list[str], sentence: str) -> None:
    done = finish("transform.py", *flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr and done.stderr.count("\n") == 1, done.stderr
