#!/usr/bin/env bash
# Rejects a release whose tag is not the version of package.json, that the changelog does not describe, or whose commit did not
# go through the main branch. Reads TAG, else GITHUB_REF_NAME, CHANGELOG.md, and the branch origin/main of the checkout.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  printf 'check-release: %s\n' "$1" >&2
  exit 1
}

tag=${TAG:-${GITHUB_REF_NAME:-}}
version=$(node -p 'require("./package.json").version')
[[ $tag == "v$version" ]] || fail "the tag is '$tag', the version $version"
grep -qF "## $version - " "${CHANGELOG:-CHANGELOG.md}" || fail "CHANGELOG.md has no section of the version $version: run make release-prepare"
git merge-base --is-ancestor HEAD origin/main || fail 'this commit is not on the main branch'
printf 'check-release: %s is a release of the main branch\n' "$tag"
