from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from lib.config.controls import CONTROLS
from lib.config.plugins import ENGINES, OUTPUTS, SOURCES, load
from lib.config.settings import PrimarySettings, WorkerSettings


@pytest.mark.parametrize("table", [SOURCES, ENGINES, OUTPUTS])
def test_what_a_table_names_is_there(table: Mapping[str, str]) -> None:
    for name in table:
        assert callable(load(name, table)), name


@pytest.mark.parametrize("name", ["magic", "os.system", "a:b:c", ":run", "a/b:c", "..a:b", "a:b()"])
def test_a_name_is_in_the_table_or_says_where_it_is(name: str) -> None:
    with pytest.raises(ValidationError, match=r"must be 'auto'.* or package.module:factory"):
        WorkerSettings(_env_file=None, engine=name)
    with pytest.raises(ValidationError, match=r"must be 'auto'.* or package.module:factory"):
        PrimarySettings(_env_file=None, mode=name)
    assert WorkerSettings(_env_file=None, engine="a.b_c:D1").engine == "a.b_c:D1"


def test_nothing_that_comes_over_the_network_names_code() -> None:
    fields = {control.field for control in CONTROLS.values()}
    assert not fields & {"engine", "mode", "output"}
