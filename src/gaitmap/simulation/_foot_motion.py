"""Motion of one foot between contacts with the floor, as closed-form functions of time."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from gaitmap.simulation._basis import pulse, smooth_step
from gaitmap.utils.consts import GRAV

#: Samples of one call are cut into pieces of this length to bound the memory.
_PIECE = 65536


@dataclass(frozen=True)
class FootGeometry:
    """Where the sensor is on the foot.

    Parameters
    ----------
    toe_m
        Distance from the sensor forwards to the point around which the foot rolls off, in m.
    heel_m
        Distance from the sensor backwards to the point at which the heel touches the floor, in m.
    height_m
        Height of the sensor above the floor while the foot stands flat, in m.
    """

    toe_m: float = 0.18
    heel_m: float = 0.08
    height_m: float = 0.05


class Swings(NamedTuple):
    """All swings of one foot in the order of time; arrays with one row per swing.

    Times in s; ``start`` and ``end`` are the moments of rest in the middle of the stance before and after.
    ``pose_from`` and ``pose_to``: position of the sensor (m) and heading (deg) while the foot stands flat, (n, 4).
    """

    start: np.ndarray
    tc: np.ndarray
    ic: np.ndarray
    end: np.ndarray
    pose_from: np.ndarray
    pose_to: np.ndarray
    tc_angle: np.ndarray
    ic_angle: np.ndarray
    clearance: np.ndarray
    circumduction: np.ndarray
    inversion: np.ndarray
    internal_rotation: np.ndarray
    impact: np.ndarray

    def part(self, first: int, last: int) -> "Swings":
        """Take the swings from ``first`` to ``last``, both included."""
        return Swings(*(column[first : last + 1] for column in self))


class FootState(NamedTuple):
    """State of the sensor at n times, in the world frame if not said otherwise.

    ``position`` (m), ``velocity`` (m/s), ``acceleration`` (m/s^2), all (n, 3); ``roll``, ``pitch``, ``yaw`` (rad) of
    R = Rz(yaw) Ry(pitch) Rx(roll); ``angular_rate`` (rad/s) and ``specific_force`` (m/s^2) in the frame of the sensor.
    """

    position: np.ndarray
    velocity: np.ndarray
    acceleration: np.ndarray
    roll: np.ndarray
    pitch: np.ndarray
    yaw: np.ndarray
    angular_rate: np.ndarray
    specific_force: np.ndarray

    @property
    def orientation(self) -> np.ndarray:
        """Quaternions x, y, z, w that rotate vectors of the sensor frame into the world, (n, 4)."""
        angles = np.column_stack([self.yaw, self.pitch, self.roll])
        return Rotation.from_euler("ZYX", angles).as_quat() if len(angles) else np.empty((0, 4))

    def to_sensor_frame(self, vector: np.ndarray) -> np.ndarray:
        """Express one vector of the world frame in the frame of the sensor at each time, (n, 3)."""
        angles = np.column_stack([self.yaw, self.pitch, self.roll])
        return Rotation.from_euler("ZYX", angles).inv().apply(vector)

    @property
    def sole_angle_deg(self) -> np.ndarray:
        """Angle between sole and floor in deg, positive: toes up."""
        return -np.rad2deg(self.pitch)


class _Elements(NamedTuple):
    """Basis functions of m swings: times (m,) and amplitudes (m, 9).

    Channels: contact point x, y, z (m); lever from there to the sensor x, z (m); roll, pitch, yaw (rad).
    """

    function: list
    start: list[np.ndarray]
    duration: list[np.ndarray]
    amplitude: list[dict[int, np.ndarray]]


_X, _Y, _Z, _LEVER_X, _LEVER_Z, _ROLL, _PITCH, _YAW = range(8)


class FootMotion:
    """Motion of a sensor on one foot, in closed form.

    Parameters
    ----------
    swings
        The swings of the foot; it stands still before, between and behind them.
    geometry
        Where the sensor is.
    side
        +1 for the left, -1 for the right foot.

    Notes
    -----
    The sensor is at C(t) + R(t) r(t): C is the point of the foot that touches the floor last (the toes, around which
    the foot rolls off) and next (the heel, around which it rolls on), r the lever from there to the sensor. C, r and
    the three angles of R are sums of smooth steps and pulses whose amplitudes are solved such that the sole angle at
    both events, its turning point at terminal contact, the toe clearance and the next stance are exactly those asked
    for. Velocity, acceleration and angular rate are the derivatives of these expressions.
    """

    def __init__(self, swings: Swings, geometry: FootGeometry, side: int) -> None:
        self.swings = Swings(*(np.ascontiguousarray(column) for column in swings))
        self.geometry = geometry
        self.side = side

    def state(self, time: np.ndarray) -> FootState:
        """Calculate the state of the sensor.

        Parameters
        ----------
        time
            Times in s, ascending.

        Returns
        -------
        FootState
            The exact state at these times.
        """
        time = np.asarray(time, dtype=float)
        pieces = [self._state(time[i : i + _PIECE]) for i in range(0, max(len(time), 1), _PIECE)]
        return (
            pieces[0] if len(pieces) == 1 else FootState(*(np.concatenate(part) for part in zip(*pieces, strict=True)))
        )

    def _state(self, time: np.ndarray) -> FootState:
        swings = self.swings
        # A swing holds from its start to the start of the next one; the first also before.
        row = np.clip(np.searchsorted(swings.start, time, side="right") - 1, 0, None)
        first, last = (row[0], row[-1]) if len(row) else (0, 0)
        used = swings.part(first, last)
        row = row - first
        # Before and after its movement the foot is at rest: equal times are calculated once.
        time = np.clip(time, used.start[row], used.end[row])
        is_new = np.append(True, np.diff(time) != 0)[: len(time)]
        state = self._moving_state(time[is_new], row[is_new], used)
        if is_new.all():
            return state
        which = np.cumsum(is_new) - 1
        return FootState(*(part[which] for part in state))

    def _moving_state(self, time: np.ndarray, row: np.ndarray, used: Swings) -> FootState:
        n = len(time)
        value = np.zeros((8, n))
        rate = np.zeros((8, n))
        change = np.zeros((8, n))
        heading = np.deg2rad(used.pose_from[:, 3])
        toe, height = self.geometry.toe_m, self.geometry.height_m
        value[_X] = (used.pose_from[:, 0] + toe * np.cos(heading))[row]
        value[_Y] = (used.pose_from[:, 1] + toe * np.sin(heading))[row]
        value[_Z] = (used.pose_from[:, 2] - height)[row]
        value[_LEVER_X] = -toe
        value[_LEVER_Z] = height
        value[_YAW] = heading[row]
        elements = _build_elements(used, self.geometry, self.side)
        for function, start, duration, amplitude in zip(*elements, strict=True):
            basis = function(time, start[row], duration[row])
            for channel, sizes in amplitude.items():
                size = sizes[row]
                value[channel] += size * basis[0]
                rate[channel] += size * basis[1]
                change[channel] += size * basis[2]
        return _sensor_state(value, rate, change)


def _build_elements(swings: Swings, geometry: FootGeometry, side: int) -> _Elements:
    start, tc, ic, end = swings.start, swings.tc, swings.ic, swings.end
    before, swing, after = tc - start, ic - tc, end - ic
    elements = _Elements([], [], [], [])

    def add(function, begin, finish, amplitude):
        elements.function.append(function)
        elements.start.append(begin)
        elements.duration.append(finish - begin)
        elements.amplitude.append(amplitude)

    # Sole angle: heel rise (slow and fast part), swing (early and late part), roll-on (fast and slow part).
    overlap = np.minimum(0.13 * swing, 0.2 * before)
    times = {
        "rise_slow": (start, tc + 0.5 * overlap),
        "rise_middle": (tc - 0.7 * before, tc + 0.7 * overlap),
        "rise_fast": (tc - 0.4 * before, tc + overlap),
        "swing_early": (tc - 1.3 * overlap, tc + 0.48 * swing),
        "swing_late": (tc + 0.15 * swing, ic - 0.05 * swing),
        "land": (ic - 0.2 * swing, ic + 0.22 * after),
        "roll_on": (ic - 0.1 * swing, ic + 0.45 * after),
        "settle": (ic - 0.08 * swing, end),
    }
    shares = {
        "rise": (("rise_slow", 0.3), ("rise_middle", 0.28), ("rise_fast", 0.42)),
        "early": (("swing_early", 1.0),),
        "late": (("swing_late", 1.0),),
        "on": (("land", 0.42), ("roll_on", 0.46), ("settle", 0.12)),
    }
    sizes = _solve_sole_angle(swings, times, shares)
    middle = tc + 0.5 * swing
    angle_at_middle = np.zeros_like(tc)
    for part, members in shares.items():
        for name, share in members:
            begin, finish = times[name]
            size = share * sizes[part]
            add(smooth_step, begin, finish, {_PITCH: -np.deg2rad(size)})
            angle_at_middle += size * smooth_step(middle, begin, finish - begin)[0]

    # The way of the contact point and of the lever from the toes to the heel (or to the toes, if they land first).
    toe, heel = geometry.toe_m, geometry.heel_m
    heading_from, heading_to = np.deg2rad(swings.pose_from[:, 3]), np.deg2rad(swings.pose_to[:, 3])
    landing = np.where(swings.ic_angle < 0, toe, -heel)
    way_x = swings.pose_to[:, 0] - swings.pose_from[:, 0] + landing * np.cos(heading_to) - toe * np.cos(heading_from)
    way_y = swings.pose_to[:, 1] - swings.pose_from[:, 1] + landing * np.sin(heading_to) - toe * np.sin(heading_from)
    turn = heading_to - heading_from
    lever = toe - landing
    lead = np.minimum(0.4 * swing, 0.9 * before)
    forward = ((0.55, tc - lead, tc + 0.9 * swing), (0.45, tc + 0.15 * swing, ic))
    lever_at_middle = np.zeros_like(tc)
    for share, begin, finish in forward:
        add(
            smooth_step,
            begin,
            finish,
            {_X: share * way_x, _Y: share * way_y, _LEVER_X: share * lever, _YAW: share * turn},
        )
        lever_at_middle += share * lever * smooth_step(middle, begin, finish - begin)[0]

    # Up and down, such that the toe has its clearance in the middle of swing: z_toe = z_C + lever sin(sole angle).
    climb = swings.pose_to[:, 2] - swings.pose_from[:, 2]
    wanted = np.maximum(climb, 0.0) + swings.clearance - lever_at_middle * np.sin(np.deg2rad(angle_at_middle))
    up, down = (tc - 0.6 * lead, tc + 0.5 * swing), (tc + 0.4 * swing, ic)
    up_done = smooth_step(middle, up[0], up[1] - up[0])[0]
    down_done = smooth_step(middle, down[0], down[1] - down[0])[0]
    rise = (wanted - climb * down_done) / (up_done - down_done)
    add(smooth_step, *up, {_Z: rise})
    add(smooth_step, *down, {_Z: climb - rise})

    outwards = side * swings.circumduction
    add(
        pulse,
        tc,
        ic,
        {
            _X: -outwards * np.sin(heading_to),
            _Y: outwards * np.cos(heading_to),
            _ROLL: -side * np.deg2rad(swings.inversion),
        },
    )
    inwards = -side * np.deg2rad(swings.internal_rotation)
    add(pulse, tc - 0.6 * before, tc + 0.8 * swing, {_YAW: inwards})
    # The shock pushes the heel back and down by some mm; the peak of acceleration of a pulse is 40 A / duration^2.
    width = np.minimum(0.08, np.minimum(0.5 * swing, 0.5 * after))
    size = swings.impact * width**2 / 40.0
    back = -size
    add(
        pulse,
        ic - 0.5 * width,
        ic + 0.5 * width,
        {_X: back * np.cos(heading_to), _Y: back * np.sin(heading_to), _Z: -0.5 * size},
    )
    return elements


def _solve_sole_angle(swings: Swings, times: dict, shares: dict) -> dict[str, np.ndarray]:
    """Amplitudes (deg) of the parts of the sole angle such that it is as asked for at both events and ends at 0."""

    def at(part, moment, derivative):
        return sum(
            share * smooth_step(moment, times[name][0], times[name][1] - times[name][0])[derivative]
            for name, share in shares[part]
        )

    tc, ic = swings.tc, swings.ic
    # Angle and angular rate at tc: only the heel rise and the early swing have begun.
    value_rise, value_early = at("rise", tc, 0), at("early", tc, 0)
    rate_rise, rate_early = at("rise", tc, 1), at("early", tc, 1)
    rise = swings.tc_angle / (value_rise - value_early * rate_rise / rate_early)
    early = -rise * rate_rise / rate_early
    # Angle at ic and at the end: all but the roll-on has ended.
    on = -swings.ic_angle / (1.0 - at("on", ic, 0))
    late = -(rise + early + on)
    return {"rise": rise, "early": early, "late": late, "on": on}


def _sensor_state(value: np.ndarray, rate: np.ndarray, change: np.ndarray) -> FootState:
    """Kinematics of C + R r with R = Rz(yaw) Ry(pitch) Rx(roll); angular rates in the frame of the sensor."""
    roll, pitch, yaw = value[_ROLL:]
    droll, dpitch, dyaw = rate[_ROLL:]
    ddroll, ddpitch, ddyaw = change[_ROLL:]
    sr, cr, sp, cp, sy, cy = np.sin(roll), np.cos(roll), np.sin(pitch), np.cos(pitch), np.sin(yaw), np.cos(yaw)
    wx = droll - dyaw * sp
    wy = dpitch * cr + dyaw * cp * sr
    wz = -dpitch * sr + dyaw * cp * cr
    ax = ddroll - ddyaw * sp - dyaw * dpitch * cp
    ay = ddpitch * cr - dpitch * droll * sr + ddyaw * cp * sr + dyaw * (-dpitch * sp * sr + droll * cp * cr)
    az = -ddpitch * sr - dpitch * droll * cr + ddyaw * cp * cr + dyaw * (-dpitch * sp * cr - droll * cp * sr)
    rx, rz = value[_LEVER_X], value[_LEVER_Z]
    drx, ddrx = rate[_LEVER_X], change[_LEVER_X]
    # In the frame of the sensor: w x r + dr/dt, and its derivative (r_y is 0, r_z constant).
    ux, uy, uz = wy * rz + drx, wz * rx - wx * rz, -wy * rx
    bx = ay * rz + ddrx + wy * uz - wz * uy
    by = az * rx + wz * drx - ax * rz + wz * ux - wx * uz
    bz = -ay * rx - wy * drx + wx * uy - wy * ux
    rows = (
        (cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr),
        (sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr),
        (-sp, cp * sr, cp * cr),
    )
    position = np.column_stack([value[i] + m[0] * rx + m[2] * rz for i, m in enumerate(rows)])
    velocity = np.column_stack([rate[i] + m[0] * ux + m[1] * uy + m[2] * uz for i, m in enumerate(rows)])
    acceleration = np.column_stack([change[i] + m[0] * bx + m[1] * by + m[2] * bz for i, m in enumerate(rows)])
    up = acceleration + np.array([0.0, 0.0, GRAV])
    force = np.column_stack([sum(rows[i][k] * up[:, i] for i in range(3)) for k in range(3)])
    return FootState(position, velocity, acceleration, roll, pitch, yaw, np.column_stack([wx, wy, wz]), force)
