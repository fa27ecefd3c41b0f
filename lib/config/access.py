"""The settings that decide who may use the HTTP ports of a primary host."""

from __future__ import annotations

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from lib.config.texts import Names, Networks, Origins


class AccessSettings(BaseModel):
    """Tokens, and what stands in front of the ports. The workers' token is a worker's setting, too:
    see `SharedSettings`."""

    control_token: str = Field(
        "",
        max_length=200,
        repr=False,
        description="opens everything: control, stills and map; needed as soon as bind opens the "
        "ports to a network",
    )
    guest_token: str = Field(
        "",
        max_length=200,
        repr=False,
        description="opens stills, map and voice, each guest's own alone, and not the wall; empty: "
        "there are no guests",
    )
    allowed_names: Names = Field(
        "",
        description="names of a proxy in front of the ports, with commas between, such as "
        "wall.example.com",
    )
    allowed_origins: Origins = Field(
        "",
        description="origins of other web sites' pages that may read and play this, with commas "
        "between, such as https://show.example.com",
    )
    trusted_proxy: Networks = Field(
        "",
        description="proxies in front of the ports, as addresses or networks with commas "
        "between; what they say about who asks is believed; empty: none",
    )


class ControlToken(AccessSettings, BaseSettings):
    """For a worker beside its primary host, whose .env it reads. It is no setting of a worker: what
    other machines' workers are sent is all that a worker has, and holds no key to the wall."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8"
    )
