# shellcheck shell=bash
# Sourced: hands a script's name and words to the Python that does its work.

# Paths that were typed mean the folder they were typed in.
export CALLED_FROM=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
PROGRAM=$(basename "$0")
readonly PROGRAM
# shellcheck source=automation/setup.sh
source automation/setup.sh

# call WORDS: with our own Python, or with any where ours is not made yet.
call() {
  local python=$VENV/bin/python
  if ! is_python "$python"; then
    find_python || true
    python=$PYTHON
  fi
  [[ -n $python ]] || fail "Python 3.11 or newer is missing; do: $INSTALL_PYTHON"
  exec "$python" -m lib.ops "$@"
}
