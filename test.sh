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
pytest() { "$VENV/bin/python" -m pytest "$@"; }
# Whole programs on a machine that does something else as well: a few tests may have a second try.
# What they said at the first is shown.
readonly TRIES=(--reruns 1 --max-suite-reruns 4 --rerun-show-tracebacks)
if (($#)); then
  step "tests" pytest "$@"
else
  step "tests, two files at a time" pytest -n 2 --dist loadfile "${TRIES[@]}" -m "not alone"
  step "tests that judge by the clock" pytest "${TRIES[@]}" -m alone
fi
