"""The settings that decide who may use the HTTP ports of a primary host."""

from __future__ import annotations

import re
from ipaddress import ip_network

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
        description="opens stills, map and voice for what is one's own, and not the wall; empty: "
        "nobody is let in by it",
    )
    allowed_names: str = Field(
        "",
        description="names of a proxy in front of the ports, with commas between, such as "
        "wall.example.com; its pages count as ours",
    )
    trusted_proxy: str = Field(
        "",
        description="proxies in front of the ports, as addresses or networks with commas "
        "between; they are believed about who asks; empty: none",
    )

    @field_validator("trusted_proxy")
    @classmethod
    def _proxies(cls, text: str) -> str:
        try:
            there = filter(None, map(str.strip, text.split(",")))
            return ",".join(str(ip_network(one, strict=False)) for one in there)
        except ValueError as error:
            raise ValueError("trusted_proxy must be addresses such as 127.0.0.1") from error

    @field_validator("allowed_names")
    @classmethod
    def _names(cls, text: str) -> str:
        names = [name.strip().lower() for name in text.split(",") if name.strip()]
        if not all(re.fullmatch(r"[a-z0-9.-]+(:\d{1,5})?", name) for name in names):
            raise ValueError("allowed_names must be names such as wall.example.com")
        return ",".join(names)


class ControlToken(AccessSettings, BaseSettings):
    """For a worker beside its primary host, whose .env it reads. It is no setting of a worker: what
    other machines' workers are sent is all that a worker has, and holds no key to the wall."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8"
    )
