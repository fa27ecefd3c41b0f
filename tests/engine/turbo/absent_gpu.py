"""The lean path on a GPU that is not there: its tensors are fake, and what a device is asked is
answered here.

    python -m tests.engine.turbo.absent_gpu launches           what a full-size frame would launch
    python -m tests.engine.turbo.absent_gpu launches part      the same of a smaller architecture
    python -m tests.engine.turbo.absent_gpu families WEIGHTS launches
                                                               each family, and the line before

Prints JSON. All change torch for their whole process, so the tests start one as a program. What
they cannot show is how long anything takes, and whether a kernel computes what it should.
"""

from __future__ import annotations

import ctypes
import gc
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from diffusers.models import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.nn import functional

from bench.cost.checkpoint import ANCESTRAL, EULER, FULL_UNET
from lib.engine.turbo.compiling import compiled_functions
from lib.engine.turbo.graph_buffers import GraphBuffers, GraphShape
from lib.engine.turbo.img2img import PLAIN
from lib.engine.turbo.library_logs import libraries_muted
from lib.engine.turbo.models import Models, TextEncoder, Vae
from lib.engine.turbo.noise import Noise
from lib.engine.turbo.prompt_cache import EncodedMix, EncodedPrompt
from lib.engine.turbo.schedule import DenoisingSchedule
from lib.engine.turbo.unet import FusedUNet

DEVICE = torch.device("cuda", 0)
HALF = torch.float16
# SDXL's and SD 1.5's, as their config.json have them.
XL_UNET = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
SD15_UNET = {
    "sample_size": 64,
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
}
# Two of SD-Turbo's four levels with one layer each, and TAESD with one block: all that can be fused
# is in them, and a compiler reads them in a fraction of the time.
PART_UNET = FULL_UNET | {
    "block_out_channels": (320, 640),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": (5, 10),
}
PART_VAE = partial(
    AutoencoderTiny, num_encoder_blocks=(1, 1, 1, 1), num_decoder_blocks=(1, 1, 1, 1)
)
Backend = Callable[[Any, Any], Callable[..., Any]]


class Tokenizer(NamedTuple):
    """All that buffers ask of one."""

    model_max_length: int = 77


class H100(NamedTuple):
    """As torch.cuda.get_device_properties has it."""

    name: str = "NVIDIA H100"
    major: int = 9
    minor: int = 0
    total_memory: int = 80 << 30
    multi_processor_count: int = 132
    regs_per_multiprocessor: int = 65536
    max_threads_per_multi_processor: int = 2048
    max_threads_per_block: int = 1024
    warp_size: int = 32
    shared_memory_per_block_optin: int = 232448
    shared_memory_per_block: int = 49152
    shared_memory_per_multiprocessor: int = 233472
    L2_cache_size: int = 50 << 20
    gcnArchName: str = ""  # noqa: N815 - torch's name


# --- a device that is not there


def fake_mode() -> FakeTensorMode:
    """Tensors that have a shape, a type and a device, and no numbers."""
    libc10 = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libc10.so"))
    guards = (ctypes.c_void_p * 20).in_dll(libc10, "_ZN3c104impl26device_guard_impl_registryE")
    cuda, meta = 1, 14  # of c10::DeviceType
    # A build of torch for the CPU has nothing that could set a CUDA device. The guard of the device
    # meta does nothing, which is what is wanted.
    guards[cuda] = guards[cuda] or guards[meta]
    return FakeTensorMode(allow_non_fake_inputs=True)


def fake(mode: FakeTensorMode, *shape: int) -> Tensor:
    return FakeTensor(mode, torch.empty(shape, dtype=HALF, device="meta"), DEVICE)


