"""`lib.config.signal_settings`, `lib.config.signal_source_settings`: nothing is open at first."""

from __future__ import annotations

from lib.config.settings import PrimarySettings
from lib.signals.table import SOURCES


def test_nothing_is_opened_and_nothing_listens_until_it_is_named() -> None:
    settings = PrimarySettings(_env_file=None)
    assert [row.name for row in SOURCES if row.wanted(settings)] == []
    for bind in (settings.broker_bind, settings.signal_osc_bind, settings.dmx_bind):
        assert bind == "127.0.0.1"


def test_each_row_names_settings_that_there_are() -> None:
    names = [row.name for row in SOURCES]
    assert len(set(names)) == len(names)
    for row in SOURCES:
        assert set(row.settings) <= set(PrimarySettings.model_fields), row.name
