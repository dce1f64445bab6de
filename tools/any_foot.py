"""Make the table of the guide "Any foot": strides found and analysed, and lengths, per set of walks and chain.

    python tools/any_foot.py EVALUATION [--chain 3 --chain 2.6 --chain open] [--change raw --change "rate 50" ...]

EVALUATION is the path of the script ``evaluate_walks.py`` that comes with the walks; it finds the walks itself. Prints
the rows of a Markdown table.
"""

import argparse
import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gaitmap.pipelines import GaitPipeline
from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate

CHAINS: dict[str, Callable[[], GaitPipeline]] = {
    "3": GaitPipeline,
    "2.6": GaitPipeline.like_2_6,
    "open": lambda: GaitPipeline.like_2_6(alignment=AutoAlignment(), segmentation=BarthDtw(OpenStrideTemplate())),
}
CHANGES: dict[str, dict[str, Any]] = {
    "raw": {},
    "rate 100": {"rate": 100},
    "rate 50": {"rate": 50},
    "offset 5": {"offset": 5.0},
    "turned": {"rotate_seed": 1},
}


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--chain", action="append", choices=list(CHAINS))
    parser.add_argument("--change", action="append", choices=list(CHANGES))
    args = parser.parse_args()
    spec = importlib.util.spec_from_file_location("evaluate_walks", args.evaluation)
    assert spec is not None
    assert spec.loader is not None
    evaluation = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(evaluation)
    warnings.simplefilter("ignore")
    for chain in args.chain or CHAINS:
        for change in args.change or CHANGES:
            for folder in sorted(p for p in (args.evaluation.parent.parent / "walks").iterdir() if p.is_dir()):
                print(f"| {chain} | {change} | {folder.name} | {_row(evaluation, folder, chain, change)} |", flush=True)


def _row(evaluation: Any, folder: Path, chain: str, change: str) -> str:
    rows = []
    for path in sorted(folder.glob("*.parquet")):
        if not path.stem.endswith("_position"):
            rows += evaluation.evaluate(path, CHAINS[chain](), "raw", **CHANGES[change])
    if not any("true" in row for row in rows):
        differences = [abs(row["speed"] - row["belt"]) for row in rows if "speed" in row]
        within = sum(d <= 0.1 for d in differences)
        return f"{sum(row.get('segmented', 0) for row in rows)} strides | | speed as stated on {within} of {len(rows)}"
    true = sum(row.get("true", 0) for row in rows)
    errors = np.concatenate([np.empty(0), *(row["length_errors"] for row in rows if "length_errors" in row)]) * 100
    length = f"{np.median(errors):+.1f} cm, MAE {np.abs(errors).mean():.1f}" if len(errors) else ""
    return (
        f"{sum(r.get('found', 0) for r in rows) / true:.1%} | {sum(r['analysed'] for r in rows) / true:.1%} | {length}"
    )


if __name__ == "__main__":
    main()
