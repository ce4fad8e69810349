#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image: Python, and what Gradus needs.
set -euo pipefail

root="${GRADUS_AUTOGRADER:-/autograder}"

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends python3 python3-venv
fi
python3 -c 'import sys; sys.exit("Gradus needs Python 3.11 or later; choose a newer base image" if sys.version_info < (3, 11) else 0)'
python3 -m venv "$root/venv" || {
    apt-get update
    apt-get install -y --no-install-recommends python3-venv
    python3 -m venv "$root/venv"
}
"$root/venv/bin/pip" install --no-cache-dir -r "$root/source/requirements.txt"
