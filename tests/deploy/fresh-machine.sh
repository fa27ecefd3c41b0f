#!/usr/bin/env bash
# Tries both commands on bare Debian: makes a root with debootstrap, clones the last commit into it,
# and runs ./run.sh and tests there, as root and as a plain user who has no sudo. It takes minutes, a
# network and root, so no test calls it. Nothing of it stays, and no service and no systemd is started.
#   sudo tests/deploy/fresh-machine.sh [--whole] [--as root|plain] [SUITE ...]
# The suites are bookworm and trixie, and the users both, unless named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly PROGRAM=fresh-machine.sh
readonly PAGE_S=600 # until the page's frames flow, packages included
# The first of the five ports of a show in a root, which shares this machine's network.
readonly PORT=${FRESH_PORT:-24501}
readonly PORTS=("--settings_port=$PORT" "--job_port=$((PORT + 1))" "--result_port=$((PORT + 2))"
  "--output_port=$((PORT + 3))" "--stills_port=$((PORT + 4))" --signals_port=0 --osc_port=0)
# What the light set is tested with: a worker's engine turbo, browsers and linters are left out.
readonly TOOLS='attrs|hypothesis|iniconfig|packaging|pluggy|psutil|pygments|pytest|pytest-timeout|sortedcontainers'
readonly ROOMS=(tests/core tests/config tests/zmtp tests/words tests/ops/launch tests/test_notify.py)

fail() {
  printf '%s: %s\n' "$PROGRAM" "$1" >&2
  exit "${2:-1}"
}

given=("$@") whole="" suites=() users="root plain"
while (($#)); do
  word=$1
  shift
  case $word in
    --help) sed -n '2,6s/^# \?//p' "$0" && exit ;;
    --whole) whole=yes ;; # ./test.sh --quick, with engine turbo's packages: gigabytes
    --as)
      [[ ${1:-} == root || ${1:-} == plain ]] || fail "--as must be root or plain" 2
      users=$1
      shift
      ;;
    -*) fail "unknown option $word; there are --whole, --as and --help" 2 ;;
    *) suites+=("$word") ;;
  esac
