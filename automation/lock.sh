#!/usr/bin/env bash
# Makes the lock files again: every package and dependency, with its version and the hashes of all
# its files at pypi.org, which must be reachable.
#   automation/lock.sh             takes over what changed in requirements*.txt, and nothing else
#   automation/lock.sh --upgrade   also takes the newest version of what is not pinned there
#   automation/lock.sh --audit     only checks whether a locked version has a known vulnerability
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly PROGRAM=lock.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh
readonly TOOLS=(uv==0.13.9 pip-audit==2.10.1)

upgrade=() audit_only=""
for flag in "$@"; do
  case $flag in
    --upgrade) upgrade=(--upgrade) ;;
    --audit) audit_only=yes ;;
    *) fail "$flag is not known here; --upgrade and --audit are" 2 ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
need_python
"$PYTHON" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "${TOOLS[@]}" ||
  fail "the tools ${TOOLS[*]} could not be installed"

# Always from pypi.org, whatever index this machine uses: the locked files must be available to all.
resolve() {
  "$work/venv/bin/uv" pip compile --quiet --no-config --default-index https://pypi.org/simple \
    --universal --python-version 3.11 --generate-hashes --no-annotate \
    --custom-compile-command automation/lock.sh "$@" >/dev/null
}

# keep PATTERN FILE: the packages of a lock file whose names begin with the pattern, and comments.
keep() { awk -v which="^($1)" '/^#/ { print; next } /^[^ ]/ { kept = $0 ~ which } kept' "$2"; }

# drop PATTERN FILE: the other packages, and comments.
drop() { awk -v which="^($1)" '/^#/ { print; next } /^[^ ]/ { kept = $0 !~ which } kept' "$2"; }

# torch, and the several GB that only its CUDA build needs. They have a file of their own, because a
# machine without a GPU takes another build from another index.
readonly CUDA='torch==|triton==|nvidia-|cuda-'

make_locks() {
  local one
  cat requirements-dev.lock requirements-cuda.lock >"$work/all.lock" 2>/dev/null || true
  # All at once, so that a package has one version everywhere: the one that was tested.
  resolve "${upgrade[@]}" requirements-dev.txt -o "$work/all.lock"
  for one in requirements-light requirements-signals requirements-postgres requirements; do
    resolve "$one.txt" -c "$work/all.lock" -o "$work/$one.lock"
    drop "$CUDA" "$work/$one.lock" >"$one.lock"
  done
  drop "$CUDA" "$work/all.lock" >requirements-dev.lock
  keep "$CUDA" "$work/all.lock" >requirements-cuda.lock
}

# Audits what this Python would install; reports if the list of vulnerabilities cannot be fetched.
audit() {
  local said=$work/audit unknown
  "$work/venv/bin/pip-audit" --disable-pip --require-hashes --progress-spinner off \
    -r requirements-dev.lock -r requirements-cuda.lock >"$said" 2>&1 || true
  unknown=$(grep -c 'could not be audited' "$said" || true)
  if grep -q '^Found ' "$said"; then
    cat "$said" >&2
    fail "some of what is locked has known faults"
  elif ((unknown)) || ! grep -q '^No known vulnerabilities found' "$said"; then
    tail -n 1 "$said" >&2
    say "known faults could not be asked for (nothing is known of $unknown packages)"
    [[ -z $audit_only ]] || exit 3
  else
    say "no known fault in what is locked"
  fi
}

[[ -n $audit_only ]] || make_locks
audit
