#!/usr/bin/env bash
# Makes a folder of pictures from a film.
#   video-to-frames.sh FILM [FOLDER] [--fps 25] [--resolution 1024x576]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call frames "$@"
