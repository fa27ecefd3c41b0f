"""Three tokens at the service: what each may do, and whose a job is."""

from __future__ import annotations

import pytest

from tests.stills.service.scripted import Service, Worker, running

CONTROL, GUEST, WORKER = "c" * 22, "g" * 22, "w" * 22
TOKENS = {"control_token": CONTROL, "guest_token": GUEST, "worker_token": WORKER}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("method", "path", "opened_by"),
    [
        ("GET", "/healthz", "-cgw"),
        ("GET", "/jobs", "cg"),
        ("GET", "/gallery", "cg"),
        ("GET", "/models", "cg"),
        ("GET", "/health", "cg"),
        ("GET", "/docs", "cg"),
        ("GET", "/openapi.json", "cg"),
        ("GET", "/metrics", "c"),
        ("POST", "/jobs", "cg"),
        ("POST", "/pictures", "cg"),
        ("POST", "/to-wall", "c"),
        ("POST", "/work/claim", "cw"),
        ("POST", "/work/beat", "cw"),
        ("GET", "/work/input", "cw"),
    ],
)
def test_which_token_opens_which_address(
    locked: Service, method: str, path: str, opened_by: str
) -> None:
    for sign, headers in {
        "-": {}, "c": bearer(CONTROL), "g": bearer(GUEST), "w": bearer(WORKER),
    }.items():  # fmt: skip
        status = locked.client.request(method, path, headers=headers).status_code
        assert (status not in (401, 403)) == (sign in opened_by), (path, sign, status)


@pytest.fixture(scope="module")
def locked():  # type: ignore[no-untyped-def] # a fixture
    with running(**TOKENS) as service:
        yield service


def test_a_guest_leaves_its_own_jobs_and_no_others(locked: Service) -> None:
    guest, body = bearer(GUEST), {"prompt": "of others", "owner": "others"}
    others = locked.client.post("/jobs", json=body, headers=guest).json()["id"]
    mine = locked.client.post("/jobs", json={"prompt": "mine"}, headers=guest).json()["id"]
    assert locked.client.delete(f"/jobs/{others}", headers=guest).status_code == 403
    all_of_it = locked.client.delete(f"/jobs/{others}?all=1", headers=guest)
    assert all_of_it.status_code == 403
    assert locked.client.delete(f"/jobs/{mine}", headers=guest).json()["state"] == "cancelled"
    done = locked.client.delete(f"/jobs/{others}?all=1", headers=bearer(CONTROL))
    assert done.json()["state"] == "cancelled"


def test_two_browsers_are_two_owners_and_take_turns(service: Service) -> None:
    one, two = ({"Cookie": "afterimage-owner=" + sign * 22} for sign in "ab")
    for number in range(3):
        service.client.post("/jobs", json={"prompt": f"one {number}"}, headers=one)
    service.client.post("/jobs", json={"prompt": "two"}, headers=two)
    worker = Worker(service)
    order = [worker.claim()["params"]["prompt"] for _ in range(4)]
    assert order == ["one 0", "two", "one 1", "one 2"]
    seen = service.client.get("/jobs", headers=two).json()["jobs"]
    assert [job["owner_is_me"] for job in seen] == [True, False, False, False]


def test_another_web_site_may_not_ask(service: Service) -> None:
    foreign = {"Origin": "http://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    for path in ("/jobs", "/pictures", "/work/claim", "/to-wall"):
        assert service.client.post(path, json={}, headers=foreign).status_code == 403
    named = {"Host": "elsewhere.example"}
    assert service.client.get("/jobs", headers=named).status_code == 403
