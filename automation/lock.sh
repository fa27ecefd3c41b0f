#!/usr/bin/env bash
# Makes the lock files anew: every package down to the last dependency, with its version and the
# hashes of all its files at pypi.org, which must be reachable.
#   automation/lock.sh             takes over what changed in requirements*.txt, and nothing else
#   automation/lock.sh --upgrade   and the newest version of whatever is not pinned there
#   automation/lock.sh --audit     only asks whether a locked version has a known fault
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

# Whatever this machine takes its packages from: what is locked are the files that all can get.
resolve() {
  "$work/venv/bin/uv" pip compile --quiet --no-config --default-index https://pypi.org/simple \
    --universal --python-version 3.11 --generate-hashes --no-annotate \
    --custom-compile-command automation/lock.sh "$@" >/dev/null
}

# keep PATTERN FILE: those packages of a lock file whose names begin so, and the words above all.
keep() { awk -v which="^($1)" '/^#/ { print; next } /^[^ ]/ { kept = $0 ~ which } kept' "$2"; }

# drop PATTERN FILE: the others.
drop() { awk -v which="^($1)" '/^#/ { print; next } /^[^ ]/ { kept = $0 !~ which } kept' "$2"; }

# torch and what only its build for CUDA needs, several GB: a machine without a GPU takes another
# build from another place, so that they have a file of their own.
readonly CUDA='torch==|triton==|nvidia-|cuda-'

make_locks() {
  local one
  cat requirements-dev.lock requirements-cuda.lock >"$work/all.lock" 2>/dev/null || true
  # All in one go, so that a package has one version everywhere: the one that was tested.
  resolve "${upgrade[@]}" requirements-dev.txt -o "$work/all.lock"
  for one in requirements-light requirements; do
    resolve "$one.txt" -c "$work/all.lock" -o "$work/$one.lock"
    drop "$CUDA" "$work/$one.lock" >"$one.lock"
  done
  drop "$CUDA" "$work/all.lock" >requirements-dev.lock
  keep "$CUDA" "$work/all.lock" >requirements-cuda.lock
}

# What this Python would install; where the list of faults can not be had, that is said.
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
