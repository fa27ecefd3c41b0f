#!/usr/bin/env bash
# A screen without a desktop: cage or bare X, with the same keys.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call session "$@"
