import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels.group_statistics import group_statistics
from tests.twins import group_statistics as twin


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), sizes=st.lists(st.integers(0, 30), max_size=6), min_count=st.integers(1, 12))
def test_the_kernel_equals_its_plain_version(seed, sizes, min_count):
    rng = np.random.default_rng(seed)
    last = np.cumsum(sizes, dtype=np.int64)
    first = last - np.array(sizes, dtype=np.int64)
    n = int(sum(sizes))
    values = rng.normal(size=(n, 3)).round(1)
    values[rng.random((n, 3)) < 0.2] = np.nan
    foot = rng.integers(0, 2, n)
    found = group_statistics(values.T.copy(), foot, first, last, min_count)
    assert found.shape == (len(sizes), 3, 9)
    for g, (a, b) in enumerate(zip(first, last, strict=True)):
        for p in range(3):
            expected = twin.group_statistics(values[a:b, p], foot[a:b], min_count)
            np.testing.assert_allclose(found[g, p], expected, atol=1e-12)
