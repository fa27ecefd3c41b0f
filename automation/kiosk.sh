#!/usr/bin/env bash
# No notifications, no updates popping up, no blanking on this desktop.   --undo brings all back.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call kiosk "$@"
