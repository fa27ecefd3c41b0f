"""Tokens, and the settings that hold nothing else."""

from __future__ import annotations

from lib.config.settings import PrimarySettings
from lib.http.token import AccessTokens, Scope


def token_settings(control: str = "", guest: str = "", worker: str = "") -> PrimarySettings:
    return PrimarySettings(
        _env_file=None,  # type: ignore[call-arg] # pydantic's own
        control_token=control,
        guest_token=guest,
        worker_token=worker,
    )


def tokens_of(
    control: str = "", service: str = "the wall", guest: str = "", worker: str = "", **more: str
) -> AccessTokens:
    return AccessTokens(token_settings(control, guest, worker), service, **more)


def cookie_of(tokens: AccessTokens, scope: Scope = Scope.CONTROL) -> str:
    """What a browser sends back."""
    return tokens.cookie(scope).split(b";")[0].decode()
