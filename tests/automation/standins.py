"""Programs that stand in for ssh, systemctl and others: first on PATH, they record what they were
asked and answer as a machine would whose folder says how it is.

A machine is a folder: `wants` (its units), `state.UNIT`, `tree` (the program). Files in it make it
misbehave: `dead`, `slow` (seconds), `norights`, `broken`, `warm` (seconds until a unit is ready),
`gate` (no unit gets ready while it is there).
"""

from __future__ import annotations

from pathlib import Path

# Each word ends with a unit separator, so that spaces and quotes can be told apart.
RECORD = r"""#!/bin/bash
host=${HOST_DIR:-here}
{ printf '%s\037' "${0##*/}" "${host##*/}"
  for word in "$@"; do printf '%s\037' "$word"; done; echo; } >>"$RECORD"
: "${HOST_DIR:=$HOSTS/here}"
is() { [[ -e $HOST_DIR/$1 ]]; }
"""

SSH = r"""
command=${!#}
target=${@: -2:1}
HOST_DIR=$HOSTS/${target##*@}
export HOST_DIR
if is dead; then echo "ssh: connect to host x port 22: No route to host" >&2; exit 255; fi
if is strange; then echo "x@y: Permission denied (publickey,password)." >&2; exit 255; fi
if is slow; then exec sleep "$(cat "$HOST_DIR/slow")"; fi
echo "welcome to this machine" # as a login script may
exec sh -c "$command"
"""

SYSTEMCTL = r"""
[[ $1 == --no-ask-password || $1 == --no-block ]] && shift
verb=$1
unit=${!#}
state() {
  local file=$HOST_DIR/state.$1
  if [[ -e $file ]]; then echo "$(<"$file")"; else echo inactive; fi
}
turn() {
  local unit=$1 tries
  if is norights; then
    echo "Failed to $verb $unit: Interactive authentication required." >&2; exit 1
  fi
  echo "begin ${HOST_DIR##*/} $verb $unit" >>"$RECORD.events"
  [[ $verb == stop ]] || echo activating >"$HOST_DIR/state.$unit"
  if is warm; then sleep "$(cat "$HOST_DIR/warm")"; fi
  for ((tries = 0; tries < 1000; tries++)); do is gate || break; sleep 0.05; done
  if is broken && [[ $verb != stop ]]; then
    echo failed >"$HOST_DIR/state.$unit"; echo "Job for $unit failed." >&2; exit 1
  fi
  if [[ $verb == stop ]]; then echo inactive; else echo active; fi >"$HOST_DIR/state.$unit"
  echo "end ${HOST_DIR##*/} $verb $unit" >>"$RECORD.events"
}
case $verb in
  show)
    if [[ $* == *Wants* ]]; then cat "$HOST_DIR/wants" 2>/dev/null; exit 0; fi
    for word in "$@"; do
      [[ $word == *.service ]] || continue
      printf 'Id=%s\nLoadState=loaded\nActiveState=%s\nStatusText=30 fps\nNRestarts=0\n' \
        "$word" "$(state "$word")"
      printf 'ActiveEnterTimestampMonotonic=1000000\nWorkingDirectory=%s\n\n' "$HOST_DIR/tree"
    done ;;
  start | stop | restart)
    shift
    for word in "$@"; do turn "$word"; done ;;
  poweroff)
    if is norights; then echo "Access denied" >&2; exit 1; fi
    echo "off ${HOST_DIR##*/}" >>"$RECORD.events" ;;
  is-active) state "$unit"; [[ $(state "$unit") == active ]] ;;
  is-enabled)
    if [[ -e $HOST_DIR/enabled.$unit ]]; then echo enabled; else echo disabled; exit 1; fi ;;
  enable | disable)
    shift
    if is norights; then echo "Access denied" >&2; exit 1; fi
    wants=${DESTDIR:-$HOST_DIR}/etc/systemd/system/afterimage.target.wants
    for word in "$@"; do
      case $verb:$word in
        *:--now) ;;
        enable:*.service) mkdir -p "$wants"; ln -sf x "$wants/$word"
          touch "$HOST_DIR/enabled.$word" ;;
        enable:*) touch "$HOST_DIR/enabled.$word" ;;
        disable:*) rm -f "$wants/$word" "$HOST_DIR/enabled.$word" ;;
      esac
    done ;;
esac
"""

SUDO = r"""
if is norights; then echo "sudo: a password is required" >&2; exit 1; fi
shift
name=${1##*/} # never the real one by its path
shift
exec "$name" "$@"
"""

GSETTINGS = r"""
name="$2 $3"
file=$HOST_DIR/gsettings/${name//[\/: ]/_}
case $1 in
  get)
    [[ $2 == org.missing* ]] && exit 1
    if [[ -e $file ]]; then cat "$file"
    elif [[ ${3:-} == custom-keybindings ]]; then echo "@as []"
    elif [[ $2 == *custom-keybinding:* ]]; then echo "''"
    else echo "No such schema" >&2; exit 1; fi ;;
  set)
    if is norights; then echo "failed to commit changes to dconf" >&2; exit 1; fi
    if is stuck; then sleep 30; fi
    mkdir -p "$HOST_DIR/gsettings"; printf '%s\n' "$4" >"$file" ;;
  reset-recursively) rm -f "$HOST_DIR"/gsettings/"${2//[\/: ]/_}"_* ;;
esac
"""

SSH_COPY_ID = r"""
HOST_DIR=$HOSTS/$(printf '%s' "${!#}" | sed 's/.*@//')
if is dead; then exit 1; fi
rm -f "$HOST_DIR/strange"
"""

SSH_KEYGEN = r"""
file=${!#}
echo private >"$file"; echo public >"$file.pub"
"""

JOURNALCTL = r"""
echo "2026-01-01T00:00:00 ${HOST_DIR##*/} a line of its log"
"""

RUNUSER = r"""
while [[ $1 != -- ]]; do shift; done
shift
exec "$@"
"""

QUIET = ""

PROGRAMS = {
    "ssh": SSH,
    "systemctl": SYSTEMCTL,
    "sudo": SUDO,
    "gsettings": GSETTINGS,
    "ssh-copy-id": SSH_COPY_ID,
    "ssh-keygen": SSH_KEYGEN,
    "journalctl": JOURNALCTL,
    "runuser": RUNUSER,
    "poweroff": QUIET,
    "useradd": QUIET,
    "usermod": QUIET,
    "chown": QUIET,
}


def install(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, text in PROGRAMS.items():
        path = folder / name
        path.write_text(RECORD + text)
        path.chmod(0o755)
