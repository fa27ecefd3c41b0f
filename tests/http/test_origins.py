"""Pages of other origins: those that are named may read and play, all others may not."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from lib.http.origins import AllowedOrigins
from tests.web.conftest import Host, running_host

TOKEN = "a-token-of-the-test-0123456789"
OURS, OTHER = "https://show.example.com", "https://evil.example"
PICTURE_FROM = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with running_host(allowed_origins=f"{OURS}, http://localhost:3000") as host:
        yield host


@pytest.fixture(scope="module")
def locked() -> Iterator[Host]:
    with running_host(allowed_origins=OURS, control_token=TOKEN) as host:
        yield host


def asked(host: Host, path: str, origin: str, method: str = "GET", **more: str) -> httpx.Response:
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site", **more}
    return host.client.request(method, path, headers=headers)


def test_a_trusted_page_reads_and_plays(host: Host) -> None:
    answer = asked(host, "/status", OURS)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OURS
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    assert asked(host, "/seed/77", "http://localhost:3000").status_code == 200
    assert host.session.played.seed == 77
    patched = host.client.patch("/params", json={"seed": 78}, headers={"Origin": OURS})
    assert patched.status_code == 200 and host.session.played.seed == 78
    wrong = asked(host, "/seed/x", OURS)
    assert wrong.status_code == 422 and wrong.headers["access-control-allow-origin"] == OURS


@pytest.mark.parametrize(
    "origin", [OTHER, f"{OURS}.evil.example", "http://show.example.com", f"{OURS}:8443", "null", ""]
)
def test_every_other_page_stays_outside(host: Host, origin: str) -> None:
    answer = asked(host, "/status", origin)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    seed = host.session.played.seed
    assert asked(host, "/seed/5", origin).status_code == 403
    assert asked(host, "/params", origin, "OPTIONS").status_code in (403, 405)
    assert host.session.played.seed == seed


def test_a_browser_may_ask_beforehand(host: Host, locked: Host) -> None:
    for one in (host, locked):  # a browser shows no token when it asks
        answer = asked(
            one, "/params", OURS, "OPTIONS", **{"Access-Control-Request-Method": "PATCH"}
        )
        assert (answer.status_code, answer.content) == (204, b"")
        assert "PATCH" in answer.headers["access-control-allow-methods"]
        assert "authorization" in answer.headers["access-control-allow-headers"]
        assert answer.headers["access-control-allow-origin"] == OURS
    foreign = asked(host, "/params", OTHER, "OPTIONS", **{"Access-Control-Request-Method": "PATCH"})
    assert foreign.status_code == 403 and "access-control-allow-methods" not in foreign.headers


def test_a_token_is_needed_all_the_same(locked: Host) -> None:
    refused = asked(locked, "/seed/5", OURS)
    assert refused.status_code == 401 and refused.headers["access-control-allow-origin"] == OURS
    shown = asked(locked, "/seed/5", OURS, Authorization=f"Bearer {TOKEN}")
    assert shown.status_code == 200 and locked.session.played.seed == 5


def test_a_trusted_page_may_show_the_picture(host: Host) -> None:
    """A browser asks for a picture without an Origin, and says where the page is."""
    shown = host.client.get("/healthz", headers={**PICTURE_FROM, "Referer": f"{OURS}/"})
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    for referer in ({"Referer": f"{OTHER}/{OURS}"}, {}):
        kept = host.client.get("/healthz", headers={**PICTURE_FROM, **referer})
        assert kept.headers["cross-origin-resource-policy"] == "same-origin"
    policy = host.client.get("/picture").headers["content-security-policy"]
    assert f"frame-ancestors http://localhost:3000 {OURS}" in policy
    assert "frame-ancestors 'none'" in host.client.get("/").headers["content-security-policy"]


def test_nobody_is_trusted_where_nobody_is_named() -> None:
    origins = AllowedOrigins("")
    for headers in (
        {"origin": ""},
        {"referer": ""},
        {"origin": "null"},
        {"referer": "http://[::1"},
    ):
        assert origins.asking(headers) == ""
    assert origins.answer("", ((b"a", b"b"),), may_frame=True) == ((b"a", b"b"),)
