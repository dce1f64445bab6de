"""Install the oldest packages that pyproject.toml allows, and see that the library and its command line work with them.

python tools/check_lower_bounds.py [--keep FOLDER]

Every requirement of the library and of the extra `app` is installed at its lower bound; what those need in turn is as
new as it may be. Needs the network and about three minutes. Exit status 1 if something does not work.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("app",)

SMOKE = """
import sys, tempfile, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from joblib import Memory
from gaitmap.caching import cached_call_action, inspect_cache
from gaitmap.evaluation_utils.scorers import StrideSegmentationScorer
from gaitmap.pipelines import GaitPipeline, RecordingFolder
from gaitmap.simulation import simulate_walk
from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate
from sklearn.model_selection import train_test_split

walk = simulate_walk(duration_s=12, sampling_rate_hz=102.4)
pipeline = GaitPipeline(segmentation=BarthDtw(OpenStrideTemplate()))
plain = pipeline.clone().analyze(walk.data, 102.4).strides_
assert len(plain) > 10, len(plain)
true_length = walk.truth.parameters["left_sensor"]["stride_length"].median()
assert abs(plain["stride_length"].median() - true_length) < 0.1
with tempfile.TemporaryDirectory() as folder:
    memory = Memory(folder, verbose=0)
    for _ in range(2):
        cached = pipeline.clone().set_params(segmentation__memory=memory, events__memory=memory)
        assert cached.analyze(walk.data, 102.4).strides_.equals(plain), "cached results differ"
    assert sum(entry.hits or 0 for entry in inspect_cache(memory)) > 0, "the cache is not used"
    for name in "abcd":
        Path(folder, f"{name}.csv").touch()
    train, test = train_test_split(RecordingFolder(folder, "*.csv"), test_size=0.25, random_state=0)
    assert (len(train), len(test)) == (3, 1)
print(len(plain), "strides")
"""


def lower_bounds() -> list[str]:
    """Return the requirements of library and command line, each at its lower bound."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in EXTRAS:
        wanted += project["optional-dependencies"][extra]
    pinned = []
    for requirement in wanted:
        found = re.fullmatch(r"([A-Za-z0-9._-]+)(\[.*\])?>=([0-9.]+)(;.*)?", requirement.replace(" ", ""))
        if found is None:
            raise SystemExit(f"lower bounds: {requirement!r} has none. Write it as 'name>=version'.")
        name, extra, version, marker = found.groups()
        pinned.append(f"{name}{extra or ''}=={version}{marker or ''}")
    return pinned


def main() -> int:
    """Make the environment and run the check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="folder for the environment, kept afterwards")
    folder = parser.parse_args().keep or Path(tempfile.mkdtemp())
    pinned = lower_bounds()
    print("\n".join(pinned))
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    gaitmap = [python, "-m", "gaitmap"]
    steps = {
        "install the lower bounds": [*pip, *pinned],
        "install gaitmap": [*pip, "--no-deps", str(ROOT)],
        "consistent": [python, "-m", "pip", "check"],
        "library": [python, "-c", SMOKE],
        "help": [*gaitmap, "analyze", "--help"],
        "simulate": [*gaitmap, "simulate", "--duration", "20", "--out", str(folder / "walk")],
        "analyze": [*gaitmap, "analyze", str(folder / "walk/recording.parquet"), "--out", str(folder / "results")],
    }
    for name, command in steps.items():
        print("==", name, flush=True)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:])
            print(f"lower bounds: {name} does not work.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
