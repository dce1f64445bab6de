import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.transform import Rotation

from gaitmap.utils import rotations as rotations_module
from gaitmap.utils import vector_math
from gaitmap.utils.rotations import (
    angle_diff,
    find_angle_between_orientations,
    find_rotation_around_axis,
    find_shortest_rotation,
    find_signed_3d_angle,
    find_unsigned_3d_angle,
    get_gravity_rotation,
    rotation_from_angle,
    swing_twist,
    yaw_pitch_roll,
)
from gaitmap.utils.vector_math import find_orthogonal, find_random_orthogonal, normalize

X, Y, Z = np.eye(3)
few_examples = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def turn(axis, degrees):
    return Rotation.from_euler(axis, degrees, degrees=True)


def unit_vectors(seed, n=None):
    return normalize(np.random.default_rng(seed).normal(size=3 if n is None else (n, 3)))


class TestRotationFromAngle:
    @pytest.mark.parametrize(
        ("axis", "angle", "shape"),
        [
            (X, 0.3, (3,)),
            (X, [0.3], (3,)),
            ([X], 0.3, (3,)),
            (X, [0.1, 0.2], (2, 3)),
            ([X], [0.1, 0.2], (2, 3)),
            ([X, Y], 0.3, (2, 3)),
            ([X, Y], [0.1, 0.2], (2, 3)),
            (X, [], (0, 3)),
        ],
    )
    def test_axes_and_angles_are_combined(self, axis, angle, shape):
        result = rotation_from_angle(axis, angle).as_rotvec()
        expected = np.atleast_2d(axis) * np.atleast_1d(angle)[:, None]
        assert_allclose(result, expected.reshape(shape))

    def test_axis_is_not_normalised(self):
        assert_allclose(rotation_from_angle([2, 0, 0], 0.3).as_rotvec(), [0.6, 0, 0])

    def test_lengths_that_do_not_fit_are_refused(self):
        with pytest.raises(ValueError, match="broadcast"):
            rotation_from_angle([X, Y], [0.1, 0.2, 0.3])


class TestShortestRotation:
    @few_examples
    @given(seed=seeds)
    def test_turns_first_into_second_by_their_angle(self, seed):
        v1, v2 = unit_vectors(seed, 2)
        rotation = find_shortest_rotation(v1, v2)
        assert_allclose(rotation.apply(v1), v2, atol=1e-15 * 3)
        assert rotation.magnitude() == pytest.approx(find_unsigned_3d_angle(v1, v2), abs=1e-14)

    @few_examples
    @given(seed=seeds, exponent=st.floats(-17, -0.5), sign=st.sampled_from([-1, 1]))
    def test_is_exact_for_almost_parallel_and_almost_opposite_vectors(self, seed, exponent, sign):
        v1 = unit_vectors(seed)
        v2 = sign * rotation_from_angle(find_random_orthogonal(v1), 10**exponent).apply(v1)
        assert_allclose(find_shortest_rotation(v1, v2).apply(v1), v2, atol=1e-15 * 3)

    @pytest.mark.parametrize("tilt_deg", [1e-9, 0.05, 0.2, 0.249, 0.26])
    def test_small_tilt_is_removed_not_doubled(self, tilt_deg):
        tilted = turn("x", tilt_deg).apply(Z)
        assert find_unsigned_3d_angle(find_shortest_rotation(tilted, Z).apply(tilted), Z) < 1e-15

    @few_examples
    @given(seed=seeds)
    def test_identical_vectors_give_the_identity(self, seed):
        v = unit_vectors(seed)
        assert_array_equal(np.abs(find_shortest_rotation(v, v).as_quat()), [0, 0, 0, 1])

    @pytest.mark.parametrize(("v", "quaternion"), [(Z, [0, 1, 0, 0]), (X, [0, 0, 1, 0])])
    def test_opposite_vectors_have_a_fixed_axis(self, v, quaternion):
        assert_allclose(find_shortest_rotation(v, -v).as_quat(), quaternion, atol=1e-15)

    def test_stacks_equal_row_by_row(self):
        v1, v2 = unit_vectors(1, 12), unit_vectors(2, 12)
        v2[3], v2[4], v2[5] = v1[3], -v1[4], normalize(-v1[5] + 1e-9)
        together = find_shortest_rotation(v1, v2)
        one_by_one = [find_shortest_rotation(a, b).as_matrix() for a, b in zip(v1, v2, strict=True)]
        assert_allclose(together.as_matrix(), one_by_one, atol=1e-15)

    def test_one_vector_against_many(self):
        v2 = unit_vectors(2, 5)
        assert_allclose(find_shortest_rotation(Z, v2).apply(Z), v2, atol=1e-14)

    def test_a_stack_of_one_stays_a_stack(self):
        assert len(find_shortest_rotation([Z], X)) == 1

    @pytest.mark.parametrize("v", [[0, 0, 2], [0, 0, 0], [0, 0, np.nan], 2 * X])
    def test_vectors_must_have_length_one(self, v):
        with pytest.raises(ValueError, match="must be normalized"):
            find_shortest_rotation(v, Z)


