#!/usr/bin/env bash
# Alt+R and Alt+Q in GNOME, and how to have them elsewhere.   --undo takes them away.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call shortcuts "$@"
