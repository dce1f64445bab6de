"""The tables of a made-up cohort."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.results import build_provenance


def made_up_cohort(folder: Path, n_recordings: int = 12, *, n_failed: int = 1, name: str = "walk", **changes) -> Path:
    """Write the tables that the report reads; ``changes`` replace columns of the recordings."""
    rng = np.random.default_rng(0)
    n_all = n_recordings + n_failed
    names = [f"{name}{i:02d}" for i in range(n_all)]
    good = np.arange(n_all) < n_recordings
    recordings = pd.DataFrame(
        {
            "recording": names,
            "participant": [f"P{i // 2:02d}" for i in range(n_all)],
            "group": [["control", "patient"][i % 2] for i in range(n_all)],
            "age": [50 + i for i in range(n_all)],
            "status": np.where(good, "finished", "failed"),
            "reason": np.where(good, "", "Reading 'x.csv': there is no such file."),
            "folder": [f"recordings/{text}" for text in names],
            "duration_s": np.where(good, 600.0, np.nan),
            "start_time": pd.Series([pd.Timestamp("2026-05-04T07:30Z")] * n_all).where(good),
            "feet": np.where(good, "left and right", None),
            "n_strides_left": pd.array(np.where(good, 250, 0), dtype="Int64"),
            "n_strides_right": pd.array(np.where(good, 251, 0), dtype="Int64"),
            "findings": [
                [f"left_sensor: acc_{'xyz'[i % 3]} is clipped in {i + 3} samples (at 156.9 m/s^2): too small."]
                * (i < 4)
                for i in range(n_all)
            ],
            "warnings": [["The clock of the sensors drifts by 12.5 ppm."] * (i == 2) for i in range(n_all)],
            "parameters_sha256": "0",
            "gaitmap_version": "3",
        }
    ).assign(**changes)
    columns = {"recording": names[:n_recordings], "foot": "both"}
    for parameter, mean in {"gait_velocity": 1.2, "stride_length": 1.3, "stride_time": 1.1, "cadence": 110.0}.items():
        columns[f"{parameter}_mean"] = rng.normal(mean, 0.1, n_recordings)
        columns[f"{parameter}_sd"] = 0.05
    folder.mkdir(exist_ok=True)
    recordings.to_parquet(folder / "recordings.parquet")
    if n_recordings:
        pd.DataFrame(columns).to_parquet(folder / "summary.parquet")
    provenance = build_provenance(parameters={"text": name}, alignment="GravityAlignment", template="T")
    (folder / "provenance.json").write_text(json.dumps(provenance))
    return folder
