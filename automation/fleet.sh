#!/usr/bin/env bash
# Shows, starts, stops, restarts and updates all machines of the show, and gives workers their keys.
#   fleet.sh status | start | stop | restart | update | keys | logs   [MACHINE ...]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call fleet "$@"
