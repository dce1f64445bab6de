"""
Tuning and cross validation
===========================

Which threshold, which template, which model is best for the recordings of a study, and how good is it on recordings
that it has not seen? Everything in gaitmap is an algorithm of :mod:`tpcp` with parameters, so that its grid search and
its cross validation take any of it. This example uses a folder of labelled recordings.
"""

# %%
# A folder of recordings
# ----------------------
# Here four pieces of a public walk; in a study these are the files of the participants. Beside each recording lies a
# table with the borders of its strides, as labelled by hand.
import tempfile
from pathlib import Path

import pandas as pd

from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.utils.datatype_helper import to_dict_multi_sensor_data

sampling_rate_hz = 204.8
folder = tempfile.TemporaryDirectory()
aligned = align_dataset_to_gravity(get_healthy_example_imu_data(), sampling_rate_hz)  # the pieces alone hold no rest
data = to_dict_multi_sensor_data(aligned)
labels = get_healthy_example_stride_borders()
for number, (first, last) in enumerate([(300, 1900), (1900, 3600), (3600, 5300), (5300, 7300)]):
    piece = {sensor: signals.iloc[first:last].reset_index(drop=True) for sensor, signals in data.items()}
    pd.concat(piece, axis=1).to_csv(Path(folder.name) / f"walk_{number}.csv")
    inside = {
        sensor: strides[(strides["start"] >= first) & (strides["end"] <= last)].set_index("s_id")[["start", "end"]]
        - first
        for sensor, strides in labels.items()
    }
    pd.concat(inside, names=["sensor"]).to_csv(Path(folder.name) / f"walk_{number}.labels")

# %%
# :class:`~gaitmap.pipelines.RecordingFolder` reads the recordings; a few lines add the labels under the name that the
# scorers look for.
from gaitmap.pipelines import RecordingFolder


class LabelledFolder(RecordingFolder):
    """Recordings with the borders of their strides."""

    @property
    def reference_stride_list(self):
        """Labelled strides of the recording, by sensor."""
        path = (Path(self.folder) / self.name).with_suffix(".labels")
        table = pd.read_csv(path, index_col=["sensor", "s_id"])
        return {sensor: strides.droplevel("sensor") for sensor, strides in table.groupby(level="sensor")}


recordings = LabelledFolder(folder.name, "*.csv", {"sampling_rate_hz": sampling_rate_hz})
print(recordings)

# %%
# The score
# ---------
# Precision, recall and F1 of the strides. Start and end may differ from the label by 0.1 s.
from gaitmap.evaluation_utils.scorers import StrideSegmentationScorer

scorer = StrideSegmentationScorer(tolerance_s=0.1)

# %%
# Grid search with a cache
# ------------------------
# The pipeline stops after the segmentation, which is all that is scored. The expensive part, matching the template to
# the signal, does not depend on the threshold: with a cache it is computed once per recording and foot, not once per
# value of the grid.
from joblib import Memory
from sklearn.model_selection import ParameterGrid
from tpcp.optimize import GridSearch

from gaitmap.pipelines import GaitPipeline
from gaitmap.stride_segmentation import BarthDtw

memory = Memory(str(Path(folder.name) / "cache"), verbose=0)
later_steps = dict.fromkeys(["events", "trajectory", "temporal", "spatial", "bilateral", "bouts", "foot"])
pipeline = GaitPipeline.like_2_6(alignment=None, segmentation=BarthDtw(memory=memory), **later_steps)
grid = ParameterGrid({"segmentation__max_cost": [2.0, 3.0, 4.0]})
search = GridSearch(pipeline, grid, scoring=scorer, return_optimized="f1_score", progress_bar=False)
search.optimize(recordings)
print(pd.DataFrame(search.gs_results_)[["params", "agg__precision", "agg__recall", "agg__f1_score"]].round(2))
print("best:", search.best_params_)

# %%
# Cross validation of the search
# ------------------------------
# The best score of a grid search is too good: the threshold was chosen on the same recordings. Cross validation repeats
# the search without the recordings it is then tested on. Recordings of one person belong into one fold
# (:class:`tpcp.validate.DatasetSplitter` with a group).
from tpcp.validate import cross_validate

result = cross_validate(search.clone(), recordings, scoring=scorer, cv=2, progress_bar=False)
print(pd.DataFrame(result)[["test__agg__precision", "test__agg__recall", "test__agg__f1_score"]].round(2))

