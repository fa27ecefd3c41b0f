"""Which names a service answers to, and whether another web site may have caused a request.

Every web page that somebody on this machine opens can send requests here. So a request must be
addressed to one of our names: a foreign name that points to our address (DNS rebinding) would make
a foreign page look like ours. And a changing request must not come from another site's page.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

EVERYWHERE = ("0.0.0.0", "::", "*")


class OwnNames:
    """The names of this machine, and those that a proxy in front of it has."""

    def __init__(self, bind: str, allowed: str = "") -> None:
        self._bind = bind.lower()
        self._allowed = {name for name in allowed.lower().split(",") if name}
        self._of_proxies = set(map(name_of, self._allowed))
        self._names = {*_machine_names(), *self._of_proxies}

    def is_ours(self, host: str) -> bool:
        """Whether a `Host` is one of our names."""
        name = name_of(host)
        if name in self._names or name == self._bind:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A numeric address cannot be a foreign name; `bind` decides which ones reach us.
        return address.is_loopback or self._bind in EVERYWHERE

    def why_foreign(self, headers: Mapping[str, str]) -> str:
        """Why a page of another web site may have caused a changing request; empty if none can
        have."""
        sentence = "a page of another site may not change anything here"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return sentence
        host = headers.get("host", "").lower()
        for name in ("origin", "referer"):
            origin = headers.get(name)
            if origin is not None and not self._is_our_page(_site_of(origin), host):
                return sentence
        if "prefetch" in headers.get("sec-purpose", ""):
            return "a browser's prefetch may not change anything here"
        return ""

    def _is_our_page(self, site: str, host: str) -> bool:
        """A proxy may pass on the name that its visitors use, or the address that it dials."""
        return site == host or (site in self._allowed and name_of(host) not in self._of_proxies)


def name_of(host: str) -> str:
    """The name or address in a `Host`, without its port; empty if there is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _machine_names() -> set[str]:
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name.split('.')[0]}.local"}


def _site_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