class TestGravityRotation:
    def test_fixed_value(self):
        assert_allclose(get_gravity_rotation([1, 0, 0]).as_quat(), [0, -np.sqrt(0.5), 0, np.sqrt(0.5)], atol=1e-15)

    def test_length_does_not_matter(self):
        assert_allclose(get_gravity_rotation([0, 3, 0], [0, 0, 1]).apply(Y), Z, atol=1e-15)

    def test_stack(self):
        gravity = unit_vectors(3, 6) * 9.7
        assert_allclose(normalize(get_gravity_rotation(gravity).apply(gravity)), np.tile(Z, (6, 1)), atol=1e-15 * 3)

    @few_examples
    @given(seed=seeds)
    def test_aligned_gravity_is_never_nan(self, seed):
        v = np.random.default_rng(seed).normal(size=3)
        assert_allclose(get_gravity_rotation(v, v).magnitude(), 0, atol=1e-15)

    def test_zero_vector_is_refused(self):
        with pytest.raises(ValueError, match="must be normalized"):
            get_gravity_rotation([0, 0, 0])


class TestTwist:
    @pytest.mark.parametrize(
        ("rotation", "axis", "expected"),
        [
            (turn("z", 90), Y, Rotation.identity()),
            (turn("z", 90), X, Rotation.identity()),
            (turn("z", 90), Z, turn("z", 90)),
            (turn("z", 90), [0, 0, 2], turn("z", 90)),
            (turn("y", 45) * turn("z", 90), Y, turn("y", 45)),
            (turn("y", 45) * turn("z", 90), Z, turn("z", 90)),
            (Rotation.from_quat([1, 0, 0, 0]), Z, Rotation.identity()),
        ],
    )
    def test_known_parts(self, rotation, axis, expected):
        result = find_rotation_around_axis(rotation, axis)
        assert result.single
        assert_allclose((result * expected.inv()).magnitude(), 0, atol=1e-12)

    def test_rows_without_a_part_do_not_disturb_the_others(self):
        rotations = Rotation.from_quat([[1, 0, 0, 0], [0, 0, np.sqrt(0.5), np.sqrt(0.5)]])
        assert_allclose(find_rotation_around_axis(rotations, Z).as_rotvec(), [[0, 0, 0], [0, 0, np.pi / 2]], atol=1e-15)

    def test_each_rotation_has_its_own_axis(self):
        rotations = Rotation.concatenate([turn("z", 90), turn("z", 90)])
        assert_allclose(find_rotation_around_axis(rotations, [Z, X]).magnitude(), [np.pi / 2, 0], atol=1e-15)

    def test_one_rotation_many_axes(self):
        assert_allclose(find_rotation_around_axis(turn("z", 90), [Z, X]).magnitude(), [np.pi / 2, 0], atol=1e-15)

    def test_stack_of_one_gives_a_single_rotation(self):
        assert find_rotation_around_axis(Rotation.identity(1), Z).single

    @pytest.mark.parametrize("axis", [[0, 0, 0], [[1, 0, 0], [0, 0, 0]]])
    def test_zero_axis_is_refused(self, axis):
        with pytest.raises(ValueError, match="rotation axis must not be"):
            find_rotation_around_axis(Rotation.identity(2), axis)

    @few_examples
    @given(seed=seeds)
    def test_swing_times_twist_is_the_rotation(self, seed):
        rotation, axis = Rotation.random(5, rng=seed), unit_vectors(seed)
        swing, twist = swing_twist(rotation, 3 * axis)
        assert_allclose((swing * twist * rotation.inv()).magnitude(), 0, atol=1e-12)
        assert_allclose(np.cross(twist.as_rotvec(), axis), 0, atol=1e-12)
        assert_allclose(swing.as_rotvec() @ axis, 0, atol=1e-12)

    def test_swing_twist_keeps_the_form(self):
        assert all(part.single for part in swing_twist(Rotation.identity(), Z))
        assert all(len(part) == 1 for part in swing_twist(Rotation.identity(1), Z))


