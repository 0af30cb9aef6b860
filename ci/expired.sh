#!/usr/bin/env bash
# Destroys the stacks of the backend whose day has come, and lists what is left.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
node cli/underlay.mjs reap --expired --yes
node cli/underlay.mjs ls
