"""What somebody does, one after the other."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from gaitmap.simulation._gait_parameters import GaitParameters
from gaitmap.utils._checks import check_number, parameter_error

_SHUFFLING = GaitParameters(
    stride_time_s=0.9,
    stride_length_m=0.35,
    stance_share=0.7,
    clearance_m=0.006,
    ic_angle_deg=2.0,
    tc_angle_deg=-14.0,
    circumduction_m=0.005,
    inversion_deg=3.0,
    internal_rotation_deg=2.0,
    impact_m_s2=5.0,
    stride_time_cv=0.05,
    stride_length_cv=0.1,
)


@dataclass(frozen=True)
class Activity:
    """Base class of all activities."""

    #: What it is; the empty text of the base class is nothing that can be done.
    kind: ClassVar[str] = ""
    #: Whether the feet step; activities that do so without anything else in between make up one bout.
    is_gait: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """Name in the tables of truth."""
        return self.kind


@dataclass(frozen=True)
class Walk(Activity):
    """Level walking straight ahead; the length is given in one of three ways.

    Parameters
    ----------
    duration_s
        About how long, in s.
    distance_m
        About how far, in m.
    n_steps
        Number of steps of both feet together.
    gait
        How.
    """

    kind: ClassVar[str] = "walk"
    duration_s: float | None = None
    distance_m: float | None = None
    n_steps: int | None = None
    gait: GaitParameters = field(default_factory=GaitParameters)

    def __post_init__(self) -> None:
        given = [name for name in ("duration_s", "distance_m", "n_steps") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"{type(self).__name__}: the length is given in one of three ways. Found {len(given)} of duration_s, "
                "distance_m, n_steps. Pass exactly one of them."
            )
        check_number(self, given[0], getattr(self, given[0]), above=0)

    def count_steps(self) -> int:
        """Count the steps of both feet together.

        Returns
        -------
        int
            At least 1.
        """
        if self.n_steps is not None:
            steps = float(self.n_steps)
        elif self.duration_s is not None:
            steps = 2 * self.duration_s / self.gait.stride_time_s
        else:
            steps = 2 * (self.distance_m or 0.0) / max(self.gait.stride_length_m, 0.05)
        return max(1, round(steps))


@dataclass(frozen=True)
class Shuffle(Walk):
    """Short, flat steps that hardly leave the floor.

    Parameters
    ----------
    duration_s
        About how long, in s.
    distance_m
        About how far, in m.
    n_steps
        Number of steps of both feet together.
    gait
        How.
    """

    kind: ClassVar[str] = "shuffle"
    gait: GaitParameters = field(default=_SHUFFLING)


@dataclass(frozen=True)
class Turn(Activity):
    """A change of heading while walking on.

    Parameters
    ----------
    angle_deg
        Change of heading in deg, positive to the left.
    radius_m
        Radius of the path of the body, in m; about 0 turns on the spot.
    max_step_angle_deg
        Largest change of heading with one step, in deg.
    gait
        How; steps are not longer than the arc that belongs to their change of heading.
    """

    kind: ClassVar[str] = "turn"
    angle_deg: float = 180.0
    radius_m: float = 0.4
    max_step_angle_deg: float = 45.0
    gait: GaitParameters = field(default_factory=GaitParameters)

    def __post_init__(self) -> None:
        check_number(self, "angle_deg", self.angle_deg)
        check_number(self, "radius_m", self.radius_m, at_least=0)
        check_number(self, "max_step_angle_deg", self.max_step_angle_deg, above=0)


@dataclass(frozen=True)
class Stairs(Activity):
    """Stairs, one foot per step.

    Parameters
    ----------
    n_steps
        Number of steps of the stairs.
    up
        Upwards or downwards.
    rise_m
        Height of a step in m.
    tread_m
        Depth of a step in m.
    gait
        How; None takes usual values. Its stride length is replaced by two treads.
    """

    kind: ClassVar[str] = "stairs"
    n_steps: int = 12
    up: bool = True
    rise_m: float = 0.17
    tread_m: float = 0.29
    gait: GaitParameters | None = None

    def __post_init__(self) -> None:
        check_number(self, "n_steps", self.n_steps, above=0)
        check_number(self, "rise_m", self.rise_m, above=0)
        check_number(self, "tread_m", self.tread_m, above=0)

    @property
    def name(self) -> str:
        """``stairs_up`` or ``stairs_down``."""
        return "stairs_up" if self.up else "stairs_down"

    def way_of_walking(self) -> GaitParameters:
        """How the stairs are climbed.

        Returns
        -------
        GaitParameters
            ``gait``, or usual values, with strides of two treads.
        """
        usual = GaitParameters(
            stride_time_s=1.25 if self.up else 1.15,
            stance_share=0.64,
            clearance_m=0.05,
            ic_angle_deg=-2.0 if self.up else -18.0,
            tc_angle_deg=-45.0 if self.up else -35.0,
            circumduction_m=0.03,
            inversion_deg=4.0,
            internal_rotation_deg=4.0,
            impact_m_s2=10.0 if self.up else 25.0,
            stride_length_cv=0.0,
        )
        return replace(self.gait or usual, stride_length_m=2 * self.tread_m, step_length_asymmetry=0.0)


@dataclass(frozen=True)
class Rest(Activity):
    """Both feet stand still.

    Parameters
    ----------
    duration_s
        How long, in s.
    """

    kind: ClassVar[str] = "rest"
    is_gait: ClassVar[bool] = False
    duration_s: float = 5.0

    def __post_init__(self) -> None:
        check_number(self, "duration_s", self.duration_s, above=0)


@dataclass(frozen=True)
class Fidget(Activity):
    """Movements of the feet that are no walking: heels are lifted, feet are shifted and swung about, as while sitting.

    Parameters
    ----------
    duration_s
        How long, in s.
    movements_per_minute
        How often each foot moves.
    """

    kind: ClassVar[str] = "fidget"
    is_gait: ClassVar[bool] = False
    duration_s: float = 30.0
    movements_per_minute: float = 20.0

    def __post_init__(self) -> None:
        check_number(self, "duration_s", self.duration_s, above=0)
        check_number(self, "movements_per_minute", self.movements_per_minute, above=0)
        if self.movements_per_minute > 40:
            raise parameter_error(self, "movements_per_minute", "at most 40", self.movements_per_minute)
