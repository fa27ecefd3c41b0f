#!/usr/bin/env bash
# Removes what install-primary.sh and install-worker.sh set up; settings and weights stay.
#   sudo automation/uninstall.sh [--dry-run]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call uninstall "$@"
