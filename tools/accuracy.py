"""Write ``docs/guides/accuracy.md``: every method against optical motion capture.

    python tools/accuracy.py [--peer-python PATH]

The recordings are public and downloaded on first use; templates and the pre-trained model are read from the package
gaitmap-mad (``pip install 'gaitmap[mad-data]'``). ``--peer-python`` (or GAITMAP_PEER_PYTHON) names an interpreter with
gaitmap 2.6, which is measured by the same lines.
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from _accuracy_measure import TOLERANCE_MS, TURN_DEG, measure
from _accuracy_noise import SAME_RATIOS, SETTINGS, half_rate_errors, measure_noise

import gaitmap
from gaitmap.example_data import get_example_data_path

PAGE = Path(__file__).parents[1] / "docs" / "guides" / "accuracy.md"
FILES = (
    "imu_sample.csv",
    "imu_sample_not_rotated.csv",
    "mocap_sample.csv",
    "stride_events_sample.csv",
    "stride_borders_sample.csv",
)
_NONE = "-"

INTRODUCTION = """# Accuracy

How far are events and stride lengths from optical motion capture? This page is made by a script; no figure is typed by
hand.

- Command: `python tools/accuracy.py{peer_option}`
- Date: {date}, gaitmap {version}{peer}
- Recording: the public healthy walk (`imu_sample.csv`, 204.8 Hz): 20 m, a turn, 20 m back. One healthy person, both
  feet, {n_reference} strides with reference.
- Reference: markers at heel, toe and fifth metatarsal, 100 Hz. Stride length is the horizontal way of the heel marker
  from the start to the end of a stride; initial contact (ic) and terminal contact (tc) are those published with the
  recording.

## What the reference can tell, and what it cannot

- **One person, {n_reference} strides, level floor.** Nothing here says how a method does in slow or pathological gait,
  on stairs or outdoors. The mean error of a method has a standard error of about {se_length:.1f} cm (stride length, SD
  {sd_length:.1f} cm). Differences between methods of this size say nothing about the next person.
- **A marker is not the sensor.** From mid-stance to mid-stance, all points of a foot go the same way only if the foot
  points in the same direction afterwards. In straight walking (foot turned by at most {turn:.0f} deg; {n_straight}
  strides), toe and heel marker differ by {toe_straight:.1f} cm (SD), fifth metatarsal and heel by {fm5_straight:.1f}
  cm; over all strides, with the turn, by {toe_all:.1f} and {fm5_all:.1f} cm. The markers are good enough for straight
  strides; errors in the turn say little.
- **The borders matter.** At the starts of the strides of the reference, the heel moves with {heel_reference:.0f} mm/s
  and the sensor turns with {gyr_reference:.0f} deg/s; at the mid-stances found in the signals it is {heel_found:.0f}
  mm/s and {gyr_found:.0f} deg/s (medians). Stride-level methods take the sensor to be at rest there, and do better with
  their own borders (compare the last two tables of stride lengths). Each stride is compared with the way of the heel
  over its own borders.
- **Events are definitions.** Those of the reference come from paths of markers, at 100 Hz (10 ms). A delay between the
  two systems would shift ic and tc of all methods alike; it cannot be told from a bias of a method. Compare SDs, and
  biases between methods only.
- **A constant bias** of ic (Rampp: {ic_rampp:+.0f} ms), whatever its cause, cancels in the stride time, but not in
  stance and swing time.
"""

EVENTS = """## Events

Error in ms, found minus reference: positive is too late. An event of the reference counts as missed if none is found
within {tolerance:.0f} ms. `CalibratedBarthDtw` has the template `OpenStrideTemplate` where no other is named.
`automatic` starts from the raw sensor axes (`imu_sample_not_rotated.csv`), aligned by `AutoAlignment`; `gravity` from
axes aligned by hand. A dash: gaitmap 2.6 does not have it, or cannot run it.

"""

LENGTHS = """## Stride length of every trajectory method

Error in cm, found minus reference, for the strides of the reference (mid-stance to mid-stance). MAE: mean absolute
error. Strides a method cannot evaluate are missing from the count. Region-level methods see the whole recording as one
region.

"""

CHAIN = """## Stride length of the whole chain

From the recording to stride lengths, paths by `StrideLevelTrajectory()` with its defaults. Borders are the mid-stances
that the chain has found. The method of event detection makes no difference, as all of them find mid-stance in the same
way.

"""

NOISE = """## Noise parameters of the Kalman smoother

