"""Stills of tiny models of each family, beside what diffusers itself makes of the same."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lib.core.pixels import Pixels
from lib.core.still_params import StillKind, StillParams
from lib.engine.engine import EngineError, StillCancelledError
from lib.engine.turbo.library_logs import libraries_muted
from tests.engine.still_models.conftest import Opens, Told

if TYPE_CHECKING:
    from torch import Tensor

    from lib.engine.stills.opening import StillsAlone

pytestmark = pytest.mark.slow
SIZE = 64
IMAGE = np.random.default_rng(2).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
MASK = np.zeros((SIZE, SIZE), np.uint8)
MASK[:, SIZE // 2 :] = 255
CAT: dict[str, Any] = {"prompt": "a cat", "width": SIZE, "height": SIZE, "steps": 3, "seed": 5}


@pytest.fixture(scope="module")
def engine(library: Path) -> StillsAlone:
    """One of all models: what is loaded for a test is there for the next."""
    from tests.engine.still_models import conftest

    opens: Opens = conftest.opens.__wrapped__()  # type: ignore[attr-defined]
    return opens(library)


def still(engine: StillsAlone, told: Told | None = None, **changed: Any) -> Pixels:
    params = StillParams(**{**CAT, **changed})
    image = None if params.kind is StillKind.TXT2IMG else IMAGE
    mask = MASK if params.kind is StillKind.INPAINT else None
    (picture,) = engine.make(params, image, mask, told or Told())
    return picture


def ours(engine: StillsAlone, **changed: Any) -> Tensor:
    """Before it is rounded to bytes."""
    import torch

    from lib.engine.stills.pipelines import StillPipeline, inputs_for

    params = StillParams(**{**CAT, **changed})
    checkpoint = engine._stills.models.get(params.model, Told())
    with libraries_muted(), torch.no_grad():
        inputs = inputs_for(params, IMAGE, MASK)
        return StillPipeline(checkpoint, params, False).drawn(inputs, 5, lambda *_: None)


def family_of(folder: Path) -> str:
    return "StableDiffusionXL" if "xl" in folder.parts else "StableDiffusion"


@cache
def read(folder: Path) -> Any:
    import diffusers

    family = family_of(folder)
    more = {"add_watermarker": False} if family.endswith("XL") else {"safety_checker": None}
    return getattr(diffusers, f"{family}Pipeline").from_pretrained(folder, **more)


def plain(folder: Path, kind: str = "", scheduler: Any = None, **more: Any) -> Tensor:
    """The same by diffusers alone, as its manual has it."""
    import diffusers
    import torch

    with libraries_muted(), torch.no_grad():
        whole = read(folder)
        scheduler = scheduler or type(whole.scheduler).from_config
        made: Any = getattr(diffusers, f"{family_of(folder)}{kind}Pipeline").from_pipe(
            whole, scheduler=scheduler(whole.scheduler.config)
        )
        made.set_progress_bar_config(disable=True)
        given: dict[str, Any] = {"height": SIZE, "width": SIZE}
        if kind:
            picture = torch.from_numpy(IMAGE).permute(2, 0, 1)[None] / 255
            given = {"image": picture, "strength": 0.7}
        if kind == "Inpaint":
            mask = torch.from_numpy(MASK)[None, None] / 255
            given |= {"mask_image": mask, "height": SIZE, "width": SIZE}
        pictures: Tensor = made(
            **{"prompt": "a cat", "num_inference_steps": 3, **given, **more},
            generator=torch.Generator().manual_seed(5), output_type="pt",
        ).images  # fmt: skip
    return pictures[0].permute(1, 2, 0)


def differ(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


@pytest.mark.parametrize("family", ["v1", "v2", "xl"])
def test_a_still_is_what_diffusers_makes(engine: StillsAlone, library: Path, family: str) -> None:
    """Guided, away from other words; from nothing, from a picture, and inside a mask."""
    folder, named = library / family / "dir", {"negative_prompt": "dogs", "guidance_scale": 4.0}
    asked = {"model": f"{family}/dir", "negative": "dogs", "guidance": 4.0, "strength": 0.7}
    for kind, theirs in (
        ("txt2img", ""), ("img2img", "Img2Img"), ("inpaint", "Inpaint"),
    ):  # fmt: skip
        assert differ(ours(engine, kind=kind, **asked), plain(folder, theirs, **named)) < 1e-4
    without = ours(engine, model=f"{family}/dir", guidance=4.0)
    assert differ(without, ours(engine, **asked)) > 1e-3  # the negative prompt counts
    assert differ(without, ours(engine, model=f"{family}/dir", guidance=9.0)) > 1e-3


@pytest.mark.parametrize("family", ["v1", "v2", "xl"])
def test_a_single_file_is_the_same_model(engine: StillsAlone, family: str) -> None:
    """A .ckpt, a .safetensor and a .safetensors, by the names that their weights were trained
    under."""
    one, folder = (still(engine, model=f"{family}/{name}") for name in ("one", "dir"))
    assert np.abs(one.astype(int) - folder).max() <= 1


def simpson(function: Callable[[float], float], start: float, end: float, **_: float) -> Any:
    """Exact: what is integrated are cubic polynomials."""
    first, middle, last = (float(function(at)) for at in (start, (start + end) / 2, end))
    return ((first + 4 * middle + last) * (end - start) / 6,)


def test_each_scheduler_is_diffusers_own(
    engine: StillsAlone, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import diffusers
    from diffusers.schedulers import scheduling_lms_discrete as lms

    # Its integral, by other means than ours: the package that it is made with is not installed.
    monkeypatch.setattr(lms, "integrate", type("I", (), {"quad": simpson}), raising=False)
    latents = {"clip_sample": False, "set_alpha_to_one": False}
    seen = []
    for name, kind, more in (
        ("ddpm", diffusers.DDPMScheduler, {"clip_sample": False}),
        ("ddim", diffusers.DDIMScheduler, latents),
        ("plms", diffusers.PNDMScheduler, {"skip_prk_steps": True}),
        ("lms", lms.LMSDiscreteScheduler, {}),
        ("euler", diffusers.EulerDiscreteScheduler, {}),
        ("euler_a", diffusers.EulerAncestralDiscreteScheduler, {}),
        ("dpm", diffusers.DPMSolverMultistepScheduler, {}),
    ):
        made = ours(engine, model="v1/dir", scheduler=name, steps=5)
        theirs = plain(
            library / "v1" / "dir",
            scheduler=lambda config, kind=kind, more=more: kind.from_config(config, **more),
            num_inference_steps=5,
        )
        assert differ(made, theirs) < 1e-4, name
        seen.append(made)
    assert min(differ(a, b) for n, a in enumerate(seen) for b in seen[:n]) > 1e-4
    with pytest.raises(EngineError, match="there is no scheduler 'best'; there is ddpm, ddim"):
        still(engine, model="v1/dir", scheduler="best")


def test_seeds_count_up_with_the_samples_and_steps_are_told(engine: StillsAlone) -> None:
    told = Told(previews=True)
    three = StillParams(**{**CAT, "model": "v2/dir", "samples": 3})
    made = list(engine.make(three, None, None, told))
    assert len({one.tobytes() for one in made}) == 3
    for number, one in enumerate(made):
        assert np.array_equal(one, still(engine, model="v2/dir", seed=5 + number))
    assert told.done == list(range(10)) and told.total == 9
    assert {one.shape for one in told.previews} == {(SIZE // 2, SIZE // 2, 3)}


def test_strength_is_how_far_from_the_picture_it_goes(engine: StillsAlone) -> None:
    near, far = (
        np.abs(still(engine, kind="img2img", model="v1/dir", strength=one, steps=5).astype(int)
               - IMAGE).mean()
        for one in (0.2, 0.9)
    )  # fmt: skip
    assert near < far
    for none in (0.0, 0.05):  # as with frames, one step at least
        told = Told()
        still(engine, told, kind="img2img", model="v2/dir", strength=none)
        assert told.done == [0, 1]


def test_outside_the_mask_and_of_the_picture_on_its_canvas_nothing_changes(
    engine: StillsAlone,
) -> None:
    made = still(engine, kind="inpaint", model="v1/dir", strength=1.0)
    kept = MASK == 0
    assert np.array_equal(made[kept], IMAGE[kept]) and not np.array_equal(made, IMAGE)
    params = {"kind": "outpaint", "width": 96, "height": 80, "left": 24, "top": -8}
    wide = still(engine, model="v1/dir", **params)
    assert np.array_equal(wide[: SIZE - 8, 24 : 24 + SIZE], IMAGE[8:])
    around = np.concatenate([wide[:, :24].ravel(), wide[SIZE - 8 :].ravel()])
    assert around.std() > 1  # something is painted there


def test_a_cancel_ends_it_within_a_step_and_the_next_still_is_whole(engine: StillsAlone) -> None:
    whole = still(engine, model="v1/dir")
    told = Told(most_pieces=3)  # one before the first step, and two steps
    with pytest.raises(StillCancelledError):
        still(engine, told, model="v1/dir", steps=50)
    assert told.done[-1] == 2 or told.pieces == 4
    assert np.array_equal(still(engine, model="v1/dir"), whole)


def test_nothing_is_loaded_before_it_is_needed_and_the_least_used_makes_room(
    library: Path, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opens(library, models_gb=0.08)  # v1 and v2, not XL beside them
    held = engine._stills.models.held
    assert engine.offer and set(engine.offer.models or ()) == {
        f"{family}/{name}" for family in ("v1", "v2", "xl") for name in ("dir", "one")
    }
    assert (held.loads, engine.offered().held) == (0, ())
    first = still(engine, model="v1/dir")
    still(engine, model="v2/dir")
    assert (held.loads, engine.offered().held) == (2, ("v2/dir", "v1/dir"))
    still(engine, model="v1/dir")  # and back: both are held
    assert (held.loads, engine.offered().held) == (2, ("v1/dir", "v2/dir"))
    still(engine, model="v1/one")  # the least recently used goes, and no more than that
    assert (held.loads, engine.offered().held) == (3, ("v1/one", "v1/dir"))
    assert np.array_equal(still(engine, model="v1/dir"), first)
    assert held.loads == 3 and 0 < held.bytes < 80e6
    monkeypatch.setattr(held, "_free_bytes", lambda: 500_000_000)
    words = r"not enough memory for the model v2/dir: it needs 0.0 GB and 1 GB to work in, and 0.5"
    with pytest.raises(EngineError, match=words):
        still(engine, model="v2/dir")
    with pytest.raises(EngineError, match=r"there is no model 'v3'; there is v1/dir, v1/one, v2"):
        still(engine, model="v3")


def test_a_cancel_while_a_model_loads_is_heard_and_the_load_is_not_lost(
    library: Path, opens: Opens
) -> None:
    class Leaves(Told):
        def loads(self) -> None:
            raise StillCancelledError

    engine = opens(library)
    held = engine._stills.models.held
    with pytest.raises(StillCancelledError):
        still(engine, Leaves(), model="v1/dir")
    assert held.loads == 0
    loading = engine._stills.models._begun("v1/dir")
    engine._stills.models._loading = loading
    with pytest.raises(StillCancelledError):
        still(engine, Leaves(), model="v1/dir")
    loading.done.wait(20)
    still(engine, model="v1/dir")
    assert held.loads == 1


@pytest.mark.parametrize(("machine", "memory"), [("big", ""), ("tiny", "attention in slices")])
def test_a_small_machine_slices_attention_and_says_so(
    library: Path, opens: Opens, machine: str, memory: str, engine: StillsAlone
) -> None:
    """With the same picture. Parts of a model are taken in turn on a GPU alone."""
    small = opens(library, machine_size=machine)
    assert small.offer and small.offer.memory == memory
    pair = [still(one, model="v1/dir").astype(int) for one in (small, engine)]
    assert np.abs(pair[0] - pair[1]).max() <= 1
    processors = small._stills.models.get("v1/dir", Told()).components["unet"].attn_processors
    sliced = {type(one).__name__ for one in processors.values()} == {"SlicedAttnProcessor"}
    assert sliced == bool(memory)


class Wants:
    """What a pickle of weights has no need of."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/afterimage-was-here",)


