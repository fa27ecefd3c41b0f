#!/usr/bin/env bash
# Makes this machine a worker: checks, packages, weights, units, a test picture. Can be repeated.
#   sudo automation/install-worker.sh --primary HOST [--dry-run]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call install worker "$@"