class TestYawPitchRoll:
    @few_examples
    @given(yaw=st.floats(-3.1, 3.1), pitch=st.floats(-1.5, 1.5), roll=st.floats(-3.1, 3.1))
    def test_inverts_the_sequence_of_turns(self, yaw, pitch, roll):
        assert_allclose(yaw_pitch_roll(Rotation.from_euler("ZYX", [yaw, pitch, roll])), [yaw, pitch, roll], atol=1e-9)

    @pytest.mark.parametrize("pitch", [np.pi / 2, -np.pi / 2])
    def test_upright_foot_keeps_the_orientation(self, pitch):
        rotation = Rotation.from_euler("ZYX", [0.3, pitch, 0.2])
        angles = yaw_pitch_roll(rotation)
        assert_allclose((Rotation.from_euler("ZYX", angles) * rotation.inv()).magnitude(), 0, atol=1e-7)

    def test_stack(self):
        angles = [[0.1, 0.2, 0.3], [-1.0, 0.5, 2.0]]
        assert_allclose(yaw_pitch_roll(Rotation.from_euler("ZYX", angles)), angles)


class TestAngleBetweenOrientations:
    @pytest.mark.parametrize(
        ("ori", "ref", "axis", "expected"),
        [
            (turn("z", 90), turn("z", -90), None, np.pi),
            (turn("z", 90), turn("z", -90), X, 0),
            (turn("z", 90), turn("y", 90), X, np.pi / 2),
            (turn("y", 90), turn("z", 90), X, -np.pi / 2),
            (turn("y", 90) * turn("z", 180), Rotation.identity(), Y, np.pi / 2),
            (turn("y", 90) * turn("z", 180), Rotation.identity(), None, np.pi),
            (Rotation.identity(), turn("y", 90) * turn("z", 180), Y, -np.pi / 2),
            (turn("z", 200), Rotation.identity(), Z, np.deg2rad(-160)),
            (turn("z", 90), Rotation.identity(), [0, 0, 2], np.pi / 2),
            (turn("z", 90), Rotation.identity(), [Z], np.pi / 2),
            (turn("z", 90), turn("z", 90), None, 0),
        ],
    )
    def test_known_angles(self, ori, ref, axis, expected):
        result = find_angle_between_orientations(ori, ref, axis)
        assert isinstance(result, float)
        assert result == pytest.approx(expected, abs=1e-10)

    @pytest.mark.parametrize("rotation", [turn("z", 180), turn("y", 90) * turn("z", 180)])
    def test_half_turn_about_the_axis_has_either_sign(self, rotation):
        assert abs(find_angle_between_orientations(rotation, Rotation.identity(), Z)) == pytest.approx(np.pi)

    @pytest.mark.parametrize("axis", [None, Z, [Z], [Z] * 3])
    @pytest.mark.parametrize(("n_ori", "n_ref"), [(3, 1), (1, 3), (3, 3)])
    def test_single_orientation_is_compared_with_all_others(self, axis, n_ori, n_ref):
        ori, ref = (rotation_from_angle(Z, np.deg2rad([10 * i for i in range(n)])) for n in (n_ori, n_ref))
        steps = np.arange(3) * (0 if n_ori == n_ref else 1)
        expected = np.deg2rad(10 * steps) * (-1 if n_ref > n_ori and axis is not None else 1)
        assert_allclose(find_angle_between_orientations(ori, ref, axis), expected, atol=1e-12)

    def test_zero_axis_is_refused(self):
        with pytest.raises(ValueError, match="rotation axis must not be"):
            find_angle_between_orientations(turn("z", 90), turn("z", 0), [0, 0, 0])


