#!/usr/bin/env bash
# Installs the packages of requirements files into .venv; quick if they are installed already.
#   automation/packages.sh requirements.txt
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly PROGRAM=packages.sh
# shellcheck source=automation/setup.sh
source automation/setup.sh
for file in "$@"; do
  need_packages "$file"
  if [[ $file == requirements.txt && -e /proc/driver/nvidia/version ]]; then need_compiler; fi
done
