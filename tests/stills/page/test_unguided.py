"""What a model makes of words that shall not be there, said at their field."""

from __future__ import annotations

from typing import Any

from tests.stills.service.scripted import Service, Worker
from tests.web.browser import marks, opened

pytestmark = marks


def test_the_field_says_which_models_heed_it_only_with_guidance(
    browser: Any, shared: Service
) -> None:
    models = {"models": ["v1/slow", "fast"], "unguided": ["", "fast"], "kinds": []}  # makes nothing
    Worker(shared, engine="turbo", name="t", more=models).try_claim(wait_s=0.1)
    assert shared.client.get("/models").json()["unguided"] == ["", "fast"]
    with opened(browser, f"{shared.address}/stills", may_be_refused=True) as page:
        page.wait_for_selector("#models option", state="attached")
        page.evaluate("document.getElementById('more').open = true")
        for model, guidance, heeds in (
            ("", "", False), ("fast", "1", False), ("fast", "4,5", True), ("v1/slow", "", True),
        ):  # fmt: skip
            page.fill("#model", model)
            page.fill("#guidance", guidance)
            said = page.get_attribute("#negative", "placeholder")
            assert said.startswith("what to leave out")
            assert ("guidance" not in said) == heeds, (model, guidance, said)
