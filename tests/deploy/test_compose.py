"""compose.yaml: its form, and that it agrees with the settings, the images and the house rules."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lib.config.settings import ROOT, PrimarySettings, WorkerSettings
from tests.deploy.recipe import contents, stages

BIN = Path(sys.executable).parent
FILES = (
    "compose.yaml", "compose.camera.yaml", "compose.signals.yaml", "compose.postgres.yaml",
)  # fmt: skip
PORTS = {"job_port", "settings_port", "output_port", "result_port", "stills_port", "signals_port"}
# Ours to say where compose is called; no settings of the programs.
ASKED = {"PUBLISH", "PRIMARY", "CAMERA_DEVICE", "SERIAL_DEVICE", "POSTGRES_PASSWORD"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("name", FILES)
def test_the_form_is_right(name: str) -> None:
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / name],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def default(text: object) -> str:
    """What `${NAME:-value}` and `${NAME:+value}` are where nobody sets it."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(text))
    return re.sub(r"\$\{\w+:\+[^}]*\}", "", text)


def volumes(service: dict[str, Any]) -> dict[str, str]:
    """Where something is mounted, and what: a path, or the name of a volume."""
    found = {}
    for volume in service.get("volumes", []):
        if isinstance(volume, str):
            source, target = volume.split(":")[:2]
            found[target] = source
        else:
            assert volume["type"] == "bind", volume
            found[volume["target"]] = f"./{default(volume['source'])}"
    return found


def program(service: dict[str, Any]) -> type[PrimarySettings] | type[WorkerSettings]:
    target = stages()[service["build"]["target"]]
    words = service.get("command") or target.words("CMD")
    return PrimarySettings if words[0] == "app.py" else WorkerSettings


def test_what_is_set_are_settings_with_allowed_values(compose: dict[str, Any]) -> None:
    camera = yaml.safe_load((ROOT / "compose.camera.yaml").read_text("utf-8"))["services"]
    for name, service in compose["services"].items():
        kind = program(service)
        given = {**service["environment"], **camera.get(name, {}).get("environment", {})}
        if kind is WorkerSettings:  # taken away, since .env has them
            assert given.pop("CONTROL_TOKEN") == given.pop("GUEST_TOKEN") == ""
        assert {key.lower() for key in given} <= set(kind.model_fields), name
        values = {key.lower(): default(value) for key, value in given.items()}
        made = kind(_env_file=None, **values)
        for port in PORTS & set(kind.model_fields):
            assert getattr(made, port) == kind.model_fields[port].default


def test_every_variable_is_a_setting_or_explained() -> None:
    for name in FILES:
        text = (ROOT / name).read_text("utf-8")
        for variable in re.findall(r"\$\{(\w+)", text):
            known = {*PrimarySettings.model_fields, *WorkerSettings.model_fields}
            assert variable in ASKED or variable.lower() in known, variable
    for variable in ASKED:
        assert variable in (ROOT / "docs" / "containers.md").read_text("utf-8")


def test_the_ports_are_those_of_the_program_and_open_to_nobody_else(
    compose: dict[str, Any],
) -> None:
    published = [default(port) for port in compose["services"]["primary"]["ports"]]
    wanted = {
        f"127.0.0.1:{p}:{p}" for p in (PrimarySettings.model_fields[name].default for name in PORTS)
    }
    assert set(published) == wanted
    for name, service in compose["services"].items():
        assert name == "primary" or "ports" not in service


def test_nothing_starts_without_a_token(compose: dict[str, Any]) -> None:
    given = compose["services"]["primary"]["environment"]["CONTROL_TOKEN"]
    assert given.startswith("${CONTROL_TOKEN:?")


def test_the_database_is_met_by_the_primary_alone_and_asks_for_a_password(
    compose: dict[str, Any],
) -> None:
    more = yaml.safe_load((ROOT / "compose.postgres.yaml").read_text("utf-8"))
    database, ledger = more["services"]["postgres"], more["services"]["primary"]["environment"]
    given = database["environment"]
    assert given["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    address = re.sub(r"\$\{[^}]*\}", "secret", ledger["LEDGER"])
    made = PrimarySettings(_env_file=None, ledger=address)  # type: ignore[call-arg] # pydantic's own
    user, name = given["POSTGRES_USER"], given["POSTGRES_DB"]
    assert made.ledger == f"postgresql://{user}:secret@postgres/{name}"
    assert "ports" not in database
    assert set(database["networks"]) <= set(compose["services"]["primary"]["networks"])
    assert database["profiles"] == compose["services"]["primary"]["profiles"]
    assert {one.split(":")[0] for one in database["volumes"]} == set(more["volumes"])


def test_workers_get_their_own_token_and_no_other(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        given = service["environment"]
        if program(service) is WorkerSettings:
            assert given["CONTROL_TOKEN"] == given["GUEST_TOKEN"] == "", name  # over .env's
            assert given["WORKER_TOKEN"] == "${WORKER_TOKEN:-}", name
        else:
            assert "WORKER_TOKEN" not in given, "as .env has it"


def test_workers_find_the_primary_by_its_name(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if program(service) is WorkerSettings:
            assert default(service["environment"]["PRIMARY_HOSTNAME"]) == "primary", name
            assert set(service["networks"]) & set(compose["services"]["primary"]["networks"])
    assert compose["services"]["primary"]["hostname"] == "primary"


def test_the_cpu_profile_asks_for_no_gpu_and_each_gpu_has_its_own_worker(
    compose: dict[str, Any],
) -> None:
    gpus = []
    for name, service in compose["services"].items():
        devices = service.get("deploy", {}).get("resources", {}).get("reservations", {})
        if "cpu" in service["profiles"]:
            assert not devices, name
            assert service["build"]["target"] == "primary", "no torch is built for it"
        gpus += [one["device_ids"] for one in devices.get("devices", [])]
    assert gpus == [["0"], ["1"]]
    assert {"cpu", "gpu"} <= set(compose["services"]["primary"]["profiles"])


def test_everything_is_locked_and_writes_where_it_may(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service and "network_mode" not in service, name
        stage = stages()[service["build"]["target"]]
        mounted = {*volumes(service), *(one.split(":")[0] for one in service["tmpfs"])}
        needed = {"/tmp"} | (set() if program(service) is WorkerSettings else {"/state"})
        needed |= {"/models", "/cache"} if stage.name == "worker" else set()
        assert needed <= mounted, name
        named = {source for source in volumes(service).values() if source[0] != "."}
        assert named <= set(compose["volumes"])


def test_keys_are_where_each_program_looks_for_them(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.sub(r"\$\{KEYS:\+(.*)\}", r"\1", service["environment"]["KEYS"]) == "/keys"
        assert volumes(service)["/keys"] == "./keys", name
        (keys,) = [one for one in service["volumes"] if isinstance(one, dict)]
        assert keys["read_only"] is True


def test_what_is_started_is_in_the_image(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        stage = stages()[service["build"]["target"]]
        files = contents(stage.name)
        check = service.get("healthcheck", {}).get("test", ["CMD", *stage.words("HEALTHCHECK")])
        assert check[:2] == ["CMD", "python"] and check[2] in files
        assert check[3] == ("flows" if program(service) is PrimarySettings else "lives"), name
        assert (service.get("command") or stage.words("CMD"))[0] in files
