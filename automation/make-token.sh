#!/usr/bin/env bash
# Makes the token of the control port, keeps it in .env, and prints the links that have it in them.
# Done again it makes no other one, unless told so: make-token.sh --new
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
FILE=$(readlink -f "${ENV_FILE:-.env}")
readonly FILE
readonly KEY='^[[:space:]]*(export[[:space:]]+)?CONTROL_TOKEN[[:space:]]*='

say() { printf '%s\n' "$*" >&2; }

# setting NAME: what the file says, without quotes; the last one counts, as for the program.
setting() {
  [[ -e $FILE ]] || return 0
  sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*//p" "$FILE" |
    tail -n 1 | sed -E "s/[[:space:]]+#.*$//; s/[[:space:]]+$//; s/^'(.*)'$/\1/; s/^\"(.*)\"$/\1/"
}

# The whole file anew, so that a power cut leaves the old or the new one; its owner keeps it.
keep() {
  fresh=$(mktemp "$FILE.XXXXXX")
  trap 'rm -f "$fresh"' EXIT
  if [[ -e $FILE ]]; then
    grep -vE "$KEY" "$FILE" >"$fresh" || true
    chown --reference="$FILE" "$fresh"
  fi
  printf 'CONTROL_TOKEN=%s\n' "$1" >>"$fresh"
  chmod 600 "$fresh"
  mv "$fresh" "$FILE"
}

# As it stands in an address.
escaped() {
  local LC_ALL=C text=$1 i
  for ((i = 0; i < ${#text}; i++)); do
    case ${text:i:1} in
      [A-Za-z0-9._~-]) printf '%s' "${text:i:1}" ;;
      *) printf '%%%02X' "'${text:i:1}" ;;
    esac
  done
}

# addresses BIND: where others reach what listens there.
addresses() {
  local address
  case $1 in
    "" | 127.* | localhost | ::1 | 0.0.0.0 | ::) echo localhost ;;
    *:*) echo "[$1]" && return ;;
    *) echo "$1" && return ;;
  esac
  for address in $(hostname -I 2>/dev/null || true); do
    case $address in
      *.*) echo "$address" ;;
      fe80:*) ;; # is of no use without the name of an interface
      *:*) if [[ $1 == :: ]]; then echo "[$address]"; fi ;;
    esac
  done
}

case ${1:-} in
  "" | --new) ;;
  *)
    say "make-token.sh: the only option is --new, not $1"
    exit 2
    ;;
esac

token=$(setting CONTROL_TOKEN)
if [[ -z $token || ${1:-} == --new ]]; then
  token=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
  keep "$token"
  say "a new token is in $FILE; restart app.py to use it"
else
  chmod 600 "$FILE"
  say "the token in $FILE stays as it is"
fi

port=$(setting SETTINGS_PORT)
bind=$(setting BIND)
while read -r address; do
  printf 'http://%s:%s/?token=%s\n' "$address" "${port:-5556}" "$(escaped "$token")"
done < <(addresses "$bind")
case $bind in
  "" | 127.* | localhost | ::1) say "only this machine reaches it until BIND=0.0.0.0 opens it" ;;
esac