def spoilt(folder: Path) -> Iterator[tuple[str, str]]:
    """Files that are no models, and a part of the sentence for each."""
    import torch

    file = folder / "v1" / "one.ckpt"
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    yield "v1/one", "damaged"
    file.write_bytes(b"<html>" * 100)
    yield "v1/one", "refused: it is damaged, or holds more than weights"
    with file.open("wb") as out:
        pickle.dump({"state_dict": Wants()}, out, protocol=2)  # as old ones are
    yield "v1/one", "could run a program"
    torch.save({"state_dict": {}, "callback": Wants()}, file)
    yield "v1/one", r"refused: beside weights it asks for (posix|os)\.system"
    torch.save([1, 2], file)
    yield "v1/one", "holds no weights"
    torch.save({"state_dict": {"model.diffusion_model.a": torch.zeros(2)}}, file)
    yield "v1/one", "no Stable Diffusion model"
    unet = folder / "v1" / "dir" / "unet" / "diffusion_pytorch_model.safetensors"
    whole = unet.read_bytes()
    unet.write_bytes(whole[:5000])
    yield "v1/dir", "damaged or cut off"
    unet.write_bytes(whole)
    (folder / "v1" / "dir" / "text_encoder" / "model.safetensors").unlink()
    yield "v1/dir", "has no weights of its text_encoder"
    (folder / "v1" / "dir" / "unet" / "config.json").write_text("{")
    yield "v1/dir", "config.json cannot be read"


def test_damaged_and_foreign_files_are_one_sentence_each(copied: Path, opens: Opens) -> None:
    engine = opens(copied)
    for name, words in spoilt(copied):
        with pytest.raises(EngineError, match=words) as caught:
            still(engine, model=name)
        said = str(caught.value)
        assert (
            "weights_only" not in said
            and "\n" not in said
            and "Traceback" not in said
            and len(said) < 420
        ), said
    assert not Path("/tmp/afterimage-was-here").exists()
    assert engine.offered().held == ()
