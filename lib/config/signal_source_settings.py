"""Settings of the sources and outputs of signals that have a device, a file or a port."""

from __future__ import annotations

from pydantic import BaseModel, Field

from lib.config.texts import OwnIpv4

_Words = 2000  # characters, of a list that a person writes


class SignalSourceSettings(BaseModel):
    """All are empty at first: nothing is opened, and nothing listens, until one is named."""

    midi_ports: str = Field(
        "",
        max_length=400,
        description="MIDI controllers by a part of their names, with commas between; all: each "
        "that is there; empty: none",
    )
    midi_modes: str = Field(
        "",
        max_length=_Words,
        description="what controls are where it is not seen from what they send, such as "
        "1.cc16=signed 1.note36=toggle; a mode is absolute, wide, signed, offset or toggle",
    )
    midi_feedback: bool = Field(
        False, description="motor faders and pad lights of these controllers follow the show"
    )
    artnet_in: str = Field(
        "",
        max_length=_Words,
        description="channels of a light desk that are signals, by Art-Net, such as "
        "0/1-16 0/20+21, a fine channel after a plus; empty: nothing listens",
    )
    artnet_port: int = Field(6454, ge=1, le=65535, description="UDP: Art-Net, in")
    sacn_in: str = Field(
        "",
        max_length=_Words,
        description="channels of a light desk that are signals, by sACN, such as 1/1-16",
    )
    sacn_port: int = Field(5568, ge=1, le=65535, description="UDP: sACN, in")
    dmx_bind: OwnIpv4 = Field(
        "127.0.0.1",
        description="address to listen on for both; 0.0.0.0 for desks that broadcast, since "
        "neither protocol has a password",
    )
    dmx_out: str = Field(
        "",
        max_length=200,
        description="where the colours of the picture go as light: sacn (to all), sacn ADDRESS "
        "or artnet ADDRESS; empty: nowhere",
    )
    edf_file: str = Field("", description="recording of brain waves (EDF) that is played in a loop")
    lsl_stream: str = Field(
        "",
        max_length=200,
        description="stream of the lab streaming layer, by its name or its type, such as EEG",
    )
    board: str = Field(
        "",
        max_length=200,
        description="EEG board by BrainFlow's name, and where it is, such as synthetic, muse_2 or "
        "cyton /dev/ttyUSB0",
    )