# %%
# An own template
# ---------------
# What is learned from data needs a ``self_optimize``: here a template, the mean of all labelled strides of the training
# recordings. :class:`tpcp.optimize.GridSearchCV` trains it in each fold and looks for the threshold that suits it;
# ``pure_parameters`` tells that the threshold plays no part in the training, which is then done once per fold.
from tpcp import OptimizableParameter, OptimizablePipeline, PureParameter
from tpcp.optimize import GridSearchCV

from gaitmap.data_transform import TrainableAbsMaxScaler
from gaitmap.stride_segmentation import InterpolatedDtwTemplate
from gaitmap.utils.array_handling import iterate_region_data
from gaitmap.utils.coordinate_conversion import convert_to_fbf


def body_frame(recording):
    """Signals of both feet in the body frame."""
    return convert_to_fbf(recording.data, left_like="left_", right_like="right_")


class OwnTemplate(OptimizablePipeline):
    """Segmentation with a template made from the training recordings."""

    template_data: OptimizableParameter
    max_cost: PureParameter

    def __init__(self, template_data=None, max_cost=3.0):
        self.template_data = template_data
        self.max_cost = max_cost

    def self_optimize(self, dataset, **_):
        """Learn from labelled recordings."""
        signals, strides = [], []
        for recording in dataset:
            for sensor, signal in body_frame(recording).items():
                signals.append(signal)
                strides.append(recording.reference_stride_list[sensor])
        template = InterpolatedDtwTemplate(scaling=TrainableAbsMaxScaler())
        pieces = iterate_region_data(signals, strides)
        self.template_data = template.self_optimize(pieces, sampling_rate_hz, columns=["gyr_ml", "gyr_si"])
        return self

    def run(self, datapoint):
        """Find the strides of a recording."""
        dtw = BarthDtw(self.template_data, max_cost=self.max_cost)
        self.stride_list_ = dtw.segment(body_frame(datapoint), datapoint.sampling_rate_hz).stride_list_
        return self


search_cv = GridSearchCV(
    OwnTemplate(),
    ParameterGrid({"max_cost": [1.0, 2.0, 4.0]}),
    scoring=scorer,
    return_optimized="f1_score",
    cv=2,
    pure_parameters=["max_cost"],
    progress_bar=False,
)
search_cv.optimize(recordings)
print(pd.DataFrame(search_cv.cv_results_)[["param__max_cost", "mean__test__agg__f1_score"]].round(2))

# %%
# A hidden Markov model
# ---------------------
# The same with a small model: five states per stride, two for the rest. It is trained in each fold and tested on the
# other recordings.
from tpcp.optimize import Optimize

from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, RothSegmentationHmm


class OwnModel(OptimizablePipeline):
    """Segmentation with a hidden Markov model trained on the training recordings."""

    model: OptimizableParameter

    def __init__(self, model=None):
        self.model = model

    def self_optimize(self, dataset, **_):
        """Learn from labelled recordings."""
        signals, strides = [], []
        for recording in dataset:
            for sensor, signal in body_frame(recording).items():
                signals.append(signal)
                strides.append(recording.reference_stride_list[sensor].reset_index())
        model = RothSegmentationHmm(verbose=False).set_params(
            stride_model__n_states=5,
            stride_model__n_gmm_components=1,
            stride_model__verbose=False,
            transition_model__n_states=2,
            transition_model__n_gmm_components=1,
            transition_model__verbose=False,
        )
        self.model = model.self_optimize(signals, strides, sampling_rate_hz=sampling_rate_hz)
        return self

    def run(self, datapoint):
        """Find the strides of a recording."""
        segmentation = HmmStrideSegmentation(self.model).segment(body_frame(datapoint), datapoint.sampling_rate_hz)
        self.stride_list_ = segmentation.stride_list_
        return self


result = cross_validate(Optimize(OwnModel()), recordings, scoring=scorer, cv=2, progress_bar=False)
print(pd.DataFrame(result)[["test__agg__precision", "test__agg__recall", "test__agg__f1_score"]].round(2))

# %%
# The other scorers work the same way: :class:`~gaitmap.evaluation_utils.scorers.EventTimingScorer` for events and
# :class:`~gaitmap.evaluation_utils.scorers.ParameterErrorScorer` for parameters. For errors, ask for the smallest
# cost, ``return_optimized="-ic_cost_ms"`` or ``"-stride_length_cost"``: what was not found counts in it. The mean error
# of what was found (``ic_mae_ms``, ``stride_length_abs_error_mean``) is no objective, since a setting that finds the
# easiest strides alone has the smallest one. ``not_scored`` tells in which recordings nothing could be compared.
folder.cleanup()
