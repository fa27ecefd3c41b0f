#!/usr/bin/env bash
# Format, lint, shellcheck, types, tests. All of it, in this order, and it stops at the first fault.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly PROGRAM=test.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh

usage() {
  cat <<'END'
test.sh [--quick | --help | ARGUMENTS OF PYTEST]
Sets up what is missing, checks format, lint, scripts and types, and runs the tests.

  (nothing)   every test, and two minutes of the soak beside them: what CI runs
  --quick     at most four minutes on two cores: no test that takes more than five seconds
              or judges by the clock, no browser, no soak; names the ten slowest that it ran
  ARGUMENTS   these tests alone, as in ./test.sh tests/core -k ladder
END
}

# The tests start some two hundred programs, and each would compile all of ours anew.
unset PYTHONDONTWRITEBYTECODE

step() {
  local name=$1 started=$SECONDS
  shift
  printf '== %s\n' "$name"
  "$@" || fail "$name failed"
  printf '   %d s\n' $((SECONDS - started))
}

case ${1:-} in
  --help) usage && exit ;;
  --quick) (($# == 1)) || fail "--quick takes no other argument" 2 ;;
esac
need_packages requirements-dev.txt
# The page is tested in a real browser where there is one; its test says so where there is none.
command -v chromium chromium-browser google-chrome >/dev/null || apt_install chromium || true

mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh' .ci/run)
step "format" "$VENV/bin/ruff" format --check --quiet .
step "lint" "$VENV/bin/ruff" check --quiet .
step "shellcheck" "$VENV/bin/shellcheck" -x "${scripts[@]}"

# One command that runs beside the tests; what it said is shown when it is waited for.
BESIDE="" BESIDE_SAID=""
start_beside() {
  BESIDE_SAID=$(mktemp)
  trap end_beside EXIT
  "$@" >"$BESIDE_SAID" 2>&1 &
  BESIDE=$!
}
wait_for_beside() {
  local code=0
  wait "$BESIDE" || code=$?
  BESIDE=""
  cat "$BESIDE_SAID"
  return "$code"
}
end_beside() {
  if [[ -n $BESIDE ]]; then
    kill "$BESIDE" 2>/dev/null || true
    wait "$BESIDE" || true
  fi
  rm -f "$BESIDE_SAID"
}

pytest() { "$VENV/bin/python" -m pytest "$@"; }
# Whole programs on a machine that does something else as well: a few tests may have a second try.
# What they said at the first is shown.
readonly TRIES=(--reruns 1 --max-suite-reruns 4 --rerun-show-tracebacks)

every_test() {
  # Two minutes of a show with faults. It runs beside the tests that do not judge by the clock, and
  # judges nothing by it either.
  start_beside nice -n 10 \
    "$VENV/bin/python" -m bench.soak --minutes 2 --rest 4 --fps 30 --size 64 --busy
  # In the order of their names: by itself xdist leaves for the end the files with few tests, which
  # are whole shows and take longest, and one of three then works while two have ended.
  step "tests, three files at a time" pytest -n 3 --dist loadfile --no-loadscope-reorder \
    "${TRIES[@]}" -m "not alone"
  step "soak of two minutes beside those" wait_for_beside
  step "tests that judge by the clock" pytest "${TRIES[@]}" -m alone
}

# Types need nothing of the tests, so both are there to be mended after one run.
quick_tests() {
  local code=0
  start_beside "$VENV/bin/mypy"
  pytest -n 3 --dist loadfile "${TRIES[@]}" -m "not slow and not alone" \
    --durations 10 --durations-min 5 || code=1
  wait_for_beside || code=1
  return "$code"
}

if [[ ${1:-} == --quick ]]; then
  step "quick tests, three files at a time, and types" quick_tests
  exit
fi
step "types" "$VENV/bin/mypy"
if (($#)); then
  step "tests" pytest "$@"
else
  every_test
fi
