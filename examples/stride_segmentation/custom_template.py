"""
A template of your own
======================

Gait that differs from the original template is found better with a template made from labelled strides of such gait.
:class:`~gaitmap.stride_segmentation.InterpolatedDtwTemplate` makes one.
"""

# %%
# Labelled strides
# ----------------
# The public walk comes with strides labelled by hand. The first five of the left foot are used to make the template;
# everything else is left for the test.
from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
from gaitmap.utils.coordinate_conversion import convert_to_fbf

data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
sampling_rate_hz = 204.8
labelled = get_healthy_example_stride_borders()["left_sensor"]
training = labelled.iloc[:5]

# %%
# Making the template
# -------------------
# ``iterate_region_data`` cuts the strides out; several recordings, feet and people can be put together. The scaler
# learns from the template, and later brings recordings to the same scale.
from gaitmap.data_transform import TrainableAbsMaxScaler
from gaitmap.stride_segmentation import InterpolatedDtwTemplate
from gaitmap.utils.array_handling import iterate_region_data

strides = iterate_region_data([data["left_sensor"]], [training])
template = InterpolatedDtwTemplate(scaling=TrainableAbsMaxScaler())
template = template.self_optimize(strides, sampling_rate_hz=sampling_rate_hz, columns=["gyr_ml", "gyr_si"])

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 3))
template.get_data().plot(ax=ax)
ax.set(xlabel="sample", ylabel="angular rate, scaled")
fig.tight_layout()

# %%
# The threshold
# -------------
# ``max_cost`` belongs to template and scaling. The costs of the strides used for training tell where it lies; some room
# is needed for strides that differ more.
from gaitmap.stride_segmentation import BarthDtw

first_samples = data["left_sensor"].iloc[: training["end"].max() + 1]
costs = BarthDtw(template, max_cost=None).segment(first_samples, sampling_rate_hz).costs_
print(costs.round(2))
dtw = BarthDtw(template, max_cost=3.0)

# %%
# The test
# --------
# On the rest of the left foot, and on the right foot, which the template has never seen.
from gaitmap.evaluation_utils import evaluate_segmented_stride_list, f1_score

dtw = dtw.segment(data, sampling_rate_hz)
for sensor, reference in get_healthy_example_stride_borders().items():
    test = reference[reference["start"] >= training["end"].max()] if sensor == "left_sensor" else reference
    found = dtw.stride_list_[sensor].query("start >= @test.start.min() - 20")
    matches = evaluate_segmented_stride_list(
        ground_truth=test[["s_id", "start", "end"]], segmented_stride_list=found, tolerance=6
    )
    print(f"{sensor}: {len(found)} strides found, {len(test)} labelled, F1 at 30 ms: {f1_score(matches):.2f}")

# %%
# The template is a parameter like any other, and can be kept as JSON.
print(len(dtw.to_json()) // 1000, "kB")
