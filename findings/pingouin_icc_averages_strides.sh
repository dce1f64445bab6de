#!/usr/bin/env bash
# pingouin 0.6.1 (pandas 3.1.1, numpy 2.4.6), intraclass_corr() of a long table with several strides per person and visit.
# Behaviour: rows with the same target and rater are averaged before anything is computed, without error or warning. All six
#   coefficients, also the ones for single measurements ICC(1,1), ICC(A,1), ICC(C,1), are therefore those of the MEAN of the
#   strides. Values are equal to the last digit to those of a table of means.
# Why it matters for gait data: a table of strides is what gait analysis gives. Where one stride has a reliability of 0.44,
#   the "single" coefficient of the table with 30 strides reads 0.98; it grows with the length of the walk, and is
#   reported as the reliability of a stride. Persons with 5 and with 50 strides count alike.
# The guess that was wrong: the coefficient for single measurements is that of single rows; repeated rows are refused or used as such.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check pingouin==0.6.1 pandas==3.1.1 numpy==2.4.6
"$work/env/bin/python" - <<'PY'
import warnings

import numpy as np
import pandas as pd
import pingouin

rng = np.random.default_rng(1)
persons = rng.normal(1.2, 0.1, 40)
strides = pd.DataFrame(
    [(p, v, k, persons[p] + rng.normal(0, 0.1)) for p in range(40) for v in ("first", "second") for k in range(30)],
    columns=["person", "visit", "stride", "stride_length"],
)


def coefficients(table):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        result = pingouin.intraclass_corr(table, targets="person", raters="visit", ratings="stride_length")
    return result.set_index("Type")["ICC"]


all_rows = coefficients(strides)
means = coefficients(strides.groupby(["person", "visit"], as_index=False)["stride_length"].mean())
single = np.mean([coefficients(strides[strides["stride"] == k])["ICC(A,1)"] for k in range(30)])
print(f"ICC(A,1): table of all strides {all_rows['ICC(A,1)']:.3f}, table of means {means['ICC(A,1)']:.3f}, "
      f"one stride per visit {single:.3f} (mean of 30 choices)")
assert np.allclose(all_rows, means, atol=1e-12)
assert all_rows["ICC(A,1)"] > 0.93 and single < 0.65
PY
