"""Words for stills pass what the wall's words pass: the list, the translation, the judge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.config.controls import RefusedError
from lib.stills.service.prompts import StillPrompts
from tests.http_client.conftest import serve
from tests.http_client.server import Server, says
from tests.rig import primary
from tests.stills.service.scripted import Worker, running

__all__ = ["serve"]
POLISH, ENGLISH = "kot na murze", "a cat on the wall"


@pytest.mark.parametrize("words", [("a nude", ""), ("a cat", "a nude")])
def test_refused_words_are_refused_in_both_prompts(words: tuple[str, str]) -> None:
    prompts = StillPrompts(primary(safety=True))
    with pytest.raises(RefusedError):
        prompts.judged(*words)


def test_a_polish_prompt_is_translated_and_both_texts_are_kept(
    serve: Callable[..., Server],
) -> None:
    found = {"language": "pl", "confidence": 99.0}
    server = serve(says({"translatedText": ENGLISH, "detectedLanguage": found}))
    with running(translation=True, translation_url=server.url) as service:
        asked = service.ask(POLISH)
        assert Worker(service).claim()["params"]["prompt"] == ENGLISH
        job = service.job(asked["id"])
        assert (job["prompt"], job["prompt_used"], job["remark"]) == (POLISH, ENGLISH, "")


def test_refused_words_reach_no_ledger() -> None:
    with running(safety=True) as service:
        answer = service.client.post("/jobs", json={"prompt": "a nude"})
        assert answer.status_code == 422 and answer.json()["detail"]
        assert service.client.get("/jobs").json()["jobs"] == []


def test_a_translator_that_is_gone_costs_a_remark() -> None:
    with running(translation=True, translation_url="http://127.0.0.1:9") as service:
        job = service.job(service.ask(POLISH)["id"])
        assert job["prompt_used"] == POLISH and "not translated" in job["remark"]
