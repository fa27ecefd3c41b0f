# shellcheck shell=bash
# Makes .venv and installs what is missing into it. Sourced by run.sh and test.sh.

PATH=$PATH:/usr/sbin:/sbin # where ldconfig is for users who are not root
readonly VENV=.venv
# The command for people; python3 of Ubuntu 22.04 is 3.10, which is too old.
readonly INSTALL_PYTHON="sudo apt install python3-venv (on Ubuntu 22.04: python3.11-venv)"
PYTHON=""
APT_FRESH=""

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$PROGRAM: $1"
  exit "${2:-1}"
}

# is_python PROGRAM: whether it runs and is new enough.
is_python() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Finds a Python that is new enough, the newest first, one with venv if possible. 3.14 comes after
# the others, because wordllama has no wheels for it, and building wordllama takes a compiler.
find_python() {
  local name fallback=""
  for name in python3.13 python3.12 python3.11 python3.14 python3; do
    command -v "$name" >/dev/null || continue
    is_python "$name" || continue
    if "$name" -c 'import venv, ensurepip' 2>/dev/null; then
      PYTHON=$name
      return 0
    fi
    fallback=${fallback:-$name}
  done
  PYTHON=$fallback
  return 1
}

# Installs Debian packages if that is possible without a password.
apt_install() {
  local sudo=()
  command -v apt-get >/dev/null || return 1
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2>/dev/null || return 1
    sudo=(sudo -n)
  fi
  say "installing $* ..."
  if [[ -z $APT_FRESH ]]; then
    "${sudo[@]}" apt-get -qq update >/dev/null 2>&1 || true
    APT_FRESH=yes
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install -y --no-install-recommends "$@" >/dev/null 2>&1
}

need_python() {
  find_python && return
  local package
  # python3 of Ubuntu 22.04 is too old, but its universe has 3.11, too.
  for package in ${PYTHON:+"$PYTHON-venv"} python3-venv python3.11-venv; do
    apt_install "$package" && find_python && return
  done
  fail "Python 3.11 or newer with venv is missing; do: $INSTALL_PYTHON"
}

need_codec() {
  ldconfig -p 2>/dev/null | grep -q 'libturbojpeg\.so\.0' && return
  apt_install libturbojpeg0 && return
  say "libturbojpeg is missing: going on with the codec inside the simplejpeg package" \
    "(faster to have: sudo apt install libturbojpeg0)"
}

# compiles: whether a C file that includes Python.h compiles. torch.compile has its kernels started by
# such a piece of C, which triton compiles on this machine.
compiles() {
  local compiler include
  include=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
  for compiler in gcc clang; do
    "$compiler" -fsyntax-only -I "$include" -xc - <<<'#include <Python.h>' 2>/dev/null && return
  done
  return 1
}

need_compiler() {
  compiles && return
  local wanted=(gcc libc6-dev)
  wanted+=("$("$VENV/bin/python" -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])')")
  apt_install "${wanted[@]}" && compiles && return
  say "no C compiler with Python's headers: going on without torch.compile, which is slower" \
    "(sudo apt install ${wanted[*]})"
}

# is_installed FILE DIGEST: whether this set is there, by itself or as a part of a wider one.
is_installed() {
  local set
  for set in "$1" $(grep -lx -- "-r $1" requirements*.txt); do
    [[ ! -e $VENV/.installed-${set%.txt}-$2 ]] || return 0
  done
  return 1
}

# need_packages FILE: installs what the requirements file needs; a stamp makes the next run quick.
need_packages() {
  local file=$1 wanted stamp
  wanted=$(cat requirements* | sha256sum | cut -c1-16)
  stamp=$VENV/.installed-${file%.txt}-$wanted
  if is_installed "$file" "$wanted" && is_python "$VENV/bin/python"; then
    return
  fi
  need_codec
  # A .venv of an older Python, from before an update, is made again.
  if ! is_python "$VENV/bin/python" || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    need_python
    say "making $VENV with $("$PYTHON" --version) ..."
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV" || fail "$VENV could not be made"
  fi
  install_packages "$file"
  # pip compiles one file after the other, which takes half of the time. Packages' own tests are never
  # imported, and few of the hundreds of models. What cannot be compiled is a template.
  "$VENV/bin/python" -m compileall -q -j 0 -x '/(tests|transformers/models)/' "$VENV/lib" \
    >>"$VENV/install.log" 2>&1 || true
  rm -f "$VENV/.installed-${file%.txt}-"*
  : >"$stamp"
}

# Installs from the lock file beside it: only the packages and the files that are named there.
install_packages() {
  local torch triton=$VENV/triton.lock
  say "installing the packages of $1, which takes a minute ..."
  : >"$VENV/install.log"
  pip_install --require-hashes --no-deps -r "${1%.txt}.lock"
  # triton belongs to torch's build for CUDA, whose lock holds it; some want it beside any build.
  if grep -q '^triton==' "$1"; then
    awk '/^[^ #]/ { kept = /^triton==/ } kept' requirements-cuda.lock >"$triton"
    pip_install --require-hashes --no-deps -r "$triton"
    rm -f "$triton"
  fi
  # torch by its pin only: pip's own settings choose the build for this machine and its index, and
  # each build has other hashes.
  torch=$(grep -o '^torch==[^ ]*' "$1") || return 0
  pip_install "$torch"
}

pip_install() {
  local log=$VENV/install.log
  if ! "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --no-compile \
    --progress-bar off "$@" 2>&1 | tee -a "$log" | show_progress; then
    grep '^ERROR' "$log" | tail -n 2 | cut -c1-300 >&2 || true
    fail "the packages could not be installed; $log says more"
  fi
}

# Shows one changing line on a terminal, and nothing elsewhere.
show_progress() {
  local line count=0
  while IFS= read -r line; do
    [[ -t 2 ]] || continue
    case $line in
      Collecting*) count=$((count + 1)) && printf '\r\e[K  %d  %.60s' "$count" "$line" >&2 ;;
      Installing*) printf '\r\e[K  unpacking ...' >&2 ;;
    esac
  done
  [[ -t 2 ]] && printf '\r\e[K' >&2
  return 0
}
