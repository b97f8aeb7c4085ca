#!/usr/bin/env bash
# Make the locks anew. Needs uv; writes no index address and no path.
set -eu
cd "$(dirname "$0")/.."
pin() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate "$@"; }
printf 'hatchling\neditables\n' > requirements/build.in
pin pyproject.toml requirements/build.in -o requirements/main.txt
pin pyproject.toml requirements/build.in --extra postgres -c requirements/main.txt -o requirements/postgres.txt
pin pyproject.toml requirements/build.in --extra postgres --extra spark -c requirements/main.txt -o requirements/spark.txt
pin pyproject.toml requirements/build.in --extra tests --extra spark --extra notebooks --extra postgres -c requirements/main.txt -o requirements/tests.txt
