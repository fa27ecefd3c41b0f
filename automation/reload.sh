#!/usr/bin/env bash
# Alt+R: restarts everything; the picture is back as soon as the first worker is warm.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call reload "$@"
