"""Whatever is wrong with a checkpoint is one sentence."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lib.config.params import Params
from lib.config.settings import ROOT, WorkerSettings
from lib.engine.engine import EngineError
from lib.engine.turbo import open_turbo
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

UNET = "unet/diffusion_pytorch_model.safetensors"
ONE = Params(prompt="snow", num_inference_steps=1, strength=1.0)


def change_json(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def lose_some(path: Path, of: str = "") -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(path)
    lost = [name for name in sorted(tensors) if name.startswith(of)][:4]
    save_file({name: tensors[name] for name in tensors if name not in lost}, path)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no index": (lambda m: (m / "model_index.json").unlink(), "model_index.json is missing"),
    "an index that is no JSON": (
        lambda m: (m / "model_index.json").write_text("<html>"),
        "model_index.json cannot be read",
    ),
    "another architecture": (
        lambda m: change_json(m / "model_index.json", _class_name="FluxPipeline"),
        "is a FluxPipeline; turbo serves Stable Diffusion",
    ),
    "inpainting": (
        lambda m: change_json(m / "unet" / "config.json", in_channels=9),
        "holds a UNet for inpainting or upscaling, which turbo does not serve",
    ),
    "guidance built in": (
        lambda m: change_json(m / "unet" / "config.json", time_cond_proj_dim=256),
        "has a UNet with time_cond_proj_dim, which turbo does not serve",
    ),
    "no weights": (lambda m: (m / UNET).unlink(), "has no weights of its unet"),
    "truncated": (lambda m: cut(m / UNET, 5_000_000), "is damaged or cut off (5000000 of "),
    "only a beginning": (lambda m: cut(m / UNET, 4), "no safetensors file, or only its first"),
    "an empty file": (lambda m: cut(m / UNET, 0), "is damaged or cut off"),
    "a web page": (lambda m: (m / UNET).write_text("<html>" * 99), "is damaged or cut off"),
    "weights that are not all there": (lambda m: lose_some(m / UNET), "lacks 4 of "),
    "weights of another size": (
        lambda m: change_json(m / "unet" / "config.json", cross_attention_dim=64),
        "cannot be loaded",
    ),
    "no scheduler": (
        lambda m: (m / "scheduler" / "scheduler_config.json").unlink(),
        "is not whole: scheduler_config.json is missing",
    ),
    "a scheduler that says the picture": (
        lambda m: change_json(m / "scheduler" / "scheduler_config.json", prediction_type="sample"),
        "predicts 'sample' is not served",
    ),
    "no tokenizer": (lambda m: shutil.rmtree(m / "tokenizer"), "cannot be loaded"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_model_that_can_not_be_used(
    weights: Path, opens: Opens, tmp_path: Path, what: str
) -> None:
    breaks, sentence = BROKEN[what]
    model = tmp_path / "model"
    shutil.copytree(weights / "turbo", model)
    breaks(model)
    with pytest.raises(EngineError) as caught:
        opens(model=str(model))
    assert sentence in str(caught.value)
    assert str(model) in str(caught.value) or "predicts" in sentence
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"vae": "{home}/turbo/text_encoder"}, "is a None; turbo serves AutoencoderTiny"),
        ({"vae": "{home}/turbo/unet"}, "is a UNet2DConditionModel; turbo serves"),
        ({"vae": "{home}/turbo"}, "holds no VAE: config.json is missing"),
        ({"vae": f"{{home}}/turbo/{UNET}"}, "holds no TAESD"),
        ({"model": f"{{home}}/turbo/{UNET}"}, "holds no Stable Diffusion model"),
        ({"model": "{home}/turbo/tokenizer/merges.txt"}, "is no .safetensors file"),
        ({"device": "cuda:7"}, "device cuda:7 is not there"),
    ],
)
def test_settings_that_do_not_fit(
    weights: Path, opens: Opens, changed: dict[str, str], sentence: str
) -> None:
    with pytest.raises(EngineError) as caught:
        opens(**{key: value.format(home=weights) for key, value in changed.items()})
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"model": "/nowhere/at/all"}, "the model /nowhere/at/all is not there"),
        ({"vae": "./nowhere"}, "./nowhere is not there"),
        (
            {"local_files_only": "true"},
            "are not on this machine; fetch them: automation/download-models.sh stabilityai/sd",
        ),
        ({}, "the weights stabilityai/sd-turbo are not on this machine"),
    ],
)
def test_weights_that_are_not_there_end_a_worker_with_code_2(
    tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    here = {"ENV_FILE": "/dev/null", "HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    flags = [
        f"--{key}={value}" for key, value in {"engine": "turbo", "device": "cpu", **changed}.items()
    ]
    done = subprocess.run(
        [sys.executable, "transform.py", *flags],
        cwd=ROOT,
        env=kept | here,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("transform.py: ") and sentence in last
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("open_clip", [False, True])
def test_one_file_is_the_same_model(
    weights: Path, opens: Opens, tmp_path: Path, open_clip: bool
) -> None:
    from tests.engine.turbo.single_file import write_single

    file = write_single(weights / "turbo", tmp_path / "mine.safetensors", open_clip)
    with pytest.raises(EngineError, match=r"needs the settings and the tokenizer of its family"):
        opens(model=str(file), local_files_only=True)
    small = shutil.ignore_patterns("*.safetensors")
    shutil.copytree(weights / "turbo", tmp_path / "mine", ignore=small)
    frames = noise_frames(1, 64, 64)
    # The layout of its words has nothing to do with the small VAE, which is a file, too.
    vaes = [f"{weights}/taesd/diffusion_pytorch_model.safetensors"] if open_clip else ["model"]
    for vae in vaes:
        of_folder = opens(vae=vae).generate(frames, ONE).astype(int)
        made = opens(model=str(file), vae=vae).generate(frames, ONE)
        assert np.abs(made - of_folder).max() <= 1  # its weights lie in another order in memory
    clip = "model.transformer.resblocks" if open_clip else "transformer.text_model.encoder.layers"
    lose_some(file, f"cond_stage_model.{clip}.0.")
    with pytest.raises(EngineError, match=r"cannot be loaded: it lacks \d weights of text_encoder"):
        opens(model=str(file), vae="model")
    lose_some(file, "model.diffusion_model.middle_block.")
    with pytest.raises(EngineError, match="cannot be loaded: it is not whole, or of another kind"):
        opens(model=str(file), vae="model")


def test_a_small_vae_in_one_file_is_the_one_of_the_folder(weights: Path) -> None:
    """Its widths, which no config says, show in its shapes."""
    import torch
    from diffusers import AutoencoderTiny

    from lib.engine.turbo.single_file import load_single_file_vae

    file = weights / "taesd" / "diffusion_pytorch_model.safetensors"
    made = load_single_file_vae(file, torch.float32)
    expected = AutoencoderTiny.from_pretrained(weights / "taesd").state_dict()
    assert made.state_dict().keys() == expected.keys()
    assert all(torch.equal(made.state_dict()[name], expected[name]) for name in expected)


def test_an_xl_file_asks_for_the_small_vae_of_xl_models(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only names and shapes are read for it; the other VAE would be fetched for nothing."""
    import torch
    from safetensors.torch import save_file

    from lib.engine.turbo import weight_files

    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    words = "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"
    file = tmp_path / "large.safetensors"
    save_file({words: torch.zeros(1, 2048)}, file)
    cached = tmp_path / "hub" / "models--stabilityai--sdxl-turbo"
    shutil.copytree(weights / "xl", cached / "snapshots" / "abc")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc")
    small = "madebyollin/taesd"
    assert weight_files.wanted(str(file), small) == [str(file), "madebyollin/taesdxl"]
    save_file({words: torch.zeros(1, 1024)}, file)
    assert weight_files.wanted(str(file), small) == [str(file), small]


