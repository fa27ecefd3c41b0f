"""Which settings workers are sent."""

from __future__ import annotations

import pytest

from lib.http.token import Scope
from lib.ops.fleet.env import for_workers, worker_token_in
from tests.http.tokens import tokens_of


def test_only_what_a_worker_knows_and_does_not_own() -> None:
    text = "QUALITY=80\nCONTROL_TOKEN=secret\nWORKER_ID=here\nKEYS=/keys\nHF_HOME=/weights\nODD=1\n"
    assert for_workers(text) == {"QUALITY": "80", "HF_HOME": "/weights"}


def test_workers_are_sent_a_token_that_opens_the_wall_to_nobody() -> None:
    control = "a control token that is long"
    assert for_workers(f"CONTROL_TOKEN='{control}'\nWORKER_TOKEN=w\nGUEST_TOKEN=g\n") == {
        "WORKER_TOKEN": "w"
    }
    made = for_workers(f"CONTROL_TOKEN='{control}'\n")["WORKER_TOKEN"]
    tokens = tokens_of(control)
    assert tokens.opens(made.encode()) == Scope.WORKER
    assert tokens_of(control, worker="w").opens(made.encode()) is None
    assert worker_token_in("QUALITY=80\n") == {}


@pytest.mark.parametrize(
    ("name", "is_sent"), [("wall.local", True), ("localhost", False), ("127.0.0.1", False)]
)
def test_a_name_of_this_machine_for_itself_is_none_for_others(name: str, is_sent: bool) -> None:
    assert ("PRIMARY_HOSTNAME" in for_workers(f"PRIMARY_HOSTNAME={name}\n")) == is_sent
