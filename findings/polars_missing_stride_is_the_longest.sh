#!/usr/bin/env bash
# polars 2.1.0 (numpy 2.4.6, pandas beside it is not needed): a column of stride lengths in which one stride is NaN.
# Behaviour: NaN is larger than every number in comparisons, sort, median and quantile, but not in max: the same column has
#   max 1.4, and its filter `> 1.4` keeps one row, the missing one. median() is a finite number, moved towards the long
#   strides, while mean() of the same column is NaN. Frames from pandas do not show it, since there NaN becomes null on the way.
# Why it matters for gait data: rows that come from NumPy (results of algorithms) keep NaN. "Share of strides above 1 m",
#   outlier rules (`> 3`) and medians count every stride that could not be measured as the longest one.
# The guess that was wrong: a comparison with NaN is false, and a median is NaN if the mean is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 numpy==2.4.6
"$work/env/bin/python" - <<'PY'
import numpy as np
import polars as pl

measured = np.array([1.0, 1.1, 1.2, 1.4])
strides = pl.DataFrame({"stride_length": np.append(measured, [np.nan, np.nan])})
length = strides["stride_length"]
beyond = strides.filter(pl.col("stride_length") > 3.0)
print("max", length.max(), "mean", length.mean(), "median", length.median(), "of measured", np.median(measured))
print("rows above 3 m:", beyond["stride_length"].to_list())
assert length.max() == 1.4
assert beyond.height == 2 and beyond["stride_length"].is_nan().all()
assert np.isnan(length.mean())
assert abs(length.median() - 1.3) < 1e-9 and abs(np.median(measured) - 1.15) < 1e-9
assert (np.append(measured, np.nan) > 3.0).sum() == 0
PY
