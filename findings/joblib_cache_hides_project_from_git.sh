#!/usr/bin/env bash
# joblib 1.6.0: Memory(folder), used by many gait pipelines (and by tpcp) to keep computed recordings.
# Behaviour: as soon as a cached function is stored, joblib writes a file `.gitignore` with `*` into `folder`, not into the
#   subfolder `joblib` that it makes for itself, also when the folder existed before and holds other files. A folder that
#   has a `.gitignore` of its own is left alone. No message.
# Why it matters for gait data: a study folder taken as place of the cache (Memory(".") beside the analysis and its tables)
#   disappears from version control: `git add .` adds nothing, `git status` is clean, and new scripts, stride tables and
#   clinical lists are missing from the next commit and from the archive that goes with the paper.
# The guess that was wrong: a cache touches only what it made itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check joblib==1.6.0
mkdir "$work/study"
cd "$work/study"
git init --quiet
echo "print('stride length')" > analysis.py
echo "s_id,stride_length" > strides.csv
"$work/env/bin/python" - <<'PY'
import subprocess
from pathlib import Path

from joblib import Memory


def seen():
    command = ["git", "status", "--short", "--untracked-files=all"]
    return sorted(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n"))


before = seen()
print("before:", before)
assert "?? analysis.py" in before and "?? strides.csv" in before


def stride_length(duration):
    return 1.2 * duration


Memory(".", verbose=0).cache(stride_length)(1.1)
after = seen()
print("after one cached call:", after)
print(".gitignore:", Path(".gitignore").read_text().splitlines())
assert after == [""]
assert "*" in Path(".gitignore").read_text().splitlines()
subprocess.run(["git", "add", "."], check=True)
assert subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout == ""
print("git add . adds nothing")
PY
