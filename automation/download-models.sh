#!/usr/bin/env bash
# Fetches the weights that engine turbo needs, once; all else runs without the internet.
#   automation/download-models.sh                       stabilityai/sd-turbo and madebyollin/taesd
#   automation/download-models.sh stabilityai/sdxl-turbo madebyollin/taesdxl
# Cut off, it goes on where it was. HF_HOME chooses where they lie, HF_ENDPOINT where they come from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly PROGRAM=download-models.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh

# Any environment of ours will do, and a plain one is made where there is none.
compgen -G "$VENV/.installed-*" >/dev/null || need_packages requirements-light.txt
exec "$VENV/bin/python" -m lib.engine.turbo.download "$@"