def test_a_folder_with_a_small_vae_asks_for_no_other(
    weights: Path, opens: Opens, engine: Turbo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))  # where nothing is
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    model = tmp_path / "model"
    shutil.copytree(weights / "turbo", model)
    shutil.rmtree(model / "vae")
    shutil.copytree(weights / "taesd", model / "vae")
    frames = noise_frames(1, 64, 64)
    engine.settle(ONE)
    made = opens(model=str(model), vae="madebyollin/taesd")
    assert np.array_equal(made.generate(frames, ONE), engine.generate(frames, ONE))


def test_what_fails_at_the_first_kernel_is_a_sentence(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that torch has no kernels for loads a model, and fails at the first product."""
    from lib.engine.turbo import turbo

    def unconditional(*_: object) -> None:
        raise RuntimeError(
            "CUDA error: no kernel image is available for execution on the device\nCUDA kernel "
            "errors might be asynchronously reported"
        )

    monkeypatch.setattr(turbo.PromptEncoder, "unconditional", unconditional)
    home = {"model": f"{weights}/turbo", "vae": f"{weights}/taesd", "device": "cpu"}
    with pytest.raises(EngineError) as caught:
        open_turbo(WorkerSettings(_env_file=None, **home), "asked for")
    assert str(caught.value) == (
        "engine turbo cannot run here: CUDA error: no kernel image is available for execution on "
        "the device"
    )


def test_half_precision_files_are_taken_first(
    weights: Path, opens: Opens, engine: Turbo, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(weights / "turbo", model)
    for path in [model / UNET, model / "text_encoder" / "model.safetensors"]:
        path.rename(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))
    frames = noise_frames(1, 64, 64)
    engine.settle(ONE)
    made = opens(model=str(model)).generate(frames, ONE)
    assert np.array_equal(made, engine.generate(frames, ONE))


def test_it_says_how_far_it_is(opens: Opens, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        opens()
    said = [record.message for record in caplog.records]
    assert said[0].startswith("loading ") and said[0].endswith("to cpu")
    assert said[1].startswith("loading 1 of 2: text_encoder")
    assert said[2].startswith("loading 2 of 2: unet")
    assert said[-1].startswith("loaded in ")


def test_lower_precision_is_close(engine: Turbo, opens: Opens) -> None:
    frames = noise_frames(1, 64, 64)
    engine.settle(ONE)
    exact = engine.generate(frames, ONE).astype(int)
    made = opens(dtype="bfloat16").generate(frames, ONE).astype(int)
    assert np.abs(made - exact).mean() < 4


def test_without_the_packages_it_is_a_sentence(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("lib.engine.turbo.")]:
        if name != "lib.engine.turbo.weight_files":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    settings = WorkerSettings(_env_file=None, model=f"{weights}/turbo", vae=f"{weights}/taesd")
    with pytest.raises(EngineError, match=r"needs the packages of requirements.txt"):
        open_turbo(settings, "asked for")
