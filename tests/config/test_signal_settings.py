"""`lib.config.signal_settings`, `lib.config.signal_source_settings`: nothing is open at first."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lib.config.settings import PrimarySettings
from lib.signals.table import SOURCES


def test_nothing_is_opened_and_nothing_listens_until_it_is_named() -> None:
    settings = PrimarySettings(_env_file=None)
    assert [row.name for row in SOURCES if row.wanted(settings)] == []
    for bind in (settings.broker_bind, settings.signal_osc_bind, settings.dmx_bind):
        assert bind == "127.0.0.1"


@pytest.mark.parametrize("name", ["dmx_bind", "broker_bind", "signal_osc_bind"])
@pytest.mark.parametrize("text", ["no address", "192.168.1.10:6454", "http://10.0.0.1", "10..1,"])
def test_what_is_no_address_is_a_sentence(name: str, text: str) -> None:
    with pytest.raises(ValidationError, match=f"{name}|must be"):
        PrimarySettings(_env_file=None, **{name: text})


@pytest.mark.parametrize("text", ["10", "1.2.3", "::1", "desk.local", "256.1.1.1"])
def test_light_desks_speak_ipv4_alone(text: str) -> None:
    with pytest.raises(ValidationError, match=r"must be an address such as 192\.168\.1\.10"):
        PrimarySettings(_env_file=None, dmx_bind=text)


def test_each_row_names_settings_that_there_are() -> None:
    names = [row.name for row in SOURCES]
    assert len(set(names)) == len(names)
    for row in SOURCES:
        assert set(row.settings) <= set(PrimarySettings.model_fields), row.name
