"""Settings of signals: where their pages are, and what may move the picture."""

from __future__ import annotations

from pydantic import BaseModel, Field

from lib.config.texts import HostName


class SignalSettings(BaseModel):
    """The process of signals itself; its sources have settings of their own."""

    signals_port: int = Field(
        5560, ge=0, le=65535, description="HTTP: signals, for people; 0: no signals"
    )
    hand_s: float = Field(
        10,
        ge=0,
        le=3600,
        description="seconds that a control which somebody moved is left alone by signals",
    )
    arm_at_start: bool = Field(
        False, description="rows of the mapping that were armed are armed again after a restart"
    )
    broker_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="TCP: thirty numbers, thirty times a second, for programs that draw by them, "
        "usually 4444; 0: none",
    )
    broker_from: str = Field(
        "",
        max_length=4000,
        description="signals that the broker sends in place of its waves, up to thirty names with "
        "commas between: ten positions, ten scales, ten colours; an empty name keeps its wave",
    )
    signal_input_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="TCP: band powers from a program that measures them, usually 3333; 0: none",
    )
    broker_bind: HostName = Field(
        "127.0.0.1",
        description="address to listen on for both, whatever BIND says, since they know no token",
    )
    signal_osc_port: int = Field(
        0, ge=0, le=65535, description="port for signals as OSC, /signal/NAME; 0: none"
    )
    signal_osc_bind: HostName = Field(
        "127.0.0.1",
        description="address to listen on for them, whatever BIND says, since OSC has no password",
    )
    signal_sources: str = Field(
        "",
        max_length=400,
        description="sources of signals that run from the start, with commas between, such as "
        "lfo,beat; others run while an armed row needs them",
    )
