#!/usr/bin/env bash
# Renews requirements.lock and requirements-test.lock: every package, also those that others bring along, at one version
# with the SHA-256 of its files, which scripts/setup.sh installs from.
#
#   bash scripts/lock.sh
#
# torch is left out, with what only it needs: which of its builds is installed, for the CPU or for a GPU, depends on the
# machine, and so do their hashes. It is installed at the version that requirements.txt states.
set -euo pipefail
source "$(dirname "$0")/setup.sh"
UV=$(command -v uv) || { echo "error: uv is needed: pip install uv" >&2; exit 2; }

without_torch=$(mktemp)
trap 'rm -f "$without_torch"' EXIT
echo "torch ; python_version < '3'" >"$without_torch"
for requirements in requirements.txt requirements-test.txt; do
    # sympy and networkx are torch's, and the same on every machine.
    printf '%s\n' sympy networkx | "$UV" pip compile "$requirements" - --universal --python-version 3.11 --generate-hashes \
        --overrides "$without_torch" --no-header --no-annotate --quiet --output-file "${requirements%.txt}.lock"
done
