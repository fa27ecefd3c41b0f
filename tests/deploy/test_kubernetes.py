"""deploy/kubernetes and deploy/kubernetes-stills: each manifest by the schema, and all of them by
each other and the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from lib.config.settings import ROOT, PrimarySettings, WorkerSettings
from lib.core.still import Keep
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import private_ledger
from lib.stills.ledger.queue import Asker, StillRequest
from lib.stills.service.ledgers import Ledgers
from lib.stills.service.metrics import exposition
from lib.stills.service.parts import StillParts
from lib.stills.service.routes_state import counted
from tests.deploy.recipe import contents, stages

FOLDER = ROOT / "deploy" / "kubernetes"
STILLS = ROOT / "deploy" / "kubernetes-stills"  # what is added for many stills
VERSIONS = ("1.29", "1.37")  # the oldest that is meant to do, and the newest whose schema is here
# No part of Kubernetes itself, so there is no schema of theirs.
FOREIGN = {"kustomization.yaml", "prometheus-adapter.yaml", "service-monitor.yaml"}
NOT_APPLIED = {"secret.example.yaml", *FOREIGN}
THEIRS = {"postgres"}  # images that are not made here
PROGRAMS = {"app.py": PrimarySettings, "transform.py": WorkerSettings}
# Set for containers beside our settings, which the programs' libraries read.
OTHERS = {"HF_HOME"}

Manifest = dict[str, Any]


def read(name: str, folder: Path = FOLDER) -> list[Manifest]:
    return [one for one in yaml.safe_load_all((folder / name).read_text("utf-8")) if one]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.yaml"))


ALL = [
    (f"{folder.name}/{name}", one)
    for folder in (FOLDER, STILLS)
    for name in names(folder)
    if name not in FOREIGN
    for one in read(name, folder)
]


def of_kind(*kinds: str) -> list[Manifest]:
    return [one for _, one in ALL if one["kind"] in kinds]


RUN = of_kind("StatefulSet", "Deployment", "Job")
PODS = [pytest.param(one, id=one["metadata"]["name"]) for one in RUN]
OURS = [pytest.param(one, id=one["metadata"]["name"]) for one in RUN
        if one["metadata"]["name"] not in THEIRS]  # fmt: skip


def only(kind: str, name: str) -> Manifest:
    (found,) = [one for one in of_kind(kind) if one["metadata"]["name"] == name]
    return found


def pod(one: Manifest) -> Manifest:
    spec: Manifest = one["spec"]["template"]["spec"]
    return spec


def container(one: Manifest) -> Manifest:
    (found,) = pod(one)["containers"]
    return dict(found)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("one", [pytest.param(one, id=f"{n}-{one['kind']}") for n, one in ALL])
def test_it_fits_the_schema(one: Manifest, version: str) -> None:
    assert kubernetes_validate.validate(one, version, strict=True) == version


def test_the_schema_refuses_what_is_misspelt() -> None:
    wrong = only("Service", "primary") | {"spec": {"selektor": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_all_is_applied_but_examples_and_options() -> None:
    (listed,) = read("kustomization.yaml")
    assert set(listed["resources"]) == set(names(FOLDER)) - NOT_APPLIED
    (more,) = read("kustomization.yaml", STILLS)
    assert set(more["resources"]) == {"../kubernetes", *names(STILLS)} - NOT_APPLIED
    images = {f"{one['name']}:{one['newTag']}" for one in more["images"]}
    used = {container(one)["image"] for one in RUN}
    assert used == images
    assert listed["images"] == [one for one in more["images"] if one["name"] not in THEIRS]
    composed = [yaml.safe_load((ROOT / name).read_text("utf-8"))["services"].values()
                for name in ("compose.yaml", "compose.postgres.yaml")]  # fmt: skip
    assert used == {one["image"] for some in composed for one in some if "image" in one}
    for one in of_kind("Namespace"):
        assert one["metadata"]["name"] == "afterimage"
    for _, one in ALL:
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "afterimage"


def test_the_ports_are_the_defaults() -> None:
    wanted = {
        PrimarySettings.model_fields[f"{one}_port"].default
        for one in ("job", "settings", "output", "result", "stills", "signals")
    }
    service = only("Service", "primary")["spec"]["ports"]
    inside = {
        one["name"]: one["containerPort"]
        for one in container(only("StatefulSet", "primary"))["ports"]
    }
    assert {one["port"] for one in service} == set(inside.values()) == wanted
    assert all(inside[one["targetPort"]] == one["port"] for one in service)
    job, result, stills = (
        PrimarySettings.model_fields[name].default
        for name in ("job_port", "result_port", "stills_port")
    )
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    dialled = {p["port"] for p in policies["worker"]["egress"][0]["ports"]}
    let_in = [{p["port"] for p in rule["ports"]} for rule in policies["primary"]["ingress"]]
    assert dialled == let_in[0] == {job, result, stills}
    assert let_in[1] == wanted - {job, result}


def settings_of(one: Manifest) -> Iterator[tuple[str, str | None]]:
    """Name and value of all that is set in its container; secrets and fields have no value here."""
    inside = container(one)
    for source in inside.get("envFrom", []):
        if "configMapRef" in source:
            yield from only("ConfigMap", source["configMapRef"]["name"])["data"].items()
        else:
            secret = only("Secret", source["secretRef"]["name"])
            yield from ((name, None) for name in secret["stringData"])
    for entry in inside.get("env", []):
        yield entry["name"], entry.get("value")


@pytest.mark.parametrize("name", ["worker", "stills-worker"])
def test_workers_get_their_own_token_and_no_other(name: str) -> None:
    inside = container(only("Deployment", name))
    assert not any("secretRef" in source for source in inside["envFrom"])
    (token,) = [one for one in inside["env"] if "TOKEN" in one["name"]]
    secret = token["valueFrom"]["secretKeyRef"]
    assert token["name"] == secret["key"] == "WORKER_TOKEN"
    texts = only("Secret", secret["name"])["stringData"]
    assert {"CONTROL_TOKEN", "WORKER_TOKEN"} == set(texts)


@pytest.mark.parametrize("one", OURS)
def test_what_is_set_are_settings_with_allowed_values(one: Manifest) -> None:
    kind = PROGRAMS.get(container(one)["args"][0])
    given = {name: value for name, value in settings_of(one) if name not in OTHERS}
    if kind is None:
        assert not given
        return
    assert {name.lower() for name in given} <= set(kind.model_fields)
    kind(_env_file=None, **{name.lower(): v for name, v in given.items() if v is not None})


@pytest.mark.parametrize("one", PODS)
def test_nobody_has_more_rights_than_needed(one: Manifest) -> None:
    spec, inside = pod(one), container(one)
    assert spec["securityContext"]["runAsNonRoot"] is True
    user = f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}"
    if one["metadata"]["name"] not in THEIRS:
        assert stages()["primary"].last["USER"] == stages()["worker"].last["USER"] == user
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False
    assert inside["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


@pytest.mark.parametrize("one", PODS)
def test_what_it_mounts_is_there(one: Manifest) -> None:
    spec, inside = pod(one), container(one)
    claims = {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
    assert {mount["name"] for mount in inside["volumeMounts"]} == claims | {
        volume["name"] for volume in spec["volumes"]
    }
    for volume in spec["volumes"]:
        if "persistentVolumeClaim" in volume:
            only("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
    writable = {m["mountPath"] for m in inside["volumeMounts"] if not m.get("readOnly")}
    needed = {
        "primary": {"/tmp", "/state"},
        "worker": {"/tmp", "/cache"},
        "stills-worker": {"/tmp", "/cache"},
        "postgres": {"/tmp", "/dev/shm", "/var/run/postgresql", "/var/lib/postgresql/data"},
        "weights": {"/tmp", "/models"},
    }
    assert writable == needed[one["metadata"]["name"]]


@pytest.mark.parametrize("one", OURS)
def test_what_it_starts_and_asks_is_in_the_image(one: Manifest) -> None:
    inside = container(one)
    image = inside["image"].split(":")[0].removeprefix("afterimage-")
    files = contents(image)
    first, *rest = inside["args"]
    assert first in files or f"{rest[0].replace('.', '/')}.py" in files
    for probe in ("startupProbe", "livenessProbe"):
        if probe in inside:
            words = inside[probe]["exec"]["command"]
            assert words[1] in files and words[2] == "lives"
            assert inside[probe]["timeoutSeconds"] > 4, "longer than the check itself waits"


def test_ready_means_that_pictures_flow_and_workers_find_it_before() -> None:
    probe = container(only("StatefulSet", "primary"))["readinessProbe"]["httpGet"]
    assert probe == {"path": "/healthz", "port": "http"}
    service = only("Service", "primary")["spec"]
    assert service["publishNotReadyAddresses"] is True
    assert only("StatefulSet", "primary")["spec"]["serviceName"] == "primary"
    assert dict(settings_of(only("Deployment", "worker")))["PRIMARY_HOSTNAME"] == "primary"


def test_labels_find_whom_they_mean() -> None:
    labels = {
        one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"]
        for one in of_kind("StatefulSet", "Deployment", "Job")
    }
    for one in of_kind("StatefulSet", "Deployment"):
        assert one["spec"]["selector"]["matchLabels"] == labels[one["metadata"]["name"]]
    for name in ("primary", "worker"):
        assert only("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"] == labels[name]
    for service in of_kind("Service"):
        assert service["spec"]["selector"] == labels[service["metadata"]["name"]]
    for policy in of_kind("NetworkPolicy"):
        chosen = policy["spec"]["podSelector"].get("matchLabels")
        name = policy["metadata"]["name"].removesuffix("-to-ledger")
        assert chosen is None or chosen == labels[name]
        rules = [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]
        peers = [peer for rule in rules for peer in (*rule.get("to", []), *rule.get("from", []))]
        for peer in peers:
            met = peer.get("podSelector", {}).get("matchLabels")
            assert met is None or met in labels.values()
    (monitor,) = read("service-monitor.yaml")
    assert (
        monitor["spec"]["selector"]["matchLabels"]
        == only("Service", "primary")["metadata"]["labels"]
    )
    assert [one["port"] for one in monitor["spec"]["endpoints"]] == ["http", "stills"]
    for endpoint in monitor["spec"]["endpoints"]:
        key = endpoint["authorization"]["credentials"]
        assert key["key"] in only("Secret", key["name"])["stringData"]


@pytest.mark.parametrize("name", ["worker", "stills-worker"])
def test_a_worker_has_one_gpu_and_they_are_never_all_replaced_at_once(name: str) -> None:
    worker = only("Deployment", name)
    resources = container(worker)["resources"]
    assert resources["requests"]["nvidia.com/gpu"] == resources["limits"]["nvidia.com/gpu"] == 1
    assert worker["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert "replicas" not in worker["spec"], "the autoscaler's number would be set back"


def test_the_scaler_asks_for_figures_that_are_made() -> None:
    asked = set()
    for one in of_kind("HorizontalPodAutoscaler"):
        target = one["spec"]["scaleTargetRef"]
        assert (target["kind"], target["apiVersion"]) == ("Deployment", "apps/v1")
        assert target["name"] == one["metadata"]["name"]
        only("Deployment", target["name"])
        asked |= {metric["external"]["metric"]["name"] for metric in one["spec"]["metrics"]}
    (values,) = read("prometheus-adapter.yaml")
    assert asked == {rule["name"]["as"] for rule in values["rules"]["external"]}
    for rule in values["rules"]["external"]:
        series = re.match(r"\w+", rule["seriesQuery"])
        assert series and series[0] in rule["metricsQuery"]


def test_the_figure_of_stills_is_one_that_their_service_tells() -> None:
    (values,) = read("prometheus-adapter.yaml")
    (rule,) = [one for one in values["rules"]["external"] if "stills" in one["name"]["as"]]
    ledgers = Ledgers(private_ledger(), private_ledger())
    for prompt in ("a", "b"):
        asker = Asker("somebody", keep=Keep.NONE)
        ledgers.kept.queue.submit(StillRequest({"prompt": prompt}), asker)
    ledgers.kept.leases.claim(Offer("a claim of one"))
    settings = PrimarySettings(_env_file=None)
    parts = StillParts.of(settings, ledgers, ROOT)
    told = exposition(counted(parts), parts, {}).decode()
    parts.close()
    ledgers.close()
    series, wanted = re.findall(r'(\w+)\{state=~"([^"]+)"', rule["metricsQuery"])[0]
    lines = [line for line in told.splitlines() if line.startswith(series + "{")]
    found = [line for line in lines if re.search(rf'state="({wanted})"', line)]
    assert sum(float(line.split()[-1]) for line in found) == 2, told


def test_the_ledger_is_reached_by_the_primary_alone_and_is_as_its_secret_says() -> None:
    secret = only("Secret", "afterimage-ledger")["stringData"]
    inside = container(only("StatefulSet", "primary"))
    asked = {
        one["name"]: one["valueFrom"]["secretKeyRef"]
        for one in inside["env"]
        if one["name"].startswith("LEDGER")
    }
    assert set(asked) == {"LEDGER", "LEDGER_KEY"} and set(asked) < set(secret)
    assert all(one["key"] == name and one["optional"] for name, one in asked.items())
    (volume,) = [v["secret"] for v in pod(only("StatefulSet", "primary"))["volumes"]
                 if v["name"] == "ledger-key"]  # fmt: skip
    assert volume["optional"] and volume["defaultMode"] == 0o440
    assert volume["items"][0]["key"] in secret
    (mount,) = [m["mountPath"] for m in inside["volumeMounts"] if m["name"] == "ledger-key"]
    text = (FOLDER / "secret.example.yaml").read_text("utf-8")
    assert f"LEDGER_KEY={mount}/{volume['items'][0]['path']} " in text
    service = only("Service", "postgres")["spec"]["ports"][0]["port"]
    assert "@postgres/afterimage " in text and service == 5432
    asked_for = {one["name"] for one in container(only("StatefulSet", "postgres"))["env"]}
    assert {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"} <= asked_for
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    let_in, out = policies["postgres"]["ingress"], policies["primary-to-ledger"]["egress"]
    assert [one["ports"][0]["port"] for one in (*let_in, *out)] == [service, service]
    assert policies["stills-worker"]["egress"][0]["ports"] == [
        {"protocol": "TCP", "port": PrimarySettings.model_fields["stills_port"].default}
    ]


def test_each_has_the_keys_that_it_needs_and_no_more() -> None:
    there = set(only("Secret", "afterimage-keys")["stringData"])
    held = {}
    for name in ("primary", "worker"):
        one = only("StatefulSet" if name == "primary" else "Deployment", name)
        (keys,) = [volume["secret"] for volume in pod(one)["volumes"] if volume["name"] == "keys"]
        assert keys["secretName"] == "afterimage-keys"
        assert all(item["key"] == item["path"] for item in keys["items"])
        assert keys["defaultMode"] == 0o440, "readable by the group that root lends them to"
        held[one["metadata"]["name"]] = {item["key"] for item in keys["items"]}
        mounts = {m["name"]: m["mountPath"] for m in container(one)["volumeMounts"]}
        assert dict(settings_of(one))["KEYS"] == mounts["keys"]
    assert held["primary"] | held["worker"] <= there
    assert held["worker"] == {"primary.key", "worker.key_secret"}
    assert "worker.key_secret" not in held["primary"]


def test_no_secret_is_given_away() -> None:
    for secret in of_kind("Secret"):
        assert set(secret["stringData"].values()) == {"change-me"}
    sources = container(only("StatefulSet", "primary"))["envFrom"]
    assert sources[1] == {"secretRef": {"name": "afterimage"}}
