"""Train the open hidden Markov models on the public recordings (MIT licence) and write them into the package.

Run ``python tools/train_open_hmm.py`` from the root of the repository. Deterministic; about 20 s.

Method: the model and training of Roth et al. (:class:`gaitmap.stride_segmentation.hmm.RothSegmentationHmm`) with the
recordings and strides that the open template is made of (``tools/_recordings.py``). Against the original settings:
features are standardised with the active parts of a recording, emissions of strides are single, wide Gaussians, each
recording is also used slower and faster than it was, and feet with few strides are used several times. The second
model, for small strides, is trained in the same way, after small and large movements were brought closer to each other.

Why so: see ``tools/evaluate_open_hmm.py`` and ``docs/guides/open_hmm.md``.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from _recordings import Foot, load_feet
from train_open_template import describe_recordings

from gaitmap.data_transform import ButterworthFilter
from gaitmap.stride_segmentation.hmm import RothHmmFeatureTransformer, RothSegmentationHmm, SimpleHmm
from gaitmap.stride_segmentation.hmm._roth_training import train_parts_and_whole

TEMPOS = (0.8, 1.0, 1.25)
STRIDES_PER_FOOT = 70
CUTOFF_HZ = 6.0
COVARIANCE_FLOOR = 0.2
# How the features of each model are standardised.
MODELS = {"open_model.json": "active", "open_model_small_strides.json": "local"}
FOLDER = Path(__file__).parents[1] / "src" / "gaitmap" / "stride_segmentation" / "hmm" / "_data"


def untrained(
    cutoff_hz: float = CUTOFF_HZ,
    n_components: int = 1,
    covariance_floor: float = COVARIANCE_FLOOR,
    standardization: Any = "active",
) -> RothSegmentationHmm:
    """Make the model before its training."""
    common: dict[str, Any] = {
        "algo_train": "baum-welch",
        "max_iterations": 10,
        "verbose": False,
        "covariance_floor": covariance_floor,
    }
    return RothSegmentationHmm(
        SimpleHmm(20, n_components, architecture="left-right-strict", name="stride_model", **common),
        SimpleHmm(5, 3, architecture="left-right-loose", name="transition_model", **common),
        RothHmmFeatureTransformer(
            low_pass_filter=ButterworthFilter(order=4, cutoff_freq_hz=cutoff_hz), standardization=standardization
        ),
        verbose=False,
        name="open_segmentation_model",
        keep_last_state=True,
    )


def train(
    feet: Sequence[Foot],
    tempos: Sequence[float] = TEMPOS,
    strides_per_foot: int = STRIDES_PER_FOOT,
    **choices: Any,
) -> RothSegmentationHmm:
    """Train the model with these feet; feet with fewer strides are repeated until they have about that many."""
    hmm = untrained(**choices)
    recordings = []
    for foot in feet:
        strides = pd.DataFrame(foot.strides, columns=["start", "end"])
        n_copies = max(1, round(strides_per_foot / len(strides)))
        for tempo in tempos:
            # Not `self_optimize`, which takes recordings of one rate. At another rate the same data are faster.
            recordings += [hmm._to_feature_space(foot.data, strides, foot.sampling_rate_hz * tempo)] * n_copies
    train_parts_and_whole(hmm, recordings)
    return hmm


def provenance(feet: Sequence[Foot]) -> dict:
    """Tell what the model was made from, and how."""
    source = describe_recordings(feet)
    return {
        "made_by": "tools/train_open_hmm.py",
        "licence": source.pop("licence"),
        "training": {
            "tempos": list(TEMPOS),
            "feet_with_few_strides": f"repeated until they have about {STRIDES_PER_FOOT} strides",
            "covariance_floor": COVARIANCE_FLOOR,
            "standardization": MODELS,
        },
        **source,
    }


def main() -> None:
    """Write the models and their provenance."""
    feet = load_feet()
    FOLDER.mkdir(exist_ok=True)
    n_strides = sum(len(foot.strides) for foot in feet)
    for name, standardization in MODELS.items():
        hmm = train(feet, standardization=standardization)
        text = json.dumps(json.loads(hmm.to_json()), separators=(",", ":")) + "\n"
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"{name}: {hmm.n_states} states, {len(text) / 1000:.0f} kB, {n_strides} strides of {len(feet)} feet")
    about = json.dumps(provenance(feet), indent=2) + "\n"
    (FOLDER / "open_model_provenance.json").write_text(about, encoding="utf-8")


if __name__ == "__main__":
    main()
