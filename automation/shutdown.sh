#!/usr/bin/env bash
# Alt+Q: the app and the workers are stopped, then all machines are turned off. Asks nothing.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call shutdown "$@"
