"""Names of channels as files of many makers write them."""

import pytest

from gaitmap.recordings._channel_names import ChannelName, group_channels, parse_channel


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("left_acc_x", ChannelName("left", "acc", 0)),
        ("Gyroscope X (deg/s)", ChannelName("", "gyr", 0, "deg/s")),
        ("gyro_y", ChannelName("", "gyr", 1)),
        ("AccX [g]", ChannelName("", "acc", 0, "g")),
        ("GyrZ", ChannelName("", "gyr", 2)),
        ("LF Gyro Z [rad/s]", ChannelName("lf", "gyr", 2, "rad/s")),
        ("ax_m/s/s", ChannelName("", "acc", 0, "m/s^2")),
        ("gz_deg/s", ChannelName("", "gyr", 2, "deg/s")),
        ("Acc_X", ChannelName("", "acc", 0)),
        ("Right Foot Angular Velocity Y (rad/s)", ChannelName("right_foot", "gyr", 1, "rad/s")),
        ("RightFoot.Accelerometer.Z", ChannelName("right_foot", "acc", 2)),
        ("ACC_x_LEFT", ChannelName("left", "acc", 0)),
        ("IMU left foot: ACC.X", ChannelName("left_foot", "acc", 0)),
        ("Shimmer_AB12_Gyro_X_CAL", ChannelName("shimmer_ab_12", "gyr", 0)),
        ("Mag_Y", ChannelName("", "mag", 1)),
        ("left_sensor_gyr_z", ChannelName("left", "gyr", 2)),
        ("LF Beschl X", ChannelName("lf", "acc", 0)),
        ("LF Dreh Y", ChannelName("lf", "gyr", 1)),
        ("accelerometerX(m/s²)", ChannelName("", "acc", 0, "m/s^2")),
    ],
)
def test_names_of_inertial_channels(name, expected):
    assert parse_channel(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        *(
            "time",
            "Temperature",
            "FreeAcc_X",
            "Quat_q0",
            "LinearAcceleration_X",
            "Euler_X",
            "battery",
            "x",
            "label",
            "",
        ),
        *("Acc", "PacketCounter", "Pressure (g)", "EMG left", "Velocity X", "heart rate"),
    ],
)
def test_other_names(name):
    assert parse_channel(name) is None


def test_the_file_may_tell_the_quantity():
    assert parse_channel("x-axis (g)", quantity="acc") == ChannelName("", "acc", 0, "g")
    assert parse_channel("x-axis (deg/s)", quantity="gyr") == ChannelName("", "gyr", 0, "deg/s")


def test_channels_are_grouped_by_sensor():
    names = [
        "time",
        *(f"{foot}_{kind}_{axis}" for foot in ("LF", "RF") for kind in ("gyr", "acc") for axis in "zyx"),
        "RF_temp",
    ]
    sensors = group_channels(names, units=["s"] + ["rad/s"] * 3 + ["g"] * 3 + ["deg/s"] * 3 + ["mg"] * 3 + ["C"])
    assert list(sensors) == ["lf", "rf"]
    assert (sensors["lf"].columns("acc"), sensors["lf"].columns("gyr")) == ([6, 5, 4], [3, 2, 1])
    assert sensors["rf"].columns("mag") is None
    assert sensors["rf"].units == {"gyr": "deg/s", "acc": "mg"}


def test_a_sensor_without_one_axis_has_no_columns():
    (sensor,) = group_channels(["acc_x", "acc_y", "gyr_x", "gyr_y", "gyr_z"]).values()
    assert sensor.columns("acc") is None
    assert sensor.columns("gyr") == [2, 3, 4]
