#!/usr/bin/env bash
# Makes this machine the primary host: checks, packages, units, a test picture. Can be repeated.
#   sudo automation/install-primary.sh [--dry-run]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call install primary "$@"
