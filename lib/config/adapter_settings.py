"""Settings of the older protocols, which translate to jobs of the stills service."""

from __future__ import annotations

import itertools

from pydantic import BaseModel, Field, field_validator

ADAPTERS = ("intermediary", "runai", "web_sd", "sde")
SINGLE = ("runai", "sde")  # roles of app.py that serve one protocol and nothing else
# Flags that the original of runai has, where app.py's are called otherwise.
_RUNAI_FLAGS = {
    "--host": "--runai_host",
    "--port": "--runai_port",
    "--message_size": "--runai_message_size",
    "--client_timeout": "--runai_client_timeout",
    "--auto_shutdown": "--runai_auto_shutdown",
}


def known_flags(argv: list[str]) -> list[str]:
    """The arguments with the flags of runai's original as app.py has them, where that is served
    alone."""
    if "--role=runai" not in argv and ("--role", "runai") not in itertools.pairwise(argv):
        return argv
    named = [one.partition("=") for one in argv]
    return [_RUNAI_FLAGS.get(name, name) + sign + value for name, sign, value in named]


class AdapterSettings(BaseModel):
    """Which of them are spoken, and where."""

    adapters: str = Field(
        "",
        description="older protocols that clients of others speak, with commas between: "
        "intermediary, runai, web_sd, sde, or all; empty: none",
    )
    adapters_bind: str = Field(
        "127.0.0.1",
        description="address to listen on for them, whatever BIND says, since most of them know "
        "no token",
    )
    intermediary_port: int = Field(
        3000, ge=1, le=65535, description="HTTP of the protocol intermediary"
    )
    intermediary_lease_s: float = Field(
        180,
        ge=5,
        le=86400,
        description="a worker of the protocol intermediary has so many seconds for a picture, then "
        "another gets it",
    )
    runai_port: int = Field(50006, ge=1, le=65535, description="TCP of the protocol runai")
    runai_host: str = Field(
        "127.0.0.1", description="with --role runai: address to listen on; there also --host"
    )
    runai_message_size: int = Field(
        1024, ge=16, le=65536, description="bytes of a chunk of the protocol runai"
    )
    runai_client_timeout: float = Field(
        4,
        gt=0,
        le=86400,
        description="with --role runai: it ends so many seconds after its last client has left, "
        "and five more after a start without one",
    )
    runai_auto_shutdown: bool = Field(
        True, description="with --role runai: end without a client; false: go on"
    )
    web_sd_port: int = Field(6500, ge=1, le=65535, description="TCP of the protocol web_sd")
    sde_port: int = Field(9090, ge=1, le=65535, description="HTTP of the protocol sde")

    @field_validator("adapters")
    @classmethod
    def _adapters(cls, text: str) -> str:
        names = [name for name in (one.strip() for one in text.split(",")) if name]
        if names == ["all"]:
            return ",".join(ADAPTERS)
        if not set(names) <= set(ADAPTERS) or len(set(names)) < len(names):
            raise ValueError(f"adapters must be all, or some of {', '.join(ADAPTERS)}")
        return ",".join(names)

    @property
    def adapter_ports(self) -> dict[str, int]:
        """The protocols that are spoken, and their ports."""
        names = [name for name in self.adapters.split(",") if name]
        return {name: getattr(self, f"{name}_port") for name in names}
