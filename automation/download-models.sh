#!/usr/bin/env bash
# Fetches the weights that engine turbo needs, once; everything else runs without the internet.
#   automation/download-models.sh                       stabilityai/sd-turbo and madebyollin/taesd
#   automation/download-models.sh stabilityai/sdxl-turbo madebyollin/taesdxl
# An interrupted download is continued. HF_HOME sets the weights' folder, HF_ENDPOINT their source.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly PROGRAM=download-models.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh

# Any environment of ours is enough; a small one is made if there is none.
compgen -G "$VENV/.installed-*" >/dev/null || need_packages requirements-light.txt
exec "$VENV/bin/python" -m lib.engine.turbo.download "$@"
