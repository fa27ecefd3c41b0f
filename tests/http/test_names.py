"""The names of a proxy in front: what counts as ours, and what does not."""

from __future__ import annotations

import pytest

from lib.config.access import AccessSettings
from lib.http.names import OwnNames

NAMES = OwnNames("127.0.0.1", "wall.example.com,stills.example.com:8443")


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("wall.example.com", True),
        ("WALL.example.com:443", True),
        ("wall.example.com.", True),
        ("stills.example.com:8443", True),
        ("localhost:5556", True),
        ("127.0.0.1", True),
        ("example.com", False),
        ("evil.wall.example.com", False),
        ("wall.example.com.evil.example", False),
        ("", False),
    ],
)
def test_a_proxy_s_name_is_ours(host: str, is_ours: bool) -> None:
    assert NAMES.is_ours(host) is is_ours


@pytest.mark.parametrize(
    ("host", "origin", "is_ours"),
    [
        # The proxy passes on the name that its visitors use.
        ("wall.example.com", "https://wall.example.com", True),
        ("wall.example.com", "https://WALL.example.com", True),
        ("wall.example.com:8080", "https://wall.example.com:8080", True),
        ("wall.example.com", "https://wall.example.com:8080", False),
        # It passes on the address that it dials.
        ("127.0.0.1:5556", "https://wall.example.com", True),
        ("localhost:5559", "https://stills.example.com:8443", True),
        ("localhost:5559", "https://stills.example.com", False),
        ("localhost:5556", "http://localhost:5556", True),
        ("localhost:5556", "http://localhost:5559", False),
        ("wall.example.com", "https://stills.example.com:8443", False),
        ("stills.example.com:8443", "https://wall.example.com", False),
        ("wall.example.com", "https://evil.example", False),
        ("127.0.0.1:5556", "https://evil.example", False),
        ("wall.example.com", "null", False),
    ],
)
def test_a_page_behind_a_proxy_is_ours(host: str, origin: str, is_ours: bool) -> None:
    for sign in ({"origin": origin}, {"referer": f"{origin}/page"}):
        assert (NAMES.why_foreign({"host": host, **sign}) == "") is is_ours


def test_names_and_networks_of_proxies_are_read_leniently() -> None:
    read = AccessSettings(allowed_names=" Wall.Example.com, b:8443,", trusted_proxy="10.0.0.9/8, ")
    assert read.allowed_names == "wall.example.com,b:8443"
    assert read.trusted_proxy == "10.0.0.0/8"
