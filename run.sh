#!/usr/bin/env bash
# Starts a primary host and one worker on this machine; the first time it installs what they need.
#   ./run.sh            all flags of app.py and transform.py can be given
#   ./run.sh --check    only looks what this machine has and lacks
#   ./run.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly PROGRAM=run.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh

for flag in "$@"; do
  if [[ $flag == --check ]]; then
    python=$VENV/bin/python
    if ! is_python "$python"; then
      find_python || true
      python=${PYTHON:-}
    fi
    [[ -n $python ]] || fail "Python 3.11 or newer is missing; do: $INSTALL_PYTHON"
    exec "$python" -m lib.ops.launch.examine "$@"
  fi
done

trap 'exit 0' INT TERM # while it installs; what is half done is done again the next time
need_packages requirements-light.txt
trap - INT TERM
exec "$VENV/bin/python" -m lib.ops.launch "$@"
