"""LoRA files: on, off, in part, and those that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lib.config.params import Params
from lib.engine.engine import EngineError
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames, of_diffusers, of_turbo, pipeline

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", num_inference_steps=2, strength=0.5)


_CHANGED = ("to_q", "to_k", "to_v", "q_proj", "v_proj", "out_proj")


def write_lora(file: Path, model: Path, seed: int, rank: int = 2) -> None:
    """In the layout of diffusers, for attention layers of the UNet and of the text encoder."""
    import torch
    from safetensors.torch import load_file, save_file

    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, Any] = {}
    for part, inside in (("unet", "diffusion_pytorch_model"), ("text_encoder", "model")):
        for name, weight in load_file(model / part / f"{inside}.safetensors").items():
            layer = name.removesuffix(".weight")
            if layer.rsplit(".", 1)[-1] not in _CHANGED:
                continue
            if part == "text_encoder" and not layer.startswith("text_model."):
                layer = f"text_model.{layer}"
            out, into = weight.shape
            key = f"{part}.{layer}.lora"
            tensors[f"{key}_A.weight"] = torch.randn(rank, into, generator=generator) / 4
            tensors[f"{key}_B.weight"] = torch.randn(out, rank, generator=generator) / 4
    save_file(tensors, file)


def write_kohya(file: Path, of: Path, alpha: float = 1.0) -> None:
    """The same changes in the layout of kohya's scripts, which most LoRAs have."""
    import torch
    from safetensors.torch import load_file, save_file

    known = {"unet": "lora_unet", "text_encoder": "lora_te"}
    tensors: dict[str, Any] = {}
    for key, tensor in load_file(of).items():
        part, _, rest = key.partition(".")
        layer, _, which = rest.removesuffix(".weight").partition(".lora_")
        name = f"{known[part]}_{layer.replace('.', '_')}"
        rank = min(tensor.shape)
        # What is made of it is alpha / rank times as strong.
        scaled = tensor if which == "A" else tensor * (rank / alpha)
        tensors[f"{name}.lora_{'down' if which == 'A' else 'up'}.weight"] = scaled
        tensors[f"{name}.alpha"] = torch.tensor(alpha)
    save_file(tensors, file)


@pytest.fixture(scope="module")
def loras(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loras")
    write_lora(folder / "ink.safetensors", weights / "turbo", seed=1)
    write_lora(folder / "paper.safetensors", weights / "turbo", seed=2)
    return folder


def test_on_off_and_in_part(engine: Turbo, opens: Opens, loras: Path) -> None:
    frames = noise_frames(1, 64, 64)
    plain = of_turbo(engine, frames, ONE)
    made = {
        lora: of_turbo(opens(lora_dir=str(loras), lora=lora), frames, ONE)
        for lora in ("ink:0", "ink:0.5", "ink:0.5, paper")
    }
    assert float((made.pop("ink:0") - plain).abs().max()) < 1e-5
    different = [*made.values(), plain]
    for at, one in enumerate(different):
        assert all(float((one - other).abs().max()) > 1e-3 for other in different[at + 1 :])


def test_it_is_what_diffusers_makes_of_it(weights: Path, opens: Opens, loras: Path) -> None:
    reference = pipeline(weights / "turbo", weights / "taesd")
    reference.load_lora_weights(loras, weight_name="ink.safetensors", adapter_name="ink")
    reference.set_adapters(["ink"], [0.7])
    engine = opens(lora_dir=str(loras), lora="ink:0.7")
    frames = noise_frames(1, 64, 64)
    expected = of_diffusers(reference, frames, ONE)
    assert float((of_turbo(engine, frames, ONE) - expected).abs().max()) < 1e-4


def test_the_layout_of_kohya_is_the_same_change(
    opens: Opens, loras: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_kohya(tmp_path / "ink.safetensors", loras / "ink.safetensors")
    frames = noise_frames(1, 64, 64)
    expected = of_turbo(opens(lora_dir=str(loras), lora="ink:0.7"), frames, ONE)
    made = of_turbo(opens(lora_dir=str(tmp_path), lora="ink:0.7"), frames, ONE)
    assert float((made - expected).abs().max()) < 1e-5
    assert "left out" not in caplog.text


@pytest.mark.parametrize("layout", ["diffusers", "kohya"])
def test_layers_that_the_model_lacks_are_counted_and_said(
    opens: Opens, loras: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, layout: str
) -> None:
    """As where a LoRA was trained on a larger model of the same family."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(loras / "ink.safetensors")
    there = len(tensors) // 2
    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_"
    for which in "AB":
        known = tensors[f"{layer}{which}.weight"]
        for at in (5, 6):
            other = layer.replace("transformer_blocks.0", f"transformer_blocks.{at}")
            tensors[f"{other}{which}.weight"] = known.clone()
    file = tmp_path / "wide.safetensors"
    save_file(tensors, file)
    if layout == "kohya":
        write_kohya(file, file)
    opens(lora_dir=str(tmp_path), lora="wide")
    said = f"LoRA wide: 2 of its {there + 2} layers are not in this model, and are left out"
    assert said in caplog.text


@pytest.mark.parametrize(
    ("lora", "sentence"),
    [
        ("oil", "LoRA 'oil' is not in the folder {folder}, which has ink, paper"),
        ("../ink", "LoRA '../ink' is not in the folder"),
    ],
)
def test_what_is_not_there(opens: Opens, loras: Path, lora: str, sentence: str) -> None:
    with pytest.raises(EngineError) as caught:
        opens(lora_dir=str(loras), lora=lora)
    assert sentence.format(folder=loras) in str(caught.value)


def test_files_that_do_not_fit(weights: Path, opens: Opens, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    whole = tmp_path / "ink.safetensors"
    write_lora(whole, weights / "turbo", seed=1)
    tensors = load_file(whole)
    (tmp_path / "cut.safetensors").write_bytes(whole.read_bytes()[:-50])
    save_file({"something.else": tensors[next(iter(tensors))]}, tmp_path / "other.safetensors")
    larger = {name: tensor.repeat(2, 2) for name, tensor in tensors.items()}
    save_file(larger, tmp_path / "larger.safetensors")
    for name, sentence in (
        ("cut", "is damaged or cut off"),
        ("other", "does not fit to the model"),
        ("larger", "does not fit to the model"),
    ):
        with pytest.raises(EngineError, match=sentence):
            opens(lora_dir=str(tmp_path), lora=name)
