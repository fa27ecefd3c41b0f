"""Presets over HTTP: what is played, some of it, or values that nobody has to see first."""

from __future__ import annotations

import pytest

from tests.web.conftest import Host


def test_a_night_is_saved_without_going_black(shared: Host) -> None:
    before = shared.session.number
    answer = shared.client.put("/presets/night", json={"values": {"opacity": 0, "steps": "3"}})
    assert answer.status_code == 200
    kept = shared.client.get("/presets/night").json()["values"]
    assert kept == {"opacity": 0.0, "num_inference_steps": 3}
    assert shared.session.number == before
    assert shared.client.post("/presets/night/recall?glide_ms=600000").status_code == 200
    assert shared.session.played.opacity == 0
    assert shared.client.post("/undo").status_code == 200
    assert shared.session.played.opacity == 1


@pytest.mark.parametrize(
    "body",
    [
        {"values": 5},
        {"values": {"opacity": 0}, "fields": ["seed"]},
        {"values": {"opacity": 7}},
        {"values": {"prompt": "looked at by nobody"}},
        {"values": {}},
        {"fields": []},
    ],
)
def test_what_can_not_be_saved_is_a_sentence(shared: Host, body: object) -> None:
    answer = shared.client.put("/presets/odd", json=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]
    assert shared.client.get("/presets/odd").status_code == 404


def test_presets_are_named_anew_moved_and_have_a_picture_of_the_show(shared: Host) -> None:
    client = shared.client
    for name in ("b 10", "b 2", "c"):
        assert client.put(f"/presets/{name}", json={"parts": ["look"]}).status_code == 200
    listed = client.get("/presets").json()
    assert listed["names"] == ["b 2", "b 10", "c", "night"]
    assert [one["parts"] for one in listed["presets"]][:3] == [["look"]] * 3
    assert client.post("/presets/c/rename", json={"name": "what? & #1"}).status_code == 200
    assert client.post("/presets/what%3F & %231/move", json={"before": "b 2"}).status_code == 200
    assert client.get("/presets").json()["names"] == ["what? & #1", "b 2", "b 10", "night"]
    assert client.post("/presets/b 2/move", json={"before": "gone"}).status_code == 404
    assert client.post("/presets/b 2/rename", json={"name": 5}).status_code == 422
    picture = lambda: client.get("/presets").json()["presets"][0]["picture"]  # noqa: E731
    shared.wait_until("a picture", picture)
    answer = client.get(picture())
    assert answer.headers["content-type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
    assert len(answer.content) < 24 * 1024
    assert client.get("/presets/night/picture").status_code == 404
    assert client.delete("/presets/b 2").status_code == 200
    assert client.post("/undo").json()["saved"]["b 2"]["strength"] == 0.7
    assert "b 2" in client.get("/presets").json()["names"]


def test_no_picture_is_taken_while_the_source_itself_is_on_the_wall(shared: Host) -> None:
    shared.client.patch("/params?sure=true", json={"passthrough": True}).raise_for_status()
    shared.client.put("/presets/raw", json={"fields": ["strength"]}).raise_for_status()
    shared.client.patch("/params", json={"passthrough": False}).raise_for_status()
    assert shared.client.get("/presets/raw/picture").status_code == 404
    assert not shared.preview.watchers


def test_the_source_itself_is_asked_for_twice(shared: Host) -> None:
    answer = shared.client.get("/passthrough/true")
    assert answer.status_code == 428 and "ask once more" in answer.json()["detail"]
    assert shared.client.patch("/params", json={"passthrough": True}).status_code == 428
    assert not shared.session.played.passthrough


def test_the_safe_look_over_http(shared: Host) -> None:
    client = shared.client
    assert client.get("/safe").json()["own"] is False
    client.get("/prompt/a calm sea")
    assert client.put("/safe").json()["action"] == "set the safe look"
    client.get("/prompt/chaos")
    assert client.post("/safe").json()["change"]["prompt"] == "a calm sea"
    assert client.get("/safe").json()["values"]["prompt"] == "a calm sea"
    assert client.delete("/safe").json()["saved"] == {"": None}
    assert client.post("/safe?glide_ms=0").json()["action"] == "safe look"