done
((${#suites[@]})) || suites=(bookworm trixie)
[[ $(id -u) == 0 ]] || fail "making a root takes root: put sudo in front"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt install debootstrap"
# Mounts of its own, which end with it, and so does whatever it started.
if [[ -z ${FRESH_INSIDE:-} ]]; then
  FRESH_INSIDE=yes exec unshare --mount --pid --fork --kill-child -- "$0" "${given[@]}"
fi

WORK=$(mktemp -d "${TMPDIR:-/var/tmp}/fresh.XXXXXX")
readonly WORK
trap 'for root in "$WORK"/*/; do umount "$root/proc" "$root/dev/shm" "$root/dev/pts"; done 2>/dev/null || true
  grep -qF " $WORK/" /proc/self/mountinfo || rm -rf --one-file-system "$WORK"' EXIT
said=()
report() {
  said+=("$1")
  printf '   %s\n' "$1"
}

# The mirror of this machine, and how its pip reaches packages, so that it also runs behind those.
mirror() {
  apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' | grep -m1 '/debian/\?$'
}
readonly CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
PIP_SETTINGS=("PIP_CERT=$CERTIFICATES" ${PIP_INDEX_URL:+"PIP_INDEX_URL=$PIP_INDEX_URL"})
readonly PIP_SETTINGS

# prepare ROOT: what every program expects. No folder of this machine is mounted in it: what is
# removed there at the end is only its own.
prepare() {
  local root=$1
  mount -t proc proc "$root/proc"
  mkdir -p "$root/dev/shm"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mkdir -p "$root/dev/pts"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  ln -sf pts/ptmx "$root/dev/ptmx"
  printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' >"$root/etc/hosts"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp "$CERTIFICATES" "$root$CERTIFICATES"
}

# gone ROOT: removed, but only once nothing is mounted below it.
gone() {
  local root=$1
  umount "$root/proc" "$root/dev/shm" "$root/dev/pts" || true
  ! grep -qF " $root/" /proc/self/mountinfo || fail "$root has mounts and is left as it is"
  rm -rf --one-file-system "$root"
}

# inside ROOT USER COMMAND: a shell of that user, in the clone if there is one. The process becomes
# that shell: in the background, its number is the command's.
become_inside() {
  local root=$1 user=$2 home=/home/plain
  [[ $user == root ]] && home=/root
  exec env -i HOME="$home" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 \
    "${PIP_SETTINGS[@]}" chroot --userspec="$user" "$root" \
    bash -c "cd ~; [[ ! -d afterimage ]] || cd afterimage; $3"
}
inside() { (become_inside "$@"); }

flows() {
  local answer=""
  exec 3<>"/dev/tcp/127.0.0.1/$PORT" || return 1
  printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 3 answer <&3 || true
  exec 3>&-
  [[ $answer == *" 200 "* ]]
} 2>/dev/null

# shows ROOT USER WHAT: ./run.sh from nothing until frames flow on its page, and its end.
shows() {
  local root=$1 user=$2 began=$SECONDS code=0 took
  (become_inside "$root" "$user" "exec ./run.sh --headless --fps 8 ${PORTS[*]}") \
    >"$root/run.log" 2>&1 &
  local pid=$!
  until flows; do
    if ! kill -0 "$pid" 2>/dev/null || ((SECONDS - began > PAGE_S)); then
      tail -n 20 "$root/run.log"
      report "FAILED  $3: ./run.sh shows nothing after $((SECONDS - began)) s"
      kill "$pid" 2>/dev/null || true
      return 1
    fi
    sleep 1
  done
  took=$((SECONDS - began))
  kill "$pid"
  wait "$pid" || code=$?
  report "$( ((code)) && echo FAILED || echo passed)  $3: ./run.sh, frames flow after $took s, ended with $code"
  return "$code"
}

# tested ROOT USER WHAT: the tests, after ./run.sh has made .venv.
tested() {
  local root=$1 user=$2 command version
  if [[ $whole ]]; then
    command="./test.sh --quick"
  else
    command="awk '/^[^ #]/ { kept = /^($TOOLS)==/ } kept' requirements-dev.lock >/tmp/tools.lock &&
      .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps \
        -r /tmp/tools.lock && .venv/bin/python -m pytest -p no:cacheprovider \
        -m 'not slow and not alone' ${ROOMS[*]}"
  fi
  version=$(inside "$root" "$user" ".venv/bin/python --version")
  if inside "$root" "$user" "$command" >"$root/test.log" 2>&1; then
    report "passed  $3: $version, ${whole:+./test.sh --quick, }tests of $(wc -w <<<"${ROOMS[*]}") rooms"
  else
    tail -n 40 "$root/test.log"
    inside "$root" "$user" "tail -n 10 .venv/install.log" || true
    report "FAILED  $3: $version, tests"
    return 1
  fi
}

# refused ROOT: a plain user without Python is told what to install, in one sentence.
refused() {
  local told
  if told=$(inside "$1" plain "./run.sh" 2>&1) || [[ $told != *"sudo apt install python3-venv"* ]]; then
    report "FAILED  $2: ./run.sh without Python: $told"
    return 1
  fi
  report "passed  $2: ./run.sh without Python: ${told##*$'\n'}"
}

bad=0
for suite in "${suites[@]}"; do
  printf '== %s\n' "$suite"
  base=$WORK/$suite
  debootstrap --variant=minbase --include=git,ca-certificates "$suite" "$base" "$(mirror)" \
    >"$WORK/$suite.log" 2>&1 || fail "debootstrap failed: $(tail -n 3 "$WORK/$suite.log")"
  printf '#!/bin/sh\nexit 101\n' >"$base/usr/sbin/policy-rc.d" # no service starts in it
  chmod +x "$base/usr/sbin/policy-rc.d"
  git clone -q --bare --no-hardlinks . "$base/srv/afterimage.git"
  chroot "$base" useradd --create-home --shell /bin/bash plain
  # shellcheck source=/dev/null
  name=$(source "$base/etc/os-release" && echo "$PRETTY_NAME")
  for user in $users; do
    root=$base-$user what="$name, $user" home=/home/plain
    [[ $user == root ]] && home=/root
    cp -a "$base" "$root"
    prepare "$root"
    inside "$root" root "git clone -q /srv/afterimage.git $home/afterimage &&
      chown -R $user: $home/afterimage"
    if [[ $user == plain ]]; then
      refused "$root" "$what" || bad=1
      inside "$root" root "apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends python3-venv" >"$root/apt.log" 2>&1 ||
        fail "python3-venv cannot be installed: $(tail -n 3 "$root/apt.log")"
    fi
    { shows "$root" "$user" "$what" && tested "$root" "$user" "$what"; } || bad=1
    gone "$root"
  done
  rm -rf --one-file-system "$base"
done
printf '\n'
printf '%s\n' "${said[@]}"
exit "$bad"