def moved(mode: FakeTensorMode, module: Any) -> Any:
    with libraries_muted():
        module.to(HALF)
    module = module.to(memory_format=torch.channels_last).eval().requires_grad_(False)
    for one in module.modules():
        for tensors in (one._parameters, one._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    tensors[name] = FakeTensor(mode, tensor.detach(), DEVICE)
    return module


def flash(query: Tensor, key: Tensor, value: Tensor, **_: Any) -> Tensor:
    """Attention by the one operation that it would be there; without a GPU torch takes it apart."""
    assert query.device == key.device == value.device == DEVICE
    assert query.dtype == key.dtype == value.dtype == HALF
    assert query.stride(-1) == key.stride(-1) == value.stride(-1) == 1
    made: Tensor = torch.ops.aten._scaled_dot_product_flash_attention.default(query, key, value)[0]
    return made


def models_of(
    mode: FakeTensorMode, unet: dict[str, Any], vae: Any, scheduler: dict[str, Any]
) -> Models:
    xl = unet.get("addition_embed_type") == "text_time"
    with torch.device("meta"):
        made = UNet2DConditionModel.from_config(unet)
        small = vae()
    parts = {"unet": moved(mode, made), "vae": moved(mode, small)}
    with mode, torch.no_grad():
        fused = FusedUNet(parts["unet"], kernels=True)
        lean = Vae(parts["vae"], kernels=True)
    texts = [TextEncoder(Tokenizer(), None)]
    schedule = DenoisingSchedule(scheduler)
    return Models("m", "v", texts, fused, lean, schedule, DEVICE, xl, parts)


def filled(mode: FakeTensorMode, models: Models, shape: GraphShape) -> GraphBuffers:
    """With all parameters set."""
    config = models.parts["unet"].config
    hidden, pooled = config.cross_attention_dim, None
    plan = models.schedule.plan(shape.steps, 1.0)
    with mode, torch.no_grad():
        buffers = GraphBuffers(models, shape)
        buffers.set_plan(plan)
        if models.xl:
            sizes = 6 * config.addition_time_embed_dim
            pooled = fake(mode, 1, config.projection_class_embeddings_input_dim - sizes)
        prompt = EncodedPrompt(fake(mode, 1, 77, hidden), pooled)
        buffers.set_prompt(EncodedMix((("a", 1.0),), prompt), prompt)
        buffers.set_guidance(3.0)
        buffers.set_noise(Noise(torch.device("cpu")), ((1, 0.5), (2, 0.5)))
    return buffers


def play(mode: FakeTensorMode, buffers: GraphBuffers, backend: Backend | None) -> None:
    """One frame, by what a backend makes of the plain functions."""
    with mode, torch.no_grad():
        buffers.make(PLAIN if backend is None else compiled_functions(backend))
        for name in ("frames", "pictures", "whole", "noise", "keys_values", "times"):
            assert getattr(buffers, name).device == DEVICE, name


# --- each family


def families(weights: Path) -> dict[str, int]:
    """How many operations a frame is as one graph, for tiny ones of each family, and parameters of
    those at full size. A break of the graph raises, and so does a tensor of another device or type.
    """
    mode, made, nodes = fake_mode(), {}, []

    def backend(graph: Any, _inputs: Any) -> Callable[..., Any]:
        nodes.append(len(graph.graph.nodes))
        return graph.forward  # type: ignore[no-any-return]

    small = AutoencoderKL.load_config(weights / "turbo" / "vae")
    vaes = {"taesd": AutoencoderTiny, "own": lambda: AutoencoderKL.from_config(small)}
    one = {"layers_per_block": 1}  # the second would be traced as the first
    unets = {
        name: UNet2DConditionModel.load_config(weights / name / "unet") | one
        for name in ("turbo", "xl")
    }
    for name, vae, scheduler, guided, batch in (
        ("turbo", "taesd", EULER, True, 4),
        ("xl", "own", ANCESTRAL, False, 1),
    ):
        models = models_of(mode, unets[name], vaes[vae], scheduler)
        play(mode, filled(mode, models, GraphShape(batch, 64, 96, 1, guided)), backend)
        made[f"{name}, {vae}"] = sum(nodes)
        nodes.clear()
        torch._dynamo.reset()
    full = {"sd-turbo": (FULL_UNET, 512), "sd 1.5": (SD15_UNET, 512), "xl": (XL_UNET, 1024)}
    for name, (unet, side) in full.items():  # tracing these takes long, and would say the same
        models = models_of(mode, dict(unet), AutoencoderTiny, EULER)
        play(mode, filled(mode, models, GraphShape(2, side, side, 1, True)), None)
        made[f"{name}, full size"] = sum(one.numel() for one in models.unet.parameters())
    return made


# --- what is launched


class _CodeMadeError(Exception):
    """The code is there; what would load it needs a GPU."""


@contextmanager
def pretended() -> Iterator[None]:
    """An H100 answers whatever torch, inductor and triton ask about the device."""
    import torch._dynamo.device_interface as interface
    import torch._inductor.config as settings
    import torch._inductor.fx_passes.joint_graph
    from triton.backends.compiler import GPUTarget
    from triton.runtime import driver

    answers: dict[str, Any] = {
        "is_available": True,
        "device_count": 1,
        "current_device": 0,
        "get_device_properties": H100(),
        "get_device_capability": (9, 0),
        "get_device_name": H100().name,
        "is_bf16_supported": True,
        "synchronize": None,
        "get_rng_state": torch.zeros(16, dtype=torch.uint8),
        "set_rng_state": None,
        "manual_seed_all": None,
        "is_initialized": False,
        "_lazy_init": None,
        "_exchange_device": 0,
        "_maybe_exchange_device": 0,
        "set_device": None,
    }
    of_interface = {**answers, "exchange_device": 0, "maybe_exchange_device": 0}
    of_interface["get_compute_capability"] = 90

    class Driver:
        """Triton's: only the target is asked for."""

        def get_current_target(self) -> GPUTarget:
            return GPUTarget("cuda", 90, 32)

        def get_active_torch_device(self) -> torch.device:
            return DEVICE

        def get_current_device(self) -> int:
            return 0

    for owner, given in (
        (torch.cuda, answers),
        (interface.CudaInterface, of_interface),
        (interface.CudaInterface.Worker, of_interface),
    ):
        for name, answer in given.items():
            if hasattr(owner, name):
                ask = lambda *_, answer=answer, **__: answer  # noqa: E731
                setattr(owner, name, ask if owner is torch.cuda else staticmethod(ask))
    driver.set_active(Driver())

    def layout(seen: Tensor, *_: Any) -> torch.memory_format:
        return torch.channels_last if seen.ndim == 4 else torch.contiguous_format

    passes = "torch._inductor.fx_passes"
    with (
        patch("torch.version.cuda", "13.0"),
        patch("torch._C._conv_determine_backend_memory_format", layout),
        # Patterns of attention and padding, tried out on the device; none of them occurs here.
        patch(f"{passes}.fuse_attention._sfdp_init", lambda *_: None),
        patch(f"{passes}.pad_mm._pad_mm_init", lambda *_: None),
        settings.patch(
            force_disable_caches=True, compile_threads=1, joint_graph_constant_folding=False
        ),
    ):
        yield


def launches(unet: dict[str, Any], vae: Any) -> dict[str, Any]:
    """Of one step of SD-Turbo's architecture, by kind."""
    mode, codes = fake_mode(), []
    models = models_of(mode, dict(unet), vae, EULER)
    buffers = filled(mode, models, GraphShape(1, 512, 512, 1, False))
    with pretended(), libraries_muted():
        from torch._inductor.compile_fx import compile_fx
        from torch._inductor.graph import GraphLowering

        generate = GraphLowering.codegen

        def codegen(lowering: Any) -> None:
            codes.append(generate(lowering)[0].value)
            raise _CodeMadeError

        def backend(graph: Any, inputs: Any) -> Callable[..., Any]:
            made = len(codes)
            try:
                compile_fx(graph, inputs)
            except Exception:  # the compiler wraps it
                if len(codes) == made:
                    raise
            return graph.forward  # type: ignore[no-any-return]

        with patch.object(GraphLowering, "codegen", codegen):
            play(mode, buffers, backend)
    kinds: Counter[str] = Counter()
    for code in codes:
        kinds += _counted(code)
    return {
        "functions": len(codes),
        "channels first": sum(map(_channels_first, codes)),
        "launches": kinds,
    }


def _counted(code: str) -> Counter[str]:
    body = code[code.index("def call(") :]
    triton = re.findall(r"triton_([a-z]+)_\w+\.run\(", body)
    others = re.findall(r"(?:extern_kernels|aten|afterimage)\.(\w+)(?:\.\w+)?\(", body)
    return Counter(triton) + Counter(others)


def _channels_first(code: str) -> int:
    """How many convolutions make a picture that does not lie channels last."""
    made = re.findall(
        r"(\w+) = (?:extern_kernels\.convolution|torch\.ops\.afterimage\.\w+\.default)\(", code
    )
    strides = dict(re.findall(r"assert_size_stride\((\w+), \([^)]*\), \(\d+, (\d+),", code))
    return sum(strides.get(name, "1") != "1" for name in made)


if __name__ == "__main__":
    gc.disable()  # a trace is millions of objects, and the process ends soon
    functional.scaled_dot_product_attention = flash  # type: ignore[assignment]
    what, *rest = sys.argv[1:]
    part = partial(launches, PART_UNET, PART_VAE)
    made: dict[str, Any]
    if what == "families":
        # Each in a process of its own, which has what this one imported: either leaves torch so
        # that the other fails.
        with get_context("fork").Pool(1, maxtasksperchild=1) as each:
            made = {"families": each.apply(families, (Path(rest[0]),))}
            made["launches"] = each.apply(part) if rest[1:] else None
    elif rest == ["part"]:
        made = part()
    else:
        made = launches(FULL_UNET, AutoencoderTiny)
    print(json.dumps(made, indent=1))
