#!/bin/sh
# Holds the locked dependencies, the optional ones too, against the published advisories.
# Exit: 0 none is affected; 1 some are, listed; 3 that could not be found out (no network, or no answer).
set -u
BIN=${BIN:-.venv/bin}
AUDITOR=pip-audit==2.9.0   # run apart from the project: nothing of it is installed beside riskwatch

work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
"$BIN/uv" export --quiet --frozen --all-extras --no-dev --no-emit-project --output-file "$work/requirements.txt" || exit 3
"$BIN/uv" tool run --quiet "$AUDITOR" --disable-pip --require-hashes --progress-spinner off --timeout 20 \
  --requirement "$work/requirements.txt" --format json --output "$work/found.json" >"$work/said" 2>&1
code=$?
if [ ! -s "$work/found.json" ]; then
  why=$(tail -n 1 "$work/said" | cut -c 1-200)
  echo "audit-deps: not audited: the advisory service or the auditor could not be reached ($why)" >&2
  exit 3
fi
cat "$work/said"
[ "$code" -eq 0 ] || { cat "$work/found.json"; exit 1; }