`RtsKalman` takes the growth of the velocity error and of the orientation error per sample as variances. Measured here:
the error of the stride length in cm as above, and the *inclination error* in deg: the median angle between the
acceleration at rest, turned into the global frame, and the vertical; on the healthy walk and on the stairs
(`imu_sample_healthy_stair_up.csv`, `level_walking=False`) the mean of both feet, on the L-shaped walk (400 Hz, 250 s)
of one.

"""

ADVICE = """
Reading:

- **Only the ratio of the two counts.** {same}
  The parameters therefore need no scaling with the sampling rate: with half of the samples, both variances per sample
  double, and the ratio stays. At half the rate (mean of two samples), the MAE is {half_default:.2f} cm (default) and
  {half_recommended:.2f} cm (recommended).
- **A ratio of 1000** (`RtsKalman(velocity_error_variance=1.0, orientation_error_variance=1e-3)`) leaves the stride
  length as it is; the inclination error is smaller by factors of {gain_walk:.1f} (walk), {gain_stairs:.1f} (stairs) and
  {gain_l:.1f} (L-shaped walk). On stairs and slopes, add `level_walking=False`.
- **Smaller ratios** follow the accelerometer more and more, also where it measures the movement of a foot that is not
  quite at rest: the stride length gets worse.
- The default is that of gaitmap 2.6. It hardly uses the accelerometer between moments of rest.
- **No ratio is recommended for paths.** A smaller inclination error is no better path: where a walk closes a loop, a
  ratio of 1000 closed it twice as far off as the default on one recording, and somewhat better in a simulated loop; a
  ratio of 10 was several times worse there. Compare the closing error on walks of your own before leaving the default.
- The inclination error is a matter of consistency: the acceleration it is measured with is what the filter has seen,
  too. There is no independent reference of the inclination in these recordings.
