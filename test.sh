#!/usr/bin/env bash
# Format, lint, shellcheck, tests and, beside them, types. It stops at the first fault, but a test
# that fails beside others is run once more, alone, before it counts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly PROGRAM=test.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh

usage() {
  cat <<'END'
test.sh [--quick | --help | ARGUMENTS OF PYTEST]
Sets up what is missing, checks format, lint, scripts and types, and runs the tests.

  (nothing)   every test, with types and two minutes of the soak beside them: what CI runs
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

install_postgresql() {
  local sudo=() settings=/etc/postgresql-common/createcluster.conf
  command -v apt-get >/dev/null || return 1
  [[ $(id -u) == 0 ]] || sudo=(sudo -n)
  if [[ ! -e $settings ]]; then # else the package starts a server, on port 5432
    "${sudo[@]}" mkdir -p "${settings%/*}" 2>/dev/null || return 1
    echo "create_main_cluster = false" | "${sudo[@]}" tee "$settings" >/dev/null
  fi
  apt_install postgresql
}

case ${1:-} in
  --help) usage && exit ;;
  --quick) (($# == 1)) || fail "--quick takes no other argument" 2 ;;
esac
need_packages requirements-dev.txt
# The page is tested in a real browser where there is one; its test says so where there is none.
# The one without a window takes a tenth of the time for each page that is opened.
command -v chromium-headless-shell google-chrome >/dev/null ||
  apt_install chromium-headless-shell || apt_install chromium || true
# The same for the program that speaks: without it the tests of voices say so.
command -v espeak-ng >/dev/null || apt_install espeak-ng || true
# And for the second database of stills: servers of the tests' own, in temporary folders.
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || install_postgresql || true

mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh' .ci/run)
step "format" "$VENV/bin/ruff" format --check --quiet .
step "lint" "$VENV/bin/ruff" check --quiet .
step "shellcheck" "$VENV/bin/shellcheck" -x "${scripts[@]}"

# What runs beside the tests: its process, and the file with what it says, which is shown when it is
# waited for.
declare -A BESIDE=() SAID=()
start_beside() {
  local name=$1
  shift
  SAID[$name]=$(mktemp)
  "$@" >"${SAID[$name]}" 2>&1 &
  BESIDE[$name]=$!
}
wait_for_beside() {
  local name=$1 code=0
  wait "${BESIDE[$name]}" || code=$?
  unset "BESIDE[$name]"
  cat "${SAID[$name]}"
  return "$code"
}
end_beside() {
  local process
  for process in "${BESIDE[@]}"; do
    kill "$process" 2>/dev/null || true
    wait "$process" || true
  done
  rm -rf "${SAID[@]}" "$FAILED"
}

# Whole programs start here on a machine that does something else as well, and now and then one is
# slower than a test can allow for. So failed tests do not end the run: at its end they run once
# more, one at a time with nothing beside them, and count if they fail there, too. What they said
# first is shown. More than MOST_AGAIN are no accident, nor is any other end of pytest.
readonly MOST_AGAIN=12 NO_TESTS_FAILED=0 TESTS_FAILED=1
FAILED=$(mktemp -d)
trap end_beside EXIT
remembered() { [[ -s $FAILED/$1/v/cache/lastfailed ]]; } # else it could not be run once more
pytest() { # NAME ARGUMENTS: what fails is remembered under this name
  local name=$1 code=0
  shift
  "$VENV/bin/python" -m pytest -o cache_dir="$FAILED/$name" "$@" || code=$?
  case $code in
    "$NO_TESTS_FAILED") return 0 ;;
    "$TESTS_FAILED") remembered "$name" ;;
    *) return "$code" ;;
  esac
}
failed_tests() {
  "$VENV/bin/python" - "$FAILED" <<'END'
import json, pathlib, sys
for kept in sorted(pathlib.Path(sys.argv[1]).glob("*/v/cache/lastfailed")):
    print(*json.loads(kept.read_text()), sep="\n")
END
}
failed_tests_alone() {
  local failed
  mapfile -t failed < <(failed_tests)
  ((${#failed[@]})) || return 0
  printf '%s\n' "these failed beside others:" "${failed[@]/#/  }"
  ((${#failed[@]} <= MOST_AGAIN)) || return 1
  "$VENV/bin/python" -m pytest -p no:cacheprovider -rp "${failed[@]}"
}

# Those of torch apart from the rest: to import it takes each process six seconds, and the others do
# without. In the order of tests/conftest.py: by itself xdist leaves for the end the files with few
# tests, which are whole shows and take longest, and one of three then works while two have ended.
# Four processes on two cores, since tests wait more than half of their time.
readonly OF_TORCH=(tests/engine/turbo tests/engine/still_models)
readonly FILES=(--dist loadfile --no-loadscope-reorder)
tests_but_clocks() {
  local marks="not alone and not timed$1" code=0
  shift
  start_beside torch \
    "$VENV/bin/python" -m pytest -o cache_dir="$FAILED/torch" -m "$marks" "${OF_TORCH[@]}" "$@"
  pytest rest -n 3 "${FILES[@]}" -m "$marks" "${OF_TORCH[@]/#/--ignore=}" "$@" || code=1
  echo "tests of torch beside those:"
  wait_for_beside torch || { (($? == TESTS_FAILED)) && remembered torch; } || code=1
  return "$code"
}

every_test() {
  # Types need nothing of the tests. Two minutes of a show with faults run beside the tests that do
  # not judge by the clock, and judge nothing by it either.
  start_beside types "$VENV/bin/mypy"
  start_beside soak nice -n 10 \
    "$VENV/bin/python" -m bench.soak --minutes 2 --rest 4 --fps 30 --size 64 --busy
  step "tests, four files at a time" tests_but_clocks ""
  step "types beside those" wait_for_beside types
  step "soak of two minutes beside those" wait_for_beside soak
  step "tests that judge by the clock and mostly wait, three files at a time" \
    pytest timed -n 3 "${FILES[@]}" -m timed
  step "tests that judge by the clock, alone" pytest alone -m alone
  step "failed tests once more, alone" failed_tests_alone
}

quick_tests() {
  start_beside types "$VENV/bin/mypy"
  step "quick tests, four files at a time" \
    tests_but_clocks " and not slow" --durations 10 --durations-min 5
  step "types beside those" wait_for_beside types
  step "failed tests once more, alone" failed_tests_alone
}

if [[ ${1:-} == --quick ]]; then
  quick_tests
elif (($#)); then
  step "types" "$VENV/bin/mypy"
  step "tests" "$VENV/bin/python" -m pytest "$@"
else
  every_test
fi
