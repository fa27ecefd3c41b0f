#!/usr/bin/env bash
# All machines of the show: how they are, and starting, stopping, updating them.
#   fleet.sh status | start | stop | restart | update | logs   [MACHINE ...]
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call fleet "$@"
