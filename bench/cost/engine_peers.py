"""What the engine is measured beside, with the same clock: the img2img pipeline of diffusers as its
documentation has it, and a whole worker with JPEG in and out."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec
import numpy as np
import torch
import zmq

from bench.pictures import picture
from bench.ports import free_ports
from bench.processes import ROOT
from lib.engine.turbo.library_logs import disable_progress_bars, libraries_muted
from lib.engine.turbo.load import choose_device, choose_dtype
from lib.wire.messages import JobSettings, Packer

Frames = np.ndarray[Any, np.dtype[np.uint8]]
AHEAD = 3  # batches on their way, as the primary's window for a fast worker has it
PATIENCE_S = 600.0  # until the first picture; the part's own limit is less


def random_frames(batch: int, height: int, width: int) -> Frames:
    """The same ones each time."""
    return np.random.default_rng(0).integers(0, 256, (batch, height, width, 3), np.uint8)


def measure(step: Callable[[], object], seconds: float) -> list[float]:
    """Milliseconds of each call, after some that are not counted."""
    for _ in range(3):
        step()
    times: list[float] = []
    end_s = time.perf_counter() + seconds
    while (started_s := time.perf_counter()) < end_s or len(times) < 3:
        step()
        times.append((time.perf_counter() - started_s) * 1000)
    return times


def plain_pipeline(
    settings: Mapping[str, str], prompt: str, steps: int, compiled: bool
) -> Callable[[Frames], Frames]:
    """uint8 in the host's memory to the same, with the small VAE and ready embeddings."""
    from diffusers import AutoencoderTiny, StableDiffusionImg2ImgPipeline  # noqa: PLC0415

    device = choose_device(settings["device"])
    dtype = choose_dtype(settings["dtype"], device)
    disable_progress_bars()
    with libraries_muted():
        vae = AutoencoderTiny.from_pretrained(settings["vae"], torch_dtype=dtype)
        unused = {"safety_checker": None, "feature_extractor": None}
        made = StableDiffusionImg2ImgPipeline.from_pretrained(
            settings["model"], vae=vae, torch_dtype=dtype, requires_safety_checker=False, **unused
        ).to(device)
        made.set_progress_bar_config(disable=True)
        if compiled:
            made.unet = torch.compile(made.unet)
            made.vae.encoder = torch.compile(made.vae.encoder)
            made.vae.decoder = torch.compile(made.vae.decoder)
        with torch.no_grad():
            embeds = made.encode_prompt(prompt, device, 1, False)[0]

    def step(frames: Frames) -> Frames:
        pictures = torch.from_numpy(frames).to(device).permute(0, 3, 1, 2).to(dtype) / 255
        with libraries_muted():
            painted = made(
                prompt_embeds=embeds.repeat(len(frames), 1, 1),
                image=pictures,
                strength=1.0,
                num_inference_steps=steps,
                guidance_scale=0.0,
                generator=torch.Generator(device).manual_seed(0),
                output_type="pt",
            ).images
        pixels = painted.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return np.ascontiguousarray(pixels)

    return step


def worker_fps(
    settings: Mapping[str, str], batch: int, size: int, steps: int, seconds: float
) -> float:
    """A primary in one loop sends jobs to one worker as fast as they come back: frames a second
    that came back as JPEG."""
    job_port, result_port = free_ports(2)
    flags = {**settings, "engine": "turbo", "warmup": f"{batch}x{size}x{size}x3"}
    flags |= {"job_port": str(job_port), "result_port": str(result_port)}
    how = JobSettings(prompt="glass", num_inference_steps=steps, strength=1.0, batch_size=batch)
    words, packer = msgspec.msgpack.encode(how), Packer()
    jpgs = [picture(number, size, size) for number in range(8)]
    sent = came = counted = 0
    context = zmq.Context()
    push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    with ExitStack() as resources:
        resources.callback(context.destroy, 0)
        push.bind(f"tcp://127.0.0.1:{job_port}")
        pull.bind(f"tcp://127.0.0.1:{result_port}")
        argv = [sys.executable, "transform.py", *(f"--{n}={v}" for n, v in flags.items())]
        worker = subprocess.Popen(argv, cwd=ROOT)  # what it logs is kept
        resources.callback(worker.wait)
        resources.callback(worker.terminate)
        started_s, end_s = 0.0, time.monotonic() + PATIENCE_S
        while (now_s := time.monotonic()) < end_s and worker.poll() is None:
            while sent - came < AHEAD * batch:
                numbers = list(range(sent, sent + batch))
                frames = [jpgs[number % 8] for number in numbers]
                push.send(bytes(packer.job([time.time()] * batch, numbers, frames, words)))
                sent += batch
            if pull.poll(100):
                pull.recv()
                came += 1
                if not started_s and came >= 4 * AHEAD * batch:  # its first ones warmed it up
                    started_s, counted, end_s = now_s, came, now_s + seconds
        took_s = time.monotonic() - started_s
    if not started_s:
        raise RuntimeError("the worker gave nothing back")
    return (came - counted) / took_s
