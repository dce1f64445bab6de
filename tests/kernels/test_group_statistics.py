import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels.group_statistics import group_statistics
from tests.twins import group_statistics as twin


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), sizes=st.lists(st.integers(0, 30), max_size=6))
def test_the_kernel_equals_its_plain_version(seed, sizes):
    rng = np.random.default_rng(seed)
    last = np.cumsum(sizes, dtype=np.int64)
    first = last - np.array(sizes, dtype=np.int64)
    n = int(sum(sizes))
    values = rng.normal(size=(n, 3)).round(1)
    values[rng.random((n, 3)) < 0.2] = np.nan
    weights = np.stack([np.ones(n), rng.uniform(0.5, 2, n)])
    weights[1, rng.random(n) < 0.1] = np.nan
    weight_of = np.array([0, 1, 1])
    foot = rng.integers(0, 2, n)
    found = group_statistics(values.T.copy(), weights, weight_of, foot, first, last)
    assert found.shape == (len(sizes), 3, 3, 7)
    for g, (a, b) in enumerate(zip(first, last, strict=True)):
        for p in range(3):
            expected = twin.group_statistics(values[a:b, p], weights[weight_of[p], a:b], foot[a:b])
            np.testing.assert_allclose(found[g, p], expected, atol=1e-12)
