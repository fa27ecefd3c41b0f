"""The settings that limit what is accepted from others."""

from __future__ import annotations

from pydantic import BaseModel, Field

from lib.config.params import LONGEST_PROMPT
from lib.core.bounds import Bounds
from lib.core.geometry import LARGEST, SMALLEST


class PictureLimits(BaseModel):
    """Limits on the pictures that a primary host and a worker get."""

    max_jpeg_mb: int = Field(
        4, ge=1, le=64, description="largest picture that is taken from elsewhere, in MB"
    )
    max_side: int = Field(
        LARGEST,
        ge=SMALLEST,
        le=LARGEST,
        description="longest side of a picture that is taken from elsewhere or asked for",
    )

    @property
    def bounds(self) -> Bounds:
        """The bounds of a picture from elsewhere."""
        return Bounds(self.max_jpeg_mb * 1024 * 1024, self.max_side)


class HostLimits(BaseModel):
    """Limits on what connects to a primary host."""

    max_peers: int = Field(256, ge=1, le=4096, description="most workers connected at once")
    max_peers_per_address: int = Field(
        64, ge=1, le=4096, description="most workers connected from one address"
    )
    max_viewers: int = Field(
        128,
        ge=1,
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
