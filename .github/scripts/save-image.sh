#!/usr/bin/env bash
# Saves the image of the latest release as image.tar, for the scanner. Reads GH_REPO; gh reads GH_TOKEN.
set -euo pipefail
cd "$(dirname "$0")/../.."

tag=$(gh release view --json tagName --jq .tagName)
# Names of images are in lower case.
image=ghcr.io/${GH_REPO,,}:${tag#v}
docker pull --quiet "$image"
docker save --output image.tar "$image"
printf 'save-image: saved %s\n' "$image"
