#!/usr/bin/env bash
# Runs one command on every machine with workers.
#   run-on-workers.sh df -h /            each argument arrives as it was typed
#   run-on-workers.sh --shell 'ls | wc'  a line of shell
set -euo pipefail
# shellcheck source=automation/call.sh
source "$(dirname "${BASH_SOURCE[0]}")/call.sh"
call run "$@"
