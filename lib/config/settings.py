"""The settings, fixed at boot: from flags, environment and `.env`; the first that has one wins.

`.env.example` and `docs/setup.md` are held to these tables by a test.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lib.config.access import AccessSettings
from lib.config.adapter_settings import AdapterSettings
from lib.config.door_settings import DoorSettings, HostLimits, Port
from lib.config.params import Played
from lib.config.plugins import ENGINES, SOURCES, check, choices
from lib.config.signal_settings import SignalSettings
from lib.config.signal_source_settings import SignalSourceSettings
from lib.config.still_settings import StillHostSettings, StillSettings, StillWorkerSettings
from lib.config.texts import Device, HostName, Loras, Shape, shape
from lib.config.voice_settings import VoiceSettings
from lib.core.bounds import Bounds
from lib.core.geometry import LARGEST, SMALLEST, Size, parse_size
from lib.core.plain import is_utf8
from lib.core.shedding.levels import CUTS, Cut

ROOT = Path(__file__).resolve().parents[2]
USUAL_FPS = 30  # of a source that has no rate of its own
SLOWEST_FPS, FASTEST_FPS = 0.1, 240  # files that pass as they are may go faster


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


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


class SharedSettings(PictureLimits, StillSettings, BaseSettings):
    """Settings that a primary host and a worker both know."""

    # Unknown keys are ignored: one .env serves every machine and names things of other programs.
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8",
        hide_input_in_errors=True,  # some are secret
    )  # fmt: skip

    @field_validator("*")
    @classmethod
    def _text(cls, value: object) -> object:
        """A flag or a variable may hold any bytes. What is no UTF-8 can neither be handed to other
        processes nor shown, and what holds a zero byte is no path."""
        if isinstance(value, str) and ("\0" in value or not is_utf8(value)):
            raise ValueError("must be a text in UTF-8")
        return value

    primary_hostname: HostName = Field(
        "localhost",
        description="name or address of the primary host, for workers and for a view elsewhere",
    )
    job_port: Port = Field(5555, description="jobs to workers (PUSH > PULL)")
    result_port: Port = Field(5558, description="results from workers (PULL < PUSH)")
    output_port: Port = Field(5557, description="the public feed (PUB > SUB)")
    quality: int = Field(
        85, ge=30, le=100, description="JPEG quality of every picture that is encoded here"
    )
    keys: str = Field(
        "",
        description="folder with the keys of automation/make-keys.sh; empty: jobs, results and "
        "feed are open to all who reach their ports",
    )
    worker_token: str = Field(
        "",
        max_length=200,
        repr=False,
        description="token that workers show to the stills service; it opens nothing else",
    )
    debug: bool = Field(False, description="more in the log, and the overlay on the screen")
    safety: bool = Field(
        False, description="check prompts before they are used; PICTURE_SAFETY checks pictures"
    )
    picture_safety: float = Field(
        0,
        ge=0,
        le=1,
        description="pictures whose unsafe score is above this are blurred on the wall and refused "
        "as stills; 0: none is checked",
    )


class PrimarySettings(
    HostLimits,
    DoorSettings,
    AccessSettings,
    StillHostSettings,
    AdapterSettings,
    SignalSettings,
    VoiceSettings,
    SignalSourceSettings,
    SharedSettings,
):
    """Settings of `app.py`."""

    role: Literal[
        "all", "stream", "control", "view", "stills", "signals", "tunnel", "runai", "sde"
    ] = Field(
        "all",
        description="all: everything; view alone shows the feed of a primary elsewhere; runai and "
        "sde serve one older protocol and nothing else",
    )
    bind: str = Field(
        "127.0.0.1", description="address to listen on; 0.0.0.0 opens the ports to the network"
    )
    plain_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="a second feed, of bare JPEG (PUB > SUB), for programs without msgpack; "
        "0: none",
    )
    settings_port: Port = Field(5556, description="HTTP: page, control and status")

    state_dir: str = Field(
        "",
        description="folder for parameters, presets and cues; empty: the one that systemd "
        "gives, else state beside app.py",
    )
    data_dir: str = Field(
        "data", description="folder whose folders and films can be chosen while the show runs"
    )

    mode: str = Field(
        "auto",
        json_schema_extra={"choices": list(choices(SOURCES))},
        description="where frames come from; auto: video if a directory is named, "
        "else a camera if there is one, else pattern",
    )
    directory: str = Field("", description="directory of images, or a video file, for mode video")
    camera: str = Field("0", description="camera by number, by path, or by a part of its name")
    video_hostname: HostName = Field(
        "localhost", description="host that publishes frames, for mode zmq"
    )
    video_port: Port = Field(
        5554, description="port on which that host publishes frames, for mode zmq"
    )
    fps: float = Field(
        0,
        ge=0,
        le=5000,
        description="frames a second of pattern, video or camera; 0: a film's own, else 30",
    )
    resolution: str = Field(
        "512", description="512 or 1024x576 and so on, sides are multiples of 8"
    )

    playout: Literal["smooth", "fast", "tight", "glass"] = Field(
        "smooth",
        description="smooth: even cadence; fast: least delay; tight: smooth with less delay and "
        "more skips; glass: smooth with more delay and fewer skips",
    )
    batch_size: int = Field(
        1,
        ge=1,
        le=16,
        description="largest batch sent to a worker; no frame waits for a batch to fill",
    )
    relief: str = Field(
        "quality,steps,size,frames",
        description="what is taken from the pictures, in this order, while the workers cannot "
        "keep up: any of quality, steps, size, frames; off: nothing, frames are "
        "only thinned",
    )
    latency_ms: float = Field(
        0,
        ge=0,
        le=60000,
        description="latency, capture to feed, that relief holds for 99 frames of 100; 0: "
        "relief only counts frames that find no worker",
    )

    hang_s: float = Field(
        20,
        ge=2,
        le=3600,
        description="a process of the primary that hangs for this many seconds is ended, with "
        "its stacks in the log, and restarted",
    )

    headless: bool = Field(False, description="show nothing on a screen")
    windowed: bool = Field(False, description="show in a window instead of the whole screen")
    monitor: int = Field(0, ge=0, le=15, description="which screen, counted from 0")
    mirror: bool = Field(False, description="swap left and right on the screen")
    pad: int = Field(0, ge=0, le=2000, description="black margin around the picture, in pixels")
    hold_s: float = Field(
        5, ge=0, le=86400, description="seconds the last picture stays when no frame comes"
    )
    fade_s: float = Field(2, ge=0, le=600, description="seconds of the fade after that")
    slate: str = Field("", description="picture to fade to instead of black")

    @field_validator("mode")
    @classmethod
    def _mode(cls, name: str) -> str:
        return check(name, SOURCES)

    @field_validator("resolution")
    @classmethod
    def _resolution(cls, text: str) -> str:
        return str(parse_size(text))

    @model_validator(mode="after")
    def _fits(self) -> PrimarySettings:
        """What is allowed by itself, and makes no sense beside the others."""
        if max(self.size) > self.max_side:
            raise ValueError(f"resolution {self.size} is larger than max_side {self.max_side}")
        if 0 < self.fps < SLOWEST_FPS:
            raise ValueError(f"fps must be 0, or at least {SLOWEST_FPS}, not {self.fps:g}")
        files = self.mode in ("video", "auto") and self.directory
        if self.fps > FASTEST_FPS and not files and self.mode != "zmq":
            most = f"{FASTEST_FPS} for a drawn scene or a camera"
            raise ValueError(f"fps must be at most {most}, not {self.fps:g}")
        ours = (self.job_port, self.result_port, self.output_port, self.settings_port)
        if self.mode == "zmq" and _is_here(self.video_hostname) and self.video_port in ours:
            raise ValueError(
                f"video_port must be that of the program that publishes frames: {self.video_port} "
                "is a port of this show"
            )
        if _is_here(self.osc_reply_host) and self.osc_port == self.osc_reply_port:
            raise ValueError("osc_reply_port must not be osc_port: OSC would answer itself")
        return self

    @field_validator("relief")
    @classmethod
    def _relief(cls, text: str) -> str:
        names = [] if text.strip() == "off" else [name.strip() for name in text.split(",")]
        if len(set(names)) < len(names) or not set(names) <= set(CUTS):
            raise ValueError(f"relief must be off, or some of {', '.join(CUTS)} in any order")
        return ",".join(names) or "off"

    @property
    def relief_order(self) -> list[Cut]:
        return [cut for name in self.relief.split(",") for cut in CUTS if cut == name]

    @property
    def size(self) -> Size:
        return parse_size(self.resolution)

    @property
    def played(self) -> Played:
        """The parameters played until somebody changes them."""
        return Played(
            resolution=str(self.size),
            batch_size=self.batch_size,
            mirror=self.mirror,
            debug=self.debug,
        )

    @property
    def rate(self) -> Fraction:
        """Frames a second, exactly as written: 29.97 is 2997/100."""
        return Fraction(str(self.fps or USUAL_FPS))


class WorkerSettings(StillWorkerSettings, SharedSettings):
    """Settings of `transform.py`."""

    worker_id: str = Field(
        "", max_length=64, description="this worker's name; empty: host name and process number"
    )
    engine: str = Field(
        "auto",
        json_schema_extra={"choices": list(choices(ENGINES))},
        description="what makes the pictures; auto takes the best engine that this machine can run",
    )
    delay_ms: float = Field(
        0, ge=0, le=60000, description="engine identity: time that a frame takes"
    )
    jitter_ms: float = Field(
        0, ge=0, le=60000, description="engine identity: how much that time varies, up and down"
    )
    painter_size: int = Field(
        0,
        ge=0,
        le=1024,
        description="inner size of the painter; 0: the largest that this machine is fast "
        "enough for",
    )
    target_fps: float = Field(
        30, ge=0.1, le=1000, description="rate that the painter chooses its size for"
    )
    model: str = Field(
        "stabilityai/sd-turbo",
        description="engine turbo: a name, a folder of the same layout or a .safetensors file",
    )
    vae: str = Field(
        "madebyollin/taesd",
        description="engine turbo: a small VAE by name, folder or file; model: the model's own",
    )
    local_files_only: bool = Field(
        False, description="engine turbo: never ask the network for weights"
    )
    device: Device = Field("auto", description="engine turbo: auto, cuda, cuda:1 or cpu")
    dtype: Literal["auto", "float16", "bfloat16", "float32"] = Field(
        "auto", description="engine turbo: number format that it computes with"
    )
    compile: Literal["auto", "off", "on", "max"] = Field(
        "auto", description="engine turbo: torch.compile; max searches longest; auto: on with a GPU"
    )
    lora_dir: str = Field("loras", description="engine turbo: folder of LoRA files")
    lora: Loras = Field(
        "", description="engine turbo: LoRA files with weights, such as ink:0.8,paper:0.3"
    )
    worker_hang_s: float = Field(
        120,
        ge=2,
        le=3600,
        description="a worker that hangs for this many seconds ends, with its stacks in the "
        "log, and its supervisor restarts it; a picture may take as long",
    )
    warmup: Shape = Field(
        "", description="shape to warm up with: batch x height x width x channels, 4x576x1024x3"
    )

    @field_validator("engine")
    @classmethod
    def _engine(cls, name: str) -> str:
        return check(name, ENGINES)

    @model_validator(mode="after")
    def _own_ports(self) -> WorkerSettings:
        if self.job_port == self.result_port:
            raise ValueError(f"job_port and result_port must not both be {self.job_port}")
        return self

    @property
    def warmup_shape(self) -> tuple[int, int, int, int]:
        return shape(self.warmup or "1x512x512x3")


class FleetSettings(SharedSettings):
    """Settings of what `automation/` does with all machines at once."""

    worker_machines: str = Field(
        "", description="machines with workers, as user@host or user@host:port, separated by spaces"
    )
    other_machine: str = Field(
        "", description="further machines that are turned off with the show, written the same way"
    )