class TestVectorAngles:
    @few_examples
    @given(seed=seeds, scale=st.floats(1e-3, 1e3))
    def test_identical_and_opposite_vectors_give_0_and_pi(self, seed, scale):
        v = np.random.default_rng(seed).normal(size=3)
        assert find_unsigned_3d_angle(v, scale * v) < 1e-15
        assert find_unsigned_3d_angle(v, -scale * v) == pytest.approx(np.pi, abs=1e-15)

    @pytest.mark.parametrize("angle", [1e-12, 1e-8, 0.5, np.pi / 2, 3, np.pi - 1e-8])
    def test_angle_has_all_digits(self, angle):
        assert find_unsigned_3d_angle(X, [np.cos(angle), np.sin(angle), 0]) == pytest.approx(angle, rel=1e-7, abs=1e-15)

    def test_unsigned_angle_shapes(self):
        assert find_unsigned_3d_angle(X, Y).shape == ()
        for first, second in ((X, [Y, Z]), ([Y, Z], X), ([X, X], [Y, Z])):
            assert_allclose(find_unsigned_3d_angle(first, second), [np.pi / 2] * 2)

    def test_zero_vectors_have_no_angle(self):
        assert np.isnan(find_unsigned_3d_angle([0, 0, 0], X))
        assert_array_equal(np.isnan(find_signed_3d_angle([[0, 0, 0], X], [X, Y], Z)), [True, False])

    @pytest.mark.parametrize(
        ("v1", "v2", "axis", "degrees"),
        [
            (Z, X, Y, 90),
            (Z, X, -Y, -90),
            (Z, X, 3 * Y, 90),
            ([0, 1], [1, 0], Z, -90),
            ([0, 1], [1, 0], -Z, 90),
            (X, -X, Z, 180),
            (X, -X, -Z, 180),
            ([0, 1], X, Z, -90),
        ],
    )
    def test_signed_angle_is_exact_along_the_axes(self, v1, v2, axis, degrees):
        result = find_signed_3d_angle(v1, v2, axis)
        assert isinstance(result, float)
        assert result == np.deg2rad(degrees)

    def test_signed_angle_of_one_vector_against_many(self):
        assert_allclose(find_signed_3d_angle(X, [Y, -Y], Z), [np.pi / 2, -np.pi / 2])
        assert_allclose(find_signed_3d_angle([Y, -Y], X, [Z, -Z]), [-np.pi / 2, -np.pi / 2])

    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [(np.pi, 0, -np.pi), (0, np.pi, -np.pi), (-np.pi, np.pi, 0), (1.5 * np.pi, 0, -np.pi / 2), (0, -1, 1)],
    )
    def test_difference_of_angles_is_wrapped(self, a, b, expected):
        assert angle_diff(a, b) == pytest.approx(expected, abs=1e-15)
        assert_allclose(angle_diff(np.array([a]), b), [expected], atol=1e-15)


@pytest.mark.reference
class TestReference:
    @pytest.fixture
    def cases(self, reference_dir):
        return dict(np.load(reference_dir / "rotations" / "random_cases.npz"))

    @staticmethod
    def assert_same_rotation(result, quaternions):
        quaternions = np.asarray(quaternions)
        sign = np.sign(np.sum(result.as_quat() * quaternions, axis=-1, keepdims=True))
        assert_allclose(sign * result.as_quat(), quaternions, atol=1e-12)

    def test_rotations(self, cases):
        q1, axis = Rotation.from_quat(cases["q1"]), cases["axis"]
        v1, v2 = cases["v1"], cases["v2"]
        for result, key in (
            (rotation_from_angle(axis, cases["angle"]), "rotation_from_angle_quat"),
            (find_rotation_around_axis(q1, Z), "rotation_around_axis_z_quat"),
            (find_rotation_around_axis(q1, axis), "rotation_around_axis_multi_quat"),
            (find_shortest_rotation(normalize(v1), normalize(v2)), "shortest_rotation_quat"),
            (get_gravity_rotation(v1), "gravity_rotation_quat"),
        ):
            self.assert_same_rotation(result, cases[key])

    def test_angles(self, cases):
        q1, q2, axis = Rotation.from_quat(cases["q1"]), Rotation.from_quat(cases["q2"]), cases["axis"]
        v1, v2, angle = cases["v1"], cases["v2"], cases["angle"]
        for result, key in (
            (find_angle_between_orientations(q1, q2), "angle_between_none"),
            (find_angle_between_orientations(q1, q2, Z), "angle_between_z"),
            (find_angle_between_orientations(q1, q2, axis), "angle_between_multi"),
            (find_angle_between_orientations(q1, q2[0], Z), "angle_between_single_ref_z"),
            (find_unsigned_3d_angle(v1, v2), "unsigned_angle"),
            (find_signed_3d_angle(v1, v2, axis), "signed_angle"),
            (find_signed_3d_angle(v1[:, :2], v2[:, :2], Z), "signed_angle_2d"),
            (angle_diff(3 * angle, 2 * angle[::-1]), "angle_diff"),
        ):
            assert_allclose(result, cases[key], atol=1e-10, err_msg=key)

    def test_special_cases(self, reference_dir):
        cases = json.loads((reference_dir / "rotations" / "special_cases.json").read_text())
        assert cases
        for case in cases:
            module = rotations_module if hasattr(rotations_module, case["function"]) else vector_math
            result = getattr(module, case["function"])(*case["args"])
            if isinstance(result, Rotation):
                self.assert_same_rotation(result, case["result"]["quat_xyzw"])
            else:
                assert_allclose(result, case["result"], atol=1e-12, err_msg=str(case))


def test_axis_of_a_rotation_between_two_vectors_is_orthogonal_to_both():
    v1, v2 = unit_vectors(5, 2)
    assert_allclose(normalize(find_shortest_rotation(v1, v2).as_rotvec()), find_orthogonal(v1, v2), atol=1e-14)
