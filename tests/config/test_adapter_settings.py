from __future__ import annotations

import pytest
from pydantic import ValidationError

from lib.config.adapter_settings import AdapterSettings


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
