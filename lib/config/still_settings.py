"""Settings of stills: where the service is, and what a worker does for it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, field_validator

# The longer side of a still whose request names no size, by the size of the machine.
MACHINE_SIDES = {"big": 1024, "medium": 512, "little": 384, "tiny": 256}
_ALIASES = {"baby": "tiny"}
_OF_UNKNOWN = "little"


class StillSettings(BaseModel):
    """What the service and its workers both know."""

    stills_port: int = Field(
        5559, ge=0, le=65535, description="HTTP: stills, for people and workers; 0: no stills"
    )
    machine_size: str = Field(
        "little",
        description="size of a still whose request names none: big 1024, medium 512, little 384, "
        "tiny 256 pixels",
    )

    @property
    def machine(self) -> str:
        """One of MACHINE_SIDES."""
        name = self.machine_size.strip().lower()
        name = _ALIASES.get(name, name)
        return name if name in MACHINE_SIDES else _OF_UNKNOWN

    @property
    def still_side(self) -> int:
        return MACHINE_SIDES[self.machine]

    @property
    def machine_size_trouble(self) -> str | None:
        """A sentence for the log where the name is none of ours."""
        name = self.machine_size.strip().lower()
        if name in MACHINE_SIDES or name in _ALIASES:
            return None
        known = ", ".join(MACHINE_SIDES)
        return f"MACHINE_SIZE {self.machine_size[:40]!r} counts as {_OF_UNKNOWN}: it may be {known}"


class StillHostSettings(BaseModel):
    """What the service keeps and takes."""

    max_upload_mb: int = Field(
        32, ge=1, le=256, description="largest picture that stills are made from, in MB"
    )
    job_wait_h: float = Field(
        24,
        ge=0.01,
        le=8760,
        description="a still that no worker could make within this many hours fails",
    )
    ledger: str = Field(
        "",
        max_length=2000,
        repr=False,
        description="postgresql://USER:PASSWORD@HOST/DATABASE, a ledger that several primaries may "
        "share; empty: a file in the state folder",
    )
    keep_gb: float = Field(
        10, gt=0, le=100_000, description="GB of stills to keep at most; the oldest go first"
    )
    keep_days: float = Field(
        0, ge=0, le=36_500, description="days that stills are kept; 0: for ever"
    )
    ledger_key: str = Field(
        "",
        description="file with the key that stills and maps are encrypted with at rest "
        "(automation/make-ledger-key.sh); empty: they are not",
    )

    @field_validator("ledger")
    @classmethod
    def _ledger(cls, address: str) -> str:
        if address and not address.startswith(("postgresql://", "postgres://")):
            raise ValueError("ledger must be empty, or begin with postgresql://")
        return address


class StillWorkerSettings(BaseModel):
    """What a worker does for the service."""

    worker_role: Literal["both", "live", "stills"] = Field(
        "both",
        description="what a worker makes: the live picture, stills, or both; as a flag --role",
    )
    server: str = Field(
        "",
        description="address of the primary's stills service, such as https://wall.example.com; "
        "empty: STILLS_PORT of the primary host",
    )
    tunnel: Literal["auto", "on", "off"] = Field(
        "auto",
        description="whether the live picture comes through SERVER, too; auto: where SERVER is "
        "elsewhere and PRIMARY_HOSTNAME is localhost",
    )
    wire: Literal["stills", "intermediary"] = Field(
        "stills",
        description="what SERVER speaks: our stills, or the older protocol intermediary of a "
        "server that somebody else runs",
    )
    stills_share: float = Field(
        0.15,
        ge=0,
        le=0.9,
        description="most of its time that a worker gives to stills while live frames wait; 0: a "
        "still gets on only while none waits",
    )
    models_dir: str = Field(
        "",
        description="engine turbo: folder of models for stills, in v1, v2 and xl; empty: BASE_DIR, "
        "or ~/stablediffusuion/checkpoints where that is there",
    )
    base_dir: str = Field(
        "", description="engine turbo: what older programs call MODELS_DIR; that one wins"
    )
    models_gb: float = Field(
        0,
        ge=0,
        le=10_000,
        description="engine turbo: GB of models that a worker holds for stills at most, the latest "
        "used; 0: as many as there is memory for",
    )
    load_s: float = Field(
        600,
        ge=10,
        le=86400,
        description="a still whose model loads for this many seconds is given back, and its worker "
        "ends and is restarted",
    )
