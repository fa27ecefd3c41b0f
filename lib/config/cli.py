"""Makes flags from the tables of settings; a mistake is one sentence and exit code 2."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from lib.config.parser import SentenceParser, fail
from lib.config.sentences import sentence
from lib.config.settings import ROOT, SharedSettings
from lib.config.version import VERSION

S = TypeVar("S", bound=SharedSettings)

# Both programs read one .env, where ROLE is app.py's.
_SHORT = {("transform.py", "worker_role"): "--role"}


def env_file() -> Path:
    """The `.env` beside app.py, or the one that ENV_FILE names."""
    return Path(os.environ.get("ENV_FILE") or ROOT / ".env")


class _EnvFaults(logging.Handler):
    """Says in our words which lines of `.env` are left out; dotenv would say it in its own."""

    def emit(self, record: logging.LogRecord) -> None:
        line = record.args[0] if isinstance(record.args, tuple) and record.args else "?"
        said = f"{env_file()}, line {line}: left out, since it is not NAME=value"
        print(said, file=sys.stderr)


_dotenv = logging.getLogger("dotenv.main")
_dotenv.handlers, _dotenv.propagate = [_EnvFaults()], False


def parser_for(kind: type[SharedSettings], program: str, about: str) -> argparse.ArgumentParser:
    parser = SentenceParser(
        program,
        description=about,
        epilog="Each flag can also stand in the environment or in .env, in capitals.",
    )
    parser.add_argument("--version", action="version", version=f"Afterimage {VERSION}")
    for name, field in kind.model_fields.items():
        choices = _choices(field)
        is_bool = field.annotation is bool
        shown = "" if field.default in ("", False) else f" (default {field.default})"
        extra: dict[str, Any] = {"nargs": "?", "const": "true"} if is_bool else {}
        short = _SHORT.get((program, name))
        parser.add_argument(
            *([short] if short else []),
            f"--{name}",
            dest=name,
            default=argparse.SUPPRESS,
            metavar="{" + ",".join(choices) + "}" if choices else "BOOL" if is_bool else "X",
            help=(field.description or "").replace("%", "%%") + shown,
            **extra,
        )
    return parser


def _choices(field: FieldInfo) -> tuple[str, ...]:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and isinstance(extra.get("choices"), list):
        return tuple(map(str, extra["choices"]))  # type: ignore[arg-type] # it was just asked
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def load(kind: type[S], program: str, about: str, argv: list[str] | None = None) -> S:
    """Settings of this kind from flags, environment and `.env`, or exit code 2."""
    flags = vars(parser_for(kind, program, about).parse_args(argv))
    try:
        return kind(_env_file=env_file(), **flags)  # type: ignore[call-arg] # pydantic's own
    except ValidationError as error:
        fail(program, "; ".join(sentence(one) for one in error.errors()))
    except (OSError, UnicodeDecodeError) as error:
        fail(program, f"{env_file()} cannot be read: {error}")
