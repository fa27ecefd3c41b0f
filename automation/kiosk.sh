#!/usr/bin/env bash
# Turns off notifications, update windows and blanking on this desktop.   --undo restores them.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call kiosk "$@"
