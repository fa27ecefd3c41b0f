#!/usr/bin/env bash
# Makes the token of the control port, keeps it in .env, and prints the links that have it in them.
# Repeated, it keeps the token; make-token.sh --new replaces it.
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call make-token "$@"
