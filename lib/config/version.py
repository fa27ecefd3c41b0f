"""The program's version, as the status says it and pyproject.toml has it."""

VERSION = "0.2.0"
