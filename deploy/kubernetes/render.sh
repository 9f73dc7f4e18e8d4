#!/bin/sh
# Shows what `kubectl apply -k` of each overlay and reference would send; with a folder, writes one file for each into it.
# Needs kubectl and no cluster.
set -eu
output=''
if [ "$#" -gt 0 ]; then
  mkdir -p "$1"
  output=$(cd "$1" && pwd)
fi
cd "$(dirname "$0")"

for folder in overlays/* references/*; do
  if [ -n "$output" ]; then
    file="$output/$(basename "$folder").yaml"
    kubectl kustomize "$folder" >"$file"
    printf '%s\n' "$file"
  else
    printf -- '---\n# deploy/kubernetes/%s\n' "$folder"
    kubectl kustomize "$folder"
  fi
done
