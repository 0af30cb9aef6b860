#!/usr/bin/env bash
# What a pull request is asked, by GitHub Actions, by GitLab and by hand alike.
# Usage: ci/pull-request.sh BASE COMMENT [OPTION]..., options of `underlay pull-request`, such as --stack prod
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=$1
comment=$2
status=0
node cli/underlay.mjs pull-request --base "$base" --output "$comment" \
  --check "node test/run.mjs --lane lint" \
  --check "node test/run.mjs --lane types" \
  --check "node test/run.mjs --lane unit --lane property --lane mocks --lane automation" \
  ${UNDERLAY_MEASURE:+--measure} "${@:3}" || status=$?
if [[ -n "${GITHUB_OUTPUT:-}" && -s "$comment" ]]; then
  # An end that nobody can write into the text beforehand.
  end="end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  { printf 'comment<<%s\n' "$end"; cat "$comment"; printf '%s\n' "$end"; } >> "$GITHUB_OUTPUT"
fi
exit "$status"
