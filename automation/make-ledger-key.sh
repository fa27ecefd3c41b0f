#!/usr/bin/env bash
# Makes the key that stills and maps are encrypted with at rest once LEDGER_KEY names its file.
# A key that is there is never replaced.
#   make-ledger-key.sh [FILE]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call make-ledger-key "$@"