"""


def describe(values):
    """Count, mean, SD and mean absolute error of the values that exist."""
    known = np.array([value for value in values if value is not None and np.isfinite(value)], dtype=float)
    if len(known) == 0:
        return {"n": 0, "mean": np.nan, "sd": np.nan, "mae": np.nan}
    sd = known.std(ddof=1) if len(known) > 1 else np.nan
    return {"n": len(known), "mean": known.mean(), "sd": sd, "mae": np.abs(known).mean()}


def number(value, digits=1, sign=False):
    """Show a number, or a dash if there is none."""
    if value is None or not np.isfinite(value):
        return _NONE
    return f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"


def table(header, rows):
    """Markdown table; the first columns are text, numbers stand on the right."""
    n_text = sum(not name.endswith(">") for name in header)
    names = [name.removesuffix(">") for name in header]
    align = ["---"] * n_text + ["---:"] * (len(header) - n_text)
    return "\n".join("| " + " | ".join(row) + " |" for row in [names, align, *rows]) + "\n"


def events_table(own, peer):
    """Events of all combinations."""
    header = ["alignment", "strides", "events", "ic n>", "ic mean>", "ic SD>", "tc n>", "tc mean>", "tc SD>"]
    header += ["2.6: ic>", "2.6: tc>"] if peer else []
    rows = []
    for key, errors in own["events"].items():
        ic, tc = describe(errors["ic"]), describe(errors["tc"])
        row = [key.split("|")[0].split(",")[0], *key.split("|")[1:]]
        for part in (ic, tc):
            row += [str(part["n"]), number(part["mean"], sign=True), number(part["sd"])]
        if peer:
            other = peer["events"].get(key, {"ic": [], "tc": []})
            row += [number(describe(other[event])["mean"], sign=True) for event in ("ic", "tc")]
        rows.append(row)
    return table(header, rows)


def lengths_table(own, peer, kind, names):
    """Stride lengths of all combinations."""
    header = [*names, "n>", "mean>", "SD>", "MAE>", "MAE straight>", *(["2.6: MAE>"] if peer else [])]
    rows = []
    for key, errors in own[kind].items():
        everything = describe(errors["length"])
        straight = describe(
            [e for e, is_straight in zip(errors["length"], errors["straight"], strict=True) if is_straight]
        )
        row = [part.split(",")[0] for part in key.split("|")]
        row += [str(everything["n"]), number(everything["mean"], sign=True), number(everything["sd"])]
        row += [number(everything["mae"]), number(straight["mae"])]
        if peer:
            row.append(number(describe(peer[kind].get(key, {"length": []})["length"])["mae"]))
        rows.append(row)
    return table(header, rows)


def chain_without_events(results):
    """Keep the rows of one method of event detection."""
    return {
        **results,
        "chain": {key.removesuffix("|Rampp"): row for key, row in results["chain"].items() if key.endswith("|Rampp")},
    }


def noise_section(folder):
    """Table and advice on the noise parameters."""
    rows = measure_noise(folder)
    header = ["velocity_error_variance", "orientation_error_variance", "ratio>", "length mean>", "length MAE>"]
    header += ["inclination: walk>", "stairs>", "L-walk>"]
    lines = []
    for velocity, orientation in SETTINGS:
        row = rows[velocity, orientation]
        line = [f"{velocity:g}", f"{orientation:g}", f"{velocity / orientation:.0e}", number(row["mean"], 2, True)]
        line += [number(row["mae"], 2), *(number(row[name], 2) for name in ("walk", "stairs", "l_walk"))]
        lines.append(line)
    largest = max(
        abs(rows[first][name] - rows[second][name]) for first, second in SAME_RATIOS.items() for name in rows[first]
    )
    same = f"At levels 100 to 10000 times lower, no figure changes by more than {largest:.1g}."
    default, recommended = rows[SETTINGS[0]], rows[1.0, 1e-3]
    advice = ADVICE.format(
        same=same,
        half_default=half_rate_errors(folder, *SETTINGS[0]),
        half_recommended=half_rate_errors(folder, 1.0, 1e-3),
        gain_walk=default["walk"] / recommended["walk"],
        gain_stairs=default["stairs"] / recommended["stairs"],
        gain_l=default["l_walk"] / recommended["l_walk"],
    )
    return NOISE + table(header, lines) + advice


def measure_peer(python, folder):
    """Run the measurement in the interpreter of the peer; it must not find this package."""
    script = Path(__file__).with_name("_accuracy_measure.py")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(
        [python, str(script), str(folder)], capture_output=True, text=True, check=True, env=environment, cwd=folder
    )
    return json.loads(run.stdout)


def collect_recordings(folder):
    """Copy the files that are needed into one folder."""
    for name in FILES:
        shutil.copy(get_example_data_path(name), folder / name)


def write_page(own, peer, noise):
    """Put the page together."""
    reference = own["lengths"]["stride|SimpleGyroIntegration|ForwardBackward"]
    length = describe(reference["length"])

    def marker(name, only_straight):
        both = zip(own["markers"][name]["length"], own["markers"][name]["straight"], strict=True)
        return describe([error for error, is_straight in both if is_straight or not only_straight])["sd"]

    introduction = INTRODUCTION.format(
        date=datetime.date.today().isoformat(),
        version=gaitmap.__version__,
        peer="; columns 2.6: gaitmap 2.6.0 with gaitmap-mad 2.6.0, measured by the same lines" if peer else "",
        peer_option=" --peer-python PATH" if peer else "",
        n_reference=length["n"],
        n_straight=sum(reference["straight"]),
        sd_length=length["sd"],
        se_length=length["sd"] / np.sqrt(length["n"]),
        turn=TURN_DEG,
        toe_straight=marker("toe", True),
        fm5_straight=marker("fifth metatarsal", True),
        toe_all=marker("toe", False),
        fm5_all=marker("fifth metatarsal", False),
        heel_reference=own["borders"]["reference"]["heel"],
        heel_found=own["borders"]["found"]["heel"],
        gyr_reference=own["borders"]["reference"]["gyr"],
        gyr_found=own["borders"]["found"]["gyr"],
        ic_rampp=describe(own["events"]["gravity|labelled by hand|Rampp"]["ic"])["mean"],
    )
    parts = [
        introduction,
        EVENTS.format(tolerance=TOLERANCE_MS) + events_table(own, peer),
        LENGTHS + lengths_table(own, peer, "lengths", ["level", "orientation / method", "position / moments of rest"]),
        CHAIN
        + lengths_table(
            chain_without_events(own), peer and chain_without_events(peer), "chain", ["alignment", "strides"]
        ),
        noise,
    ]
    return "\n".join(parts)


def main():
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=os.environ.get("GAITMAP_PEER_PYTHON"))
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collect_recordings(folder)
        own = measure(folder)
        peer = measure_peer(options.peer_python, folder) if options.peer_python else None
        options.out.write_text(write_page(own, peer, noise_section(folder)), encoding="utf-8")
    print(f"wrote {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
