#!/usr/bin/env bash
# Sends this machine's settings to all workers: those that a worker has, and no secret of the primary
# host. Each keeps its own WORKER_ID.   --dry-run only prints what would change.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call env "$@"
