import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gaitmap.utils.vector_math import (
    find_orthogonal,
    find_random_orthogonal,
    is_almost_parallel_or_antiparallel,
    normalize,
    row_wise_dot,
)


class TestRowWiseDot:
    def test_rows_are_combined_one_by_one(self):
        assert_array_equal(row_wise_dot([[1, 2, 3], [4, 5, 6]], [[1, 0, 0], [0, 0, 2]]), [1, 12])

    @pytest.mark.parametrize("second", [[1, 0, 2], [[1, 0, 2]]])
    def test_one_vector_is_combined_with_every_row(self, second):
        assert_array_equal(row_wise_dot([[1, 2, 3], [4, 5, 6]], second), [7, 16])

    def test_two_single_vectors_keep_the_row_dimension_unless_squeezed(self):
        assert row_wise_dot([1, 2, 3], [1, 1, 1]).shape == (1,)
        assert row_wise_dot([1, 2, 3], [1, 1, 1], squeeze=True).shape == ()

    def test_integers_stay_integers(self):
        assert row_wise_dot([1, 2], [3, 4]).dtype.kind == "i"


class TestNormalize:
    @pytest.mark.parametrize("vector", [[0, 0, 2], [3, 4], [1.0, -2.0, 3.0, 4.0]])
    def test_length_becomes_one_and_direction_stays(self, vector):
        result = normalize(vector)
        assert_allclose(result * np.linalg.norm(vector), vector, atol=1e-15)
        assert np.linalg.norm(result) == pytest.approx(1, abs=1e-15)

    def test_every_row_by_itself(self):
        assert_allclose(normalize([[2, 0, 0], [0, 0, -5]]), [[1, 0, 0], [0, 0, -1]])

    def test_zero_vector_becomes_nan_without_a_warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert_array_equal(normalize([[0, 0, 0], [1, 0, 0]]), [[np.nan] * 3, [1, 0, 0]])

    def test_no_rows(self):
        assert normalize(np.empty((0, 3))).shape == (0, 3)

    def test_input_is_not_modified(self):
        vector = np.array([0.0, 0.0, 2.0])
        normalize(vector)
        assert_array_equal(vector, [0, 0, 2])


class TestParallel:
    @pytest.mark.parametrize(
        ("v1", "v2", "expected"),
        [
            ([0, 0, 1], [0, 0, 5], True),
            ([0, 0, 1], [0, 0, -5], True),
            ([0, 0, 1], [0, 1, 0], False),
            ([0, 0, 1], [0, np.sin(np.deg2rad(0.25)), np.cos(np.deg2rad(0.25))], True),
            ([0, 0, 1], [0, np.sin(np.deg2rad(0.26)), np.cos(np.deg2rad(0.26))], False),
        ],
    )
    def test_direction_decides_not_length(self, v1, v2, expected):
        assert_array_equal(is_almost_parallel_or_antiparallel(v1, v2), [expected])

    def test_rows(self):
        assert_array_equal(is_almost_parallel_or_antiparallel([[1, 0, 0], [0, 1, 0]], [2, 0, 0]), [True, False])


class TestOrthogonal:
    @pytest.mark.parametrize(
        ("vector", "expected"),
        [
            ([1, 0, 0], [0, 0, 1]),
            ([-2, 0, 0], [0, 0, -1]),
            ([0, 1, 0], [0, 0, -1]),
            ([0, -1, 0], [0, 0, 1]),
            ([0, 0, 2], [0, 1, 0]),
            ([0.5, 0.2, 1], [0, 0.98058068, -0.19611614]),
        ],
    )
    def test_fixed_choice_for_one_vector(self, vector, expected):
        assert_allclose(find_random_orthogonal(vector), expected, atol=1e-8)

    @pytest.mark.parametrize(
        ("v1", "v2", "expected"),
        [
            ([1, 0, 0], [-1, 0, 0], [0, 0, 1]),
            ([2, 0, 0], [0, 3, 0], [0, 0, 1]),
            ([1, 0.2, 1], [4, 1.2, 0], [-0.28603878, 0.95346259, 0.09534626]),
        ],
    )
    def test_fixed_choice_for_two_vectors(self, v1, v2, expected):
        assert_allclose(find_orthogonal(v1, v2), expected, atol=1e-8)

    def test_stacks_are_refused(self):
        with pytest.raises(ValueError, match="single vectors"):
            find_orthogonal([[1, 0, 0]], [0, 1, 0])


@pytest.mark.reference
def test_reference_vectors(reference_dir):
    cases = np.load(reference_dir / "rotations" / "random_cases.npz")
    v1, v2 = cases["v1"], cases["v2"]
    assert_allclose(normalize(v1), cases["normalize"], atol=1e-12)
    assert_allclose(row_wise_dot(v1, v2), cases["row_wise_dot"], atol=1e-12)
    assert_allclose([find_orthogonal(a, b) for a, b in zip(v1, v2, strict=True)], cases["orthogonal"], atol=1e-12)
    assert_allclose([find_random_orthogonal(a) for a in v1], cases["random_orthogonal"], atol=1e-12)
