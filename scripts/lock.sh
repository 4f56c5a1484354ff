#!/usr/bin/env bash
# Renews requirements.lock, requirements-test.lock and requirements-torch.lock: every package, also those that others
# bring along, at one version with the SHA-256 of its files, which scripts/setup.sh installs from.
#
#   bash scripts/lock.sh
#
# torch has a file of its own, with the CUDA libraries that only it needs: a machine may have a build of torch for the
# CPU or another GPU, which has other hashes and needs none of them.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
UV=$(command -v uv) || { echo "error: uv is needed: pip install uv" >&2; exit 2; }

compile() { "$UV" pip compile "$@" --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet; }

without_torch=$(mktemp)
trap 'rm -f "$without_torch"' EXIT
echo "torch ; python_version < '3'" >"$without_torch"
for requirements in requirements.txt requirements-test.txt; do
    # sympy and networkx are torch's, and the same on every machine.
    printf '%s\n' sympy networkx | compile "$requirements" - --overrides "$without_torch" \
        --output-file "${requirements%.txt}.lock"
done
elsewhere=$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package=\1/p' requirements.lock)
# shellcheck disable=SC2086
grep '^torch==' requirements.txt | compile - --constraints requirements.lock $elsewhere \
    --output-file requirements-torch.lock
