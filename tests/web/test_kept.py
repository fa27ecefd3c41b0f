"""Presets and cues over HTTP."""

from __future__ import annotations

import pytest

from tests.web.conftest import Host


def test_a_preset_is_saved_listed_recalled_and_deleted(shared: Host) -> None:
    name = "Nacht & Tag: 夜 100%"
    shared.client.get("/seed/11")
    saved = shared.client.put("/presets/Nacht %26 Tag: 夜 100%25")
    assert saved.status_code == 200 and saved.json()["action"] == f"save preset {name}"
    assert name in shared.client.get("/presets").json()["names"]
    shared.client.get("/seed/12")
    entry = shared.client.post(
        "/presets/Nacht %26 Tag: 夜 100%25/recall", params={"glide_ms": 0}
    ).json()
    assert (entry["action"], entry["change"]["seed"]) == (f"preset {name}", 11)
    shared.client.get("/seed/12")
    assert shared.client.get("/preset/Nacht & Tag: 夜 100%25").status_code == 200, "for phones"
    assert shared.session.played.seed == 11
    assert shared.client.get("/presets/Nacht %26 Tag: 夜 100%25").json()["values"]["seed"] == 11
    assert shared.client.delete("/presets/Nacht %26 Tag: 夜 100%25").status_code == 200
    assert name not in shared.client.get("/presets").json()["names"]


def test_a_preset_of_some_fields_changes_only_these(shared: Host) -> None:
    shared.client.patch("/params", json={"seed": 1, "strength": 0.2})
    shared.client.put("/presets/soft", json={"fields": ["strength"]}).raise_for_status()
    shared.client.patch("/params", json={"seed": 2, "strength": 0.9})
    shared.client.post("/presets/soft/recall").raise_for_status()
    assert (shared.session.played.seed, shared.session.played.strength) == (2, 0.2)


@pytest.mark.parametrize(
    ("request_line", "body", "status", "sentence"),
    [
        ("POST /presets/nowhere/recall", None, 404, "there is no preset 'nowhere'"),
        ("GET /preset/nowhere", None, 404, "there is no preset"),
        ("DELETE /presets/nowhere", None, 404, "there is no preset"),
        ("PUT /presets/a/b", None, 422, "no slashes"),
        ("PUT /presets/%2e%2e%2fparams", None, 422, "no slashes"),
        ("PUT /presets/", None, 422, "1 to 64 characters"),
        ("PUT /presets/" + "x" * 65, None, 422, "1 to 64 characters"),
        ("PUT /presets/a%00", None, 422, "visible characters"),
        ("PUT /presets/a", {"fields": {"prompt": "unseen"}}, 422, "a list of names"),
        ("PUT /presets/a", {"fields": ["colour"]}, 422, "there is no control 'colour'"),
        ("PUT /presets/a", [], 422, "must be a JSON object"),
        ("PUT /cues", {"cues": [{"preset": "a"}]}, 422, "cue 1 needs either after_s or at"),
        ("PUT /presets/a", {"fields": [5]}, 422, "fields must be a list of names such as"),
        ("PUT /presets/a", {"values": 5}, 422, "values must be an object such as"),
        ("PUT /presets/a", {"fields": ["take"], "values": {}}, 422, "values must be an object"),
        ("PUT /presets/a", {"fields": []}, 422, "a preset holds at least one control"),
        ("PUT /cues", 5, 422, "cues are sent as"),
        ("PUT /cues", {"cues": [{"preset": "a", "at": 5}]}, 422, "cue 1: at must be a time of"),
        ("POST /cues/back", None, 409, "this is the first cue"),
        ("POST /cues/dance", None, 404, "nothing is at this address"),
        ("POST /redo", None, 409, "there is nothing to redo"),
    ],
)
def test_what_is_not_there_or_not_allowed_is_a_sentence(
    shared: Host, request_line: str, body: object, status: int, sentence: str
) -> None:
    method, path = request_line.split()
    more = {} if body is None else {"json": body}
    answer = shared.client.request(method, path, **more)  # type: ignore[arg-type]
    assert (answer.status_code, set(answer.json())) == (status, {"detail"})
    assert sentence in answer.json()["detail"]


def test_cues_run_and_are_stepped_through(shared: Host) -> None:
    for number, name in enumerate(("dawn", "dusk")):
        shared.client.get(f"/seed/{number}")
        shared.client.put(f"/presets/{name}").raise_for_status()
    sheet = {
        "loop": True,
        "cues": [{"preset": "dawn", "after_s": 60.0}, {"preset": "dusk", "after_s": 60.0}],
    }
    assert shared.client.put("/cues", json=sheet).json()["sheet"] == sheet
    assert shared.client.post("/cues/start").json()["state"]["running"]
    state = shared.client.post("/cues/go").json()["state"]
    assert shared.session.played.seed == state["position"]
    assert shared.client.post("/cues/pause").json()["state"]["paused"]
    assert not shared.client.post("/cues/resume").json()["state"]["paused"]
    assert shared.client.get("/status").json()["cues"]["running"]
    assert not shared.client.post("/cues/stop").json()["state"]["running"]
    assert shared.client.post("/cues/stop").status_code == 409
