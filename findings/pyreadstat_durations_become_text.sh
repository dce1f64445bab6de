#!/usr/bin/env bash
# pyreadstat 1.3.7 with pandas 2.3.3 and numpy 2.4.6: write_sav() of a column of durations (timedelta64).
# Behaviour: the durations are written as texts, "0 days 00:00:01.085000" in a column of the type A22, without error or
#   warning; dates, clock times and zones of other columns are converted to the types of SPSS. Read back, the column is
#   text. SPSS has a type for durations (DTIME), and the numbers in seconds would be another way: neither is used.
# Why it matters for gait data: stride, stance and swing time are durations in many pipelines. In the statistics program they
#   are nominal texts: there is no mean of them, and they sort by the alphabet, whole seconds and fractions of different length.
# The guess that was wrong: a column that pandas and Parquet keep as numbers stays one, or is refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==2.3.3 numpy==2.4.6
"$work/env/bin/python" - "$work/strides.sav" <<'PY'
import sys
import warnings

import pandas as pd
import pyreadstat

strides = pd.DataFrame({
    "stride_time": pd.to_timedelta([1.085, 2.0, 10.5], unit="s"),
    "start": pd.to_datetime(["2026-03-01 10:00:00"] * 3),
    "stride_length": [1.3, 0.4, 0.9],
})
with warnings.catch_warnings():
    warnings.simplefilter("error")
    pyreadstat.write_sav(strides, sys.argv[1])
back, meta = pyreadstat.read_sav(sys.argv[1])
print(meta.original_variable_types)
print(back["stride_time"].tolist())
assert meta.original_variable_types["stride_time"].startswith("A")
assert meta.original_variable_types["start"].startswith("DATETIME")
assert back["stride_time"].iloc[0] == "0 days 00:00:01.085000"
PY
