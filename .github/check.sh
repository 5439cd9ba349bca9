#!/usr/bin/env bash
# What action.yml runs: installs lossguard from this checkout and annotates the findings.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
environment=${RUNNER_TEMP:?}/lossguard
"${PYTHON:?}" -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check "$here"

read -ra paths <<<"${PATHS:-.}"
read -ra options <<<"${OPTIONS:-}"
lossguard() { "$environment/bin/lossguard" check "${options[@]}" "$@" -- "${paths[@]}"; }

if [ -n "${SARIF_FILE:-}" ]; then
    lossguard --quiet --exit-zero --output-format sarif --output-file "$SARIF_FILE"
fi
status=0
lossguard --output-format github || status=$?
if [ "$status" -le 1 ]; then
    found=false
    [ "$status" -eq 0 ] || found=true
    echo "findings=$found" >>"${GITHUB_OUTPUT:?}"
fi
exit "$status"
