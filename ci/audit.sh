#!/usr/bin/env bash
# Asks for known vulnerabilities of everything that is locked: npm's registry for npm packages, PyPI for wheels. Needs the
# internet, and python3 with venv.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
status=0
npm audit || status=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder" || exit 1
"$folder/bin/pip" install --quiet --require-hashes --requirement ci/audit-requirements.txt || exit 1
for lock in tools/requirements/*.txt ci/audit-requirements.txt; do
  echo "$lock"
  # `--strict`: a package that nobody could be asked about is no clean one.
  "$folder/bin/pip-audit" --strict --disable-pip --require-hashes --requirement "$lock" || status=1
done
exit "$status"
