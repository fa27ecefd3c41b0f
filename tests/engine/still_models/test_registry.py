"""Which models there are, and of which family; by names, folders and headers alone."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from lib.config.settings import WorkerSettings
from lib.core.model_names import meant, plain_name
from lib.engine.engine import EngineError
from lib.engine.stills.model_files import examine
from lib.engine.stills.registry import ModelRegistry, StillModel, family_of, models_folder

KEY = "model.diffusion_model.input_blocks.{}.1.transformer_blocks.0.attn2.to_k.weight"
FIRST = "model.diffusion_model.input_blocks.0.0.weight"


def header(file: Path, tensors: dict[str, tuple[int, ...]]) -> Path:
    """A file as large as its header says, with holes in place of weights."""
    at, said = 0, {}
    for name, shape in tensors.items():
        size = 2
        for side in shape:
            size *= side
        said[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps({"__metadata__": {"format": "pt"}} | said).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        out.truncate(8 + len(text) + at)
    return file


def folder(place: Path) -> Path:
    (place / "unet").mkdir(parents=True)
    (place / "model_index.json").write_text("{}")
    (place / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"")
    return place


def touched(place: Path, *names: str) -> Path:
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"")
    return place


def test_it_lists_folders_and_three_endings_of_three_families_and_leaves_the_rest(
    tmp_path: Path,
) -> None:
    touched(tmp_path, "plain.safetensors", "v1/a.safetensors", "v1/b.safetensor", "v2/c.ckpt",
            "v1/.hidden.ckpt", "v1/notes.txt", "v1/deeper/no.ckpt", "other/no.safetensors",
            "xl/D.SAFETENSORS", "v1/settings/model_index.json")  # fmt: skip
    folder(tmp_path / "xl" / "dream.v2")
    there = ModelRegistry(tmp_path).models()
    assert list(there) == ["plain", "v1/a", "v1/b", "v2/c", "xl/D", "xl/dream.v2"]
    assert [one.family for one in there.values()] == ["", "v1", "v1", "v2", "xl", "xl"]
    assert there["xl/dream.v2"].is_folder and not there["v1/a"].is_folder


def test_of_one_name_the_folder_wins_then_safetensors_then_ckpt(tmp_path: Path) -> None:
    touched(tmp_path, "v1/a.ckpt", "v1/a.safetensor", "v1/b.ckpt", "v1/b.safetensors")
    registry = ModelRegistry(tmp_path)
    assert {name: one.path.suffix for name, one in registry.models().items()} == {
        "v1/a": ".safetensor", "v1/b": ".safetensors",
    }  # fmt: skip
    folder(tmp_path / "v1" / "a")  # it came while a worker runs
    assert registry.models()["v1/a"].is_folder


def test_a_folder_that_is_not_there_is_said_and_none_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    def found(**changed: str) -> Path | None:
        return models_folder(WorkerSettings(_env_file=None, **changed))

    assert found() is None and ModelRegistry(None).models() == {}
    usual = tmp_path / "stablediffusuion" / "checkpoints"
    usual.mkdir(parents=True)
    assert found() == usual
    assert found(base_dir=str(tmp_path)) == tmp_path
    assert found(base_dir=str(tmp_path), models_dir=str(usual)) == usual
    with pytest.raises(EngineError, match="MODELS_DIR /nowhere is no folder"):
        found(models_dir="/nowhere")


def test_the_family_is_as_said_else_the_folders_else_the_headers() -> None:
    lies = StillModel("v1/a", Path("a"), "v1")
    bare = StillModel("a", Path("a"))
    assert family_of(lies, 768) == "v1" and family_of(lies, None) == "v1"
    assert [family_of(bare, width) for width in (768, 1024, 2048)] == ["v1", "v2", "xl"]
    assert family_of(bare, None, "v2") == "v2"
    for model, width, said, words in (
        (lies, 2048, "", "lies in a folder for v1, but is an XL model"),
        (lies, None, "xl", ""),
        (bare, 768, "xl", "is said to be xl, but is Stable Diffusion 1"),
        (bare, None, "", "cannot be told"),
        (bare, 4096, "", "4096 wide"),
    ):
        if words:
            with pytest.raises(EngineError, match=words):
                family_of(model, width, said)
        else:
            assert family_of(model, width, said) == said


@pytest.mark.parametrize(
    ("family", "width", "block"), [("v1", 768, 1), ("v2", 1024, 1), ("xl", 2048, 4)]
)
def test_real_headers_tell_the_family(tmp_path: Path, family: str, width: int, block: int) -> None:
    file = header(
        tmp_path / "a.safetensors", {FIRST: (320, 4, 3, 3), KEY.format(block): (640, width)}
    )
    touched(tmp_path, "a/model_index.json")
    facts = examine(StillModel("a", file))
    assert facts.family == family and facts.numbers == 320 * 36 + 640 * width
    assert facts.settings == tmp_path / "a" and facts.settings_are_own


def test_what_no_still_can_be_made_with_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    key = KEY.format(1)
    for name, tensors, words in (
        ("inpaints", {FIRST: (320, 9, 3, 3), key: (320, 768)}, "UNet for inpainting"),
        ("else", {"lora_A.weight": (4, 4)}, "holds no Stable Diffusion model"),
        ("strange", {key: (320, 999)}, "999 wide"),
        ("alone", {FIRST: (320, 4, 3, 3), key: (320, 768)}, "needs the settings .* fetch them"),
    ):
        file = header(tmp_path / f"{name}.safetensors", tensors)
        with pytest.raises(EngineError, match=words):
            examine(StillModel(name, file))
    (tmp_path / "alone.safetensors").write_bytes(b"short")
    with pytest.raises(EngineError, match="is damaged or cut off"):
        examine(StillModel("alone", tmp_path / "alone.safetensors"))


def test_a_name_may_be_written_in_several_ways() -> None:
    there = ("sd-turbo", "v1/forest", "v2/forest", "xl/dream")
    for name, family, found in (
        ("v1/forest", "", "v1/forest"),
        ("v1/forest.safetensors", "", "v1/forest"),
        ("dream.CKPT", "", "xl/dream"),
        ("forest", "", "forest"),  # of two
        ("forest", "v2", "v2/forest"),
        ("v1/forest", "v2", "v2/forest"),
        ("stabilityai/sd-turbo", "", "sd-turbo"),
        ("", "", ""),
        ("", "v1", ""),
        ("unknown.ckpt", "xl", "unknown"),
    ):
        assert meant(name, there, family) == found, name
    assert plain_name("dream.v2") == "dream.v2"
