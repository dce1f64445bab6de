import json

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from gaitmap.utils.fast_quaternion_math import (
    multiply,
    normalize,
    quat_from_rotvec,
    rate_of_change_from_gyro,
    rotate_vector,
)

_vectors = arrays(float, 3, elements=st.floats(-10, 10))
_rotations = st.integers(0, 2**32 - 1).map(lambda seed: Rotation.random(rng=np.random.default_rng(seed)))
_few = settings(max_examples=25, deadline=None)


@pytest.mark.reference
def test_all_functions_equal_the_reference(reference_dir):
    for case in json.loads((reference_dir / "trajectory" / "quaternion_math.json").read_text()):
        a, b, v = (np.array(case[name]) for name in "abv")
        found = {
            "multiply": multiply(a, b),
            "rotate_vector": rotate_vector(a, v),
            "rate_of_change_from_gyro": rate_of_change_from_gyro(v, a),
            "quat_from_rotvec": quat_from_rotvec(v),
            "normalize": normalize(v),
        }
        for name, value in found.items():
            np.testing.assert_allclose(value, case[name], rtol=0, atol=1e-12, err_msg=name)


@_few
@given(a=_rotations, b=_rotations)
def test_multiply_is_the_composition_of_rotations(a, b):
    found, expected = multiply(a.as_quat(), b.as_quat()), (a * b).as_quat()
    np.testing.assert_allclose(found * np.sign(found @ expected), expected, atol=1e-14)


@_few
@given(rotation=_rotations, vector=_vectors)
def test_rotate_vector_equals_scipy(rotation, vector):
    np.testing.assert_allclose(rotate_vector(rotation.as_quat(), vector), rotation.apply(vector), atol=1e-13)


@_few
@given(rotation=_rotations, vector=_vectors, scale=st.floats(0.1, 3))
def test_rotate_vector_scales_by_the_squared_norm(rotation, vector, scale):
    q = rotation.as_quat()
    np.testing.assert_allclose(rotate_vector(scale * q, vector), scale**2 * rotate_vector(q, vector), atol=1e-12)


@_few
@given(vector=_vectors)
def test_quat_from_rotvec_equals_scipy(vector):
    found, expected = quat_from_rotvec(vector), Rotation.from_rotvec(vector).as_quat()
    np.testing.assert_allclose(found * np.sign(found @ expected), expected, atol=1e-14)


def test_quat_from_the_zero_rotvec_is_exactly_the_identity():
    np.testing.assert_array_equal(quat_from_rotvec(np.zeros(3)), [0, 0, 0, 1])


def test_rate_of_change_is_half_the_product_with_the_rate():
    q, gyro = Rotation.from_euler("xyz", [0.1, 0.2, 0.3]).as_quat(), np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(rate_of_change_from_gyro(gyro, q), 0.5 * multiply(q, np.append(gyro, 0.0)), atol=1e-15)


@pytest.mark.parametrize("v", [[3.0, 4.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
def test_normalize_gives_length_one_and_keeps_the_input(v):
    v = np.array(v)
    before = v.copy()
    assert np.linalg.norm(normalize(v)) == pytest.approx(1.0, abs=1e-15)
    np.testing.assert_array_equal(v, before)


def test_normalize_returns_a_zero_vector_unchanged():
    np.testing.assert_array_equal(normalize(np.zeros(3)), np.zeros(3))


def test_functions_can_be_called_from_compiled_code():
    @numba.njit
    def turn(q, v):
        return rotate_vector(normalize(multiply(q, quat_from_rotvec(v))), v) + rate_of_change_from_gyro(v, q)[:3]

    assert turn(np.array([0, 0, 0, 1.0]), np.zeros(3)).tolist() == [0, 0, 0]
