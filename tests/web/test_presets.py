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
