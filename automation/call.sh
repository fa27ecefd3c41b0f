# shellcheck shell=bash
# Sourced: passes a script's name and arguments to the Python that does its work.

# Relative paths in arguments refer to the folder in which the script was called.
export CALLED_FROM=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
PROGRAM=$(basename "$0")
readonly PROGRAM
# shellcheck source=automation/setup.sh
source automation/setup.sh

# call ARGUMENTS: runs lib.ops with the Python in .venv, or with any other if there is no .venv yet.
call() {
  local python=$VENV/bin/python
  if ! is_python "$python"; then
    find_python || true
    python=$PYTHON
  fi
  [[ -n $python ]] || fail "Python 3.11 or newer is missing; do: $INSTALL_PYTHON"
  exec "$python" -m lib.ops "$@"
}
