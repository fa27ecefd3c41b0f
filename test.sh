#!/usr/bin/env bash
# Format, lint, shellcheck, types, tests. All of it, in this order, and it stops at the first fault.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly PROGRAM=test.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh

step() {
  local name=$1 started=$SECONDS
  shift
  printf '== %s\n' "$name"
  "$@" || fail "$name failed"
  printf '   %d s\n' $((SECONDS - started))
}

need_packages requirements-dev.txt
# The page is tested in a real browser where there is one; its test says so where there is none.
command -v chromium chromium-browser google-chrome >/dev/null || apt_install chromium || true

mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh' .ci/run)
step "format" "$VENV/bin/ruff" format --check --quiet .
step "lint" "$VENV/bin/ruff" check --quiet .
step "shellcheck" "$VENV/bin/shellcheck" -x "${scripts[@]}"
step "types" "$VENV/bin/mypy"

# Two minutes of a show with faults. It runs beside the tests that do not judge by the clock, and
# judges nothing by it either.
SOAK="" SOAK_SAID=""
start_soak() {
  SOAK_SAID=$(mktemp)
  trap end_soak EXIT
  nice -n 10 "$VENV/bin/python" -m bench.soak --minutes 2 --rest 4 --fps 30 --size 64 --busy \
    >"$SOAK_SAID" 2>&1 &
  SOAK=$!
}
wait_for_soak() {
  local code=0
  wait "$SOAK" || code=$?
  SOAK=""
  cat "$SOAK_SAID"
  return "$code"
}
end_soak() {
  if [[ -n $SOAK ]]; then
    kill "$SOAK" 2>/dev/null || true
    wait "$SOAK" || true
  fi
  rm -f "$SOAK_SAID"
}

pytest() { "$VENV/bin/python" -m pytest "$@"; }
# Whole programs on a machine that does something else as well: a few tests may have a second try.
# What they said at the first is shown.
readonly TRIES=(--reruns 1 --max-suite-reruns 4 --rerun-show-tracebacks)
if (($#)); then
  step "tests" pytest "$@"
else
  start_soak
  step "tests, three files at a time" pytest -n 3 --dist loadfile "${TRIES[@]}" -m "not alone"
  step "soak of two minutes beside those" wait_for_soak
  step "tests that judge by the clock" pytest "${TRIES[@]}" -m alone
fi
