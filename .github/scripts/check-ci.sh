#!/usr/bin/env bash
# Rejects a release of a commit whose CI did not succeed. Reads COMMIT and GH_REPO; gh reads GH_TOKEN.
set -euo pipefail

conclusion=$(gh api "repos/$GH_REPO/commits/$COMMIT/check-runs?check_name=ci&filter=latest" \
  --jq '.check_runs[0].conclusion // "not finished"')
if [[ $conclusion != success ]]; then
  printf 'check-ci: CI of the commit %s: %s, not success\n' "$COMMIT" "$conclusion" >&2
  exit 1
fi
printf 'check-ci: CI of the commit %s succeeded\n' "$COMMIT"
