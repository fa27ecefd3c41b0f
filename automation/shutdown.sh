#!/usr/bin/env bash
# Alt+Q: stops the app and the workers, then turns all machines off. It does not ask.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call shutdown "$@"
