"""What is heard and said is kept nowhere, keys and tokens are shown to nobody, and guests have
their own voice alone."""

from __future__ import annotations

import json
import logging
import tempfile
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from lib.config.voice_settings import VoiceSettings
from lib.core.voice.prosody import RATE_HZ
from tests.rig import until
from tests.signals.voice.conftest import Voices
from tests.signals.voice.elsewhere import http_elsewhere
from tests.signals.voice.talking import VoiceService, serving, talking

CONTROL, GUEST = "control-token-of-this-test-0001", "guest-token-of-this-test-00000002"
KEYS = {name: f"{name}-of-this-test" for name in ("hume_api_key", "hume_secret_key")}
REPLY_KEY = "voice-reply-key-of-this-test"
WORDS = "zanzibar marmalade"
PAUSE = np.zeros(RATE_HZ, np.int16)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """All that the process may write into: state, temporary folder, cache, the run's own."""
    found = []
    for variable in ("STATE_DIR", "TMPDIR", "XDG_CACHE_HOME", "HOME"):
        folder = tmp_path / variable.lower()
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv(variable, str(folder))
        found.append(folder)
    monkeypatch.setattr(tempfile, "tempdir", None)
    return [*found, tmp_path / "run"]


@pytest.fixture
def service(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[VoiceService]:
    folders[-1].mkdir()
    tokens = {"control_token": CONTROL, "guest_token": GUEST}
    with http_elsewhere() as endpoint:
        endpoint.answers["/chat/completions"] = (500, {"error": f"{WORDS} {REPLY_KEY}"})
        changes = {"voice_reply_url": endpoint.url, "voice_reply_key": REPLY_KEY}
        with serving(folders[-1], **tokens, **KEYS, **changes) as service:
            yield service


def test_no_word_sound_key_or_token_is_served_logged_or_written(
    service: VoiceService, folders: list[Path], voices: Voices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.client.headers["Authorization"] = f"Bearer {CONTROL}"
    voice = voices("excited")
    piece = voice[4000:4320].tobytes()
    with talking(service, CONTROL) as talker:
        talker.speaks_linear16(words="client")
        sender = threading.Thread(target=talker.speak, args=(voice, PAUSE))
        sender.start()
        assert until(lambda: service.value("speaking") == 1)
        talker.tell("user_input", text=WORDS, spoken=True)
        assert talker.first("user_message", wanted=lambda one: not one["interim"])
        talker.first("error")  # the endpoint fails, and its own words go nowhere
        talker.first("assistant_end")
        sender.join()
        served = {
            path: service.client.get(path).text
            for path in ("/status", "/metrics", "/voice/about", "/openapi.json", "/docs", "/voice")
        }
    told = json.dumps(service.client.get("/status").json()["signals"])
    logged = "\n".join(
        one.getMessage() for one in caplog.records if not one.name.startswith("websockets.")
    )
    secrets = (CONTROL, GUEST, REPLY_KEY, *KEYS.values())
    for where, text in (*served.items(), ("log", logged), ("signals", told)):
        assert WORDS not in text and b64encode(piece).decode()[:40] not in text, where
        assert not [one for one in secrets if one in text], where
    assert repr(service.settings).count("of-this-test") == 0
    written = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    for path in written:
        content = path.read_bytes()
        assert WORDS.encode() not in content and piece[:64] not in content, path
        assert b"of-this-test" not in content, path


def test_the_settings_show_no_key() -> None:
    settings = VoiceSettings(**KEYS, voice_reply_key=REPLY_KEY)  # type: ignore[arg-type] # texts all
    assert "of-this-test" not in repr(settings) and "of-this-test" not in str(settings)


def test_a_guest_talks_and_does_not_move_the_wall_unless_the_operator_says_so(
    service: VoiceService, voices: Voices
) -> None:
    with pytest.raises(InvalidStatus), talking(service):
        pass
    guest = {"Authorization": f"Bearer {GUEST}"}
    assert service.client.get("/voice/about", headers=guest).json()["operator"] is False
    assert service.client.get("/status", headers=guest).status_code == 403
    refused = service.client.put("/voice/wall", json={"guests": True}, headers=guest)
    assert refused.status_code == 403 and "guest token" in refused.json()["detail"]
    with talking(service, GUEST) as talker:
        talker.speaks_linear16()
        talker.speak(voices("excited"), PAUSE)
        assert talker.first("user_message")
        assert service.parts.bus.get("voice.level") is None
    allowed = {"Authorization": f"Bearer {CONTROL}"}
    answer = service.client.put("/voice/wall", json={"guests": True}, headers=allowed)
    assert answer.status_code == 200
    with talking(service, GUEST) as talker:
        talker.speaks_linear16()
        sender = threading.Thread(target=talker.speak, args=(voices("excited"), PAUSE))
        sender.start()
        assert until(lambda: service.value("level") > 0.5)
        sender.join()


def test_nothing_of_a_child_program_shows_the_words(service: VoiceService, voices: Voices) -> None:
    """A command line can be read by every user of the machine."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                if line.startswith(b"/") and b"espeak-ng" in line.split(b"\0")[0]:
                    seen.add(line.decode(errors="replace"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with talking(service, CONTROL) as talker:
        talker.tell("assistant_input", text=f"{WORDS}. " * 12)
        talker.first("assistant_end")
    done.set()
    watcher.join()
    assert not [line for line in seen if WORDS in line]
