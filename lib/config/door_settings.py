"""The settings of the ways into a primary host: how much may come in, OSC, and who judges words."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from lib.config.params import LONGEST_PROMPT

Port = Annotated[int, Field(ge=1, le=65535)]


class HostLimits(BaseModel):
    """Limits on what connects to a primary host."""

    max_peers: int = Field(256, ge=1, le=4096, description="most workers connected at once")
    max_peers_per_address: int = Field(
        64, ge=1, le=4096, description="most workers connected from one address"
    )
    max_viewers: int = Field(
        128,
        ge=2,
        le=4096,
        description="most viewers of the public feed, including the page and this machine's screen",
    )
    max_connections: int = Field(
        256, ge=8, le=4096, description="most connections to the control port at once"
    )
    max_connections_per_address: int = Field(
        48, ge=1, le=4096, description="the same from one address other than this machine"
    )
    max_pages: int = Field(
        32, ge=1, le=1024, description="most pages connected live, and most viewers of the preview"
    )
    max_request_kb: int = Field(
        256, ge=16, le=16384, description="longest request to the control port, in kB"
    )
    max_prompt: int = Field(
        LONGEST_PROMPT, ge=1, le=LONGEST_PROMPT, description="longest prompt, in characters"
    )


class DoorSettings(BaseModel):
    """OSC, and what prompts go through before they are played."""

    osc_port: int = Field(
        8000, ge=0, le=65535, description="port for OSC from show software; 0: none"
    )
    osc_bind: str = Field(
        "127.0.0.1", description="address to listen on for OSC, which has no password"
    )
    osc_reply_host: str = Field(
        "", description="hosts that get values back as OSC, by commas; *: who sent lately"
    )
    osc_reply_port: Port = Field(9000, description="port on which OSC_REPLY_HOST listens")

    safety_words: str = Field(
        "", description="file of refused words, one a line; empty: the built-in list"
    )
    safety_open: bool = Field(
        False, description="let a prompt through when the endpoint that checks it does not answer"
    )
    openai_api_key: str = Field(
        "",
        repr=False,
        description="key of the endpoint that checks prompts; empty: only the list of words "
        "checks them",
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1", description="OpenAI or any server with the same interface"
    )
    openai_model: str = Field(
        "omni-moderation-latest", description="model of that endpoint that judges prompts"
    )
    translation: bool = Field(False, description="translate prompts before they are used")
    translation_to: str = Field("en", description="language that prompts are translated to")
    translation_url: str = Field(
        "", description="LibreTranslate or any server with the same interface; or use a Google file"
    )
    translation_key: str = Field("", repr=False, description="key of that server, if it wants one")
    google_credentials: str = Field(
        "", description="service account file of Google, to translate with Google"
    )
