"""deploy/kubernetes: each manifest by the schema, and all of them by each other and the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from lib.config.settings import ROOT, PrimarySettings, WorkerSettings
from tests.deploy.recipe import contents, stages

FOLDER = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.29", "1.37")  # the oldest that is meant to do, and the newest whose schema is here
# No part of Kubernetes itself, so there is no schema of theirs.
FOREIGN = {"kustomization.yaml", "prometheus-adapter.yaml", "service-monitor.yaml"}
NOT_APPLIED = {"secret.example.yaml", *FOREIGN}
PROGRAMS = {"app.py": PrimarySettings, "transform.py": WorkerSettings}
# Set for containers beside our settings, which the programs' libraries read.
OTHERS = {"HF_HOME"}

Manifest = dict[str, Any]


def read(name: str) -> list[Manifest]:
    return [one for one in yaml.safe_load_all((FOLDER / name).read_text("utf-8")) if one]


NAMES = sorted(path.name for path in FOLDER.glob("*.yaml"))
ALL = [(name, one) for name in NAMES if name not in FOREIGN for one in read(name)]


def of_kind(*kinds: str) -> list[Manifest]:
    return [one for _, one in ALL if one["kind"] in kinds]


PODS = [
    pytest.param(one, id=one["metadata"]["name"])
    for one in of_kind("StatefulSet", "Deployment", "Job")
]


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
    assert set(listed["resources"]) == set(NAMES) - NOT_APPLIED
    images = {f"{one['name']}:{one['newTag']}" for one in listed["images"]}
    used = {container(one)["image"] for one in of_kind("StatefulSet", "Deployment", "Job")}
    assert used == images
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"].values()
    assert used == {service["image"] for service in compose}
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


def test_workers_get_their_own_token_and_no_other() -> None:
    inside = container(only("Deployment", "worker"))
    assert not any("secretRef" in source for source in inside["envFrom"])
    (token,) = [one for one in inside["env"] if "TOKEN" in one["name"]]
    secret = token["valueFrom"]["secretKeyRef"]
    assert token["name"] == secret["key"] == "WORKER_TOKEN"
    texts = only("Secret", secret["name"])["stringData"]
    assert {"CONTROL_TOKEN", "WORKER_TOKEN"} == set(texts)


@pytest.mark.parametrize("one", PODS)
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
        "weights": {"/tmp", "/models"},
    }
    assert writable == needed[one["metadata"]["name"]]


@pytest.mark.parametrize("one", PODS)
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
    for name in ("primary", "worker"):
        kind = "StatefulSet" if name == "primary" else "Deployment"
        assert only(kind, name)["spec"]["selector"]["matchLabels"] == labels[name]
        assert only("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"] == labels[name]
    assert only("Service", "primary")["spec"]["selector"] == labels["primary"]
    for policy in of_kind("NetworkPolicy"):
        chosen = policy["spec"]["podSelector"].get("matchLabels")
        assert chosen is None or chosen == labels[policy["metadata"]["name"]]
    (monitor,) = read("service-monitor.yaml")
    assert (
        monitor["spec"]["selector"]["matchLabels"]
        == only("Service", "primary")["metadata"]["labels"]
    )
    assert monitor["spec"]["endpoints"][0]["port"] == "http"
    key = monitor["spec"]["endpoints"][0]["authorization"]["credentials"]
    assert key["key"] in only("Secret", key["name"])["stringData"]


def test_a_worker_has_one_gpu_and_they_are_never_all_replaced_at_once() -> None:
    worker = only("Deployment", "worker")
    resources = container(worker)["resources"]
    assert resources["requests"]["nvidia.com/gpu"] == resources["limits"]["nvidia.com/gpu"] == 1
    assert worker["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert "replicas" not in worker["spec"], "the autoscaler's number would be set back"


def test_the_scaler_asks_for_figures_that_are_made() -> None:
    scaler = only("HorizontalPodAutoscaler", "worker")["spec"]
    target = scaler["scaleTargetRef"]
    assert (target["kind"], target["apiVersion"]) == ("Deployment", "apps/v1")
    only("Deployment", target["name"])
    (values,) = read("prometheus-adapter.yaml")
    made = {rule["name"]["as"] for rule in values["rules"]["external"]}
    assert {metric["external"]["metric"]["name"] for metric in scaler["metrics"]} == made
    for rule in values["rules"]["external"]:
        series = re.match(r"\w+", rule["seriesQuery"])
        assert series and series[0] in rule["metricsQuery"]


def test_each_has_the_keys_that_it_needs_and_no_more() -> None:
    there = set(only("Secret", "afterimage-keys")["stringData"])
    held = {}
    for one in of_kind("StatefulSet", "Deployment"):
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
