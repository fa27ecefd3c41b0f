"""docs/licenses.md names whatever the locks install."""

from __future__ import annotations

import re

import pytest

from lib.config.settings import ROOT

PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[.*\])?==", re.MULTILINE)


@pytest.mark.parametrize(
    "lock", ["requirements-light.lock", "requirements.lock", "requirements-cuda.lock"]
)
def test_each_package_that_is_installed_is_named_with_its_licence(lock: str) -> None:
    page = (ROOT / "docs" / "licenses.md").read_text("utf-8").lower()
    packages = set(PINNED.findall((ROOT / lock).read_text("utf-8").lower()))
    assert packages
    missing = {
        name
        for name in packages
        if not re.search(rf"^\|[^|]*\b{re.escape(name)}\b", page, re.MULTILINE)
        and not name.startswith("nvidia-")
    }
    assert not missing, f"docs/licenses.md has no row for {sorted(missing)}"
