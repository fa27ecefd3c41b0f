#!/usr/bin/env bash
# Makes the token of the control port, keeps it in .env, and prints the links that have it in them.
# Done again it makes no other one, unless told so: make-token.sh --new
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call make-token "$@"
