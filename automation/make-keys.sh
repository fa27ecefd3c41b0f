#!/usr/bin/env bash
# Makes the keys that jobs, results and feed require once KEYS names their folder.
#   make-keys.sh [--worker NAME ...]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call make-keys "$@"
