"""The host's address and token, from flags, the environment and `.env`."""

from __future__ import annotations

import argparse

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lib.chat.host import Host
from lib.config.cli import env_file
from lib.config.door_settings import Port
from lib.config.parser import fail
from lib.config.sentences import sentence

PROGRAM = "input-publisher.py"


class _AddressSettings(BaseSettings):
    """The few settings of a primary that a chat needs as well."""

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    primary_hostname: str = "localhost"
    settings_port: Port = 5556
    stills_port: int = 5559
    control_token: str = ""


def host_from(about: str, argv: list[str] | None = None) -> Host:
    """The host that is meant, or exit code 2 with a sentence."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", help="the primary host (PRIMARY_HOSTNAME, else localhost)")
    parser.add_argument("--port", help="its control port (SETTINGS_PORT, else 5556)")
    parser.add_argument("--token", help="its password (CONTROL_TOKEN); others here may see a flag")
    flags = parser.parse_args(argv)
    names = {
        "primary_hostname": flags.host,
        "settings_port": flags.port,
        "control_token": flags.token,
    }
    given = {name: value for name, value in names.items() if value is not None}
    try:
        address = _AddressSettings(_env_file=env_file(), **given)  # type: ignore[call-arg] # pydantic's own
    except ValidationError as error:
        fail(PROGRAM, "; ".join(sentence(one) for one in error.errors()))
    except (OSError, UnicodeDecodeError):  # an .env for others' eyes only: flags still do
        address = _AddressSettings(**given)
    if not address.control_token.isascii() or not address.control_token.isprintable():
        fail(PROGRAM, "the token holds characters that no token has")
    return Host(
        address.primary_hostname,
        address.settings_port,
        address.control_token,
        address.stills_port,
    )
