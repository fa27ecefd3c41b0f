from __future__ import annotations

import pytest
from pydantic import ValidationError

from lib.config.adapter_settings import AdapterSettings, known_flags


def test_all_means_each_and_the_ports_of_those_that_are_named() -> None:
    assert AdapterSettings(adapters="").adapter_ports == {}
    assert AdapterSettings(adapters=" sde, runai").adapter_ports == {"sde": 9090, "runai": 50006}
    assert list(AdapterSettings(adapters="all").adapter_ports) == [
        "intermediary", "runai", "web_sd", "sde",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["none", "sde,sde", "all,sde", "sde;runai"])
def test_another_name_is_refused_with_those_that_there_are(wrong: str) -> None:
    with pytest.raises(ValidationError, match="intermediary, runai, web_sd, sde"):
        AdapterSettings(adapters=wrong)


def test_flags_of_the_original_are_known_only_where_runai_is_served_alone() -> None:
    given = ["--role", "runai", "--host=0.0.0.0", "--port", "5", "--auto_shutdown", "false"]
    assert known_flags(given) == [
        "--role", "runai", "--runai_host=0.0.0.0", "--runai_port", "5", "--runai_auto_shutdown",
        "false",
    ]  # fmt: skip
    for other in (["--port", "5"], ["--role", "sde", "--host", "x"], ["runai", "--role"]):
        assert known_flags(other) == other
