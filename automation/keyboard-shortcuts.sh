#!/usr/bin/env bash
# Binds Alt+R and Alt+Q in GNOME, and prints how to do it elsewhere.   --undo removes them.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call shortcuts "$@"
