"""Which settings workers are sent."""

from __future__ import annotations

import pytest

from lib.ops.fleet.env import for_workers


def test_only_what_a_worker_knows_and_does_not_own() -> None:
    text = "QUALITY=80\nCONTROL_TOKEN=secret\nWORKER_ID=here\nKEYS=/keys\nHF_HOME=/weights\nODD=1\n"
    assert for_workers(text) == {"QUALITY": "80", "HF_HOME": "/weights"}


@pytest.mark.parametrize(
    ("name", "is_sent"), [("wall.local", True), ("localhost", False), ("127.0.0.1", False)]
)
def test_a_name_of_this_machine_for_itself_is_none_for_others(name: str, is_sent: bool) -> None:
    assert ("PRIMARY_HOSTNAME" in for_workers(f"PRIMARY_HOSTNAME={name}\n")) == is_sent
