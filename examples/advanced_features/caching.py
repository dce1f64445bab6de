"""
Caching of results
==================

Parameter studies and repeated analyses compute the same expensive steps over and over. With a
:class:`joblib.Memory` such steps are computed once and loaded from disk afterwards, also in a later session.

There are two ways to use it: the ``memory`` parameter of an algorithm stores its expensive inner step, and
:func:`~gaitmap.utils.caching.cached_call_action` stores the results of a whole algorithm.
"""

# %%
# The data
# --------
# Ten seconds of walking, with one sensor on each foot, in the body frame.
from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.utils.coordinate_conversion import convert_to_fbf

sampling_rate_hz = 204.8
data = convert_to_fbf(get_healthy_example_imu_data().iloc[:2000], left_like="left_", right_like="right_")

# %%
# A folder for the results
# ------------------------
# Here it is a temporary one. With ``verbose=2`` joblib prints a line for everything that is computed ("Calling") and
# for everything that is loaded ("Loading").
import tempfile

from joblib import Memory

folder = tempfile.TemporaryDirectory()
memory = Memory(folder.name, verbose=2)

# %%
# Caching inside an algorithm
# ---------------------------
# On the first call the expensive step of the segmentation, matching the stride template against the whole signal, is
# computed: once for each foot.
from gaitmap.stride_segmentation import BarthDtw

print("First call")
dtw = BarthDtw(memory=memory)
dtw.segment(data, sampling_rate_hz=sampling_rate_hz)
first = dtw.stride_list_

# %%
# On the second call it is loaded.
print("Second call")
dtw.segment(data, sampling_rate_hz=sampling_rate_hz)
second = dtw.stride_list_

# %%
# The threshold on the cost is applied to the result of that step. Another threshold therefore needs no new matching,
# not even with a new instance.
print("Another threshold")
strict_dtw = BarthDtw(max_cost=5.0, memory=memory)
strict_dtw.segment(data, sampling_rate_hz=sampling_rate_hz)

# %%
# The results are the same, whether they were computed or loaded.
for sensor in first:
    assert first[sensor].equals(second[sensor])
first["left_sensor"]

# %%
# Equal parameters, equal hash
# ----------------------------
# Whether two calls are the same is decided by the content of data and parameters. ``joblib.hash`` shows it: instances
# with the same parameters have the same hash, results change it, and a clone is as good as new.
import joblib

assert joblib.hash(BarthDtw()) == joblib.hash(BarthDtw())
assert joblib.hash(BarthDtw(max_cost=100)) != joblib.hash(BarthDtw())
assert joblib.hash(dtw) != joblib.hash(BarthDtw(memory=memory))
assert joblib.hash(dtw.clone()) == joblib.hash(BarthDtw(memory=memory))

# %%
# Caching a whole call
# --------------------
# :func:`~gaitmap.utils.caching.cached_call_method` calls any method of any algorithm on a copy, and stores what it
# returns. It makes no difference how the arguments are spelled.
from gaitmap.utils.caching import cached_call_action, cached_call_method

print("A whole call")
result = cached_call_method(BarthDtw(), "segment", memory, data, sampling_rate_hz=sampling_rate_hz)
print("The same call again")
result = cached_call_method(BarthDtw(), "segment", memory, sampling_rate_hz=sampling_rate_hz, data=data)
assert result.stride_list_["left_sensor"].equals(first["left_sensor"])

# %%
# The object that comes back holds its input data, so they are stored with it.
# :func:`~gaitmap.utils.caching.cached_call_action` stores the results alone, and can be told which ones.
print("Only the stride list")
for _ in range(2):
    results = cached_call_action(
        BarthDtw(), memory, data, sampling_rate_hz=sampling_rate_hz, _result_names="stride_list_"
    )
assert results["stride_list_"]["left_sensor"].equals(first["left_sensor"])

# %%
# What is in the folder, and what it was good for:
from gaitmap.utils.caching import cache_stats, inspect_cache

for entry in inspect_cache(memory):
    print(f"{entry.size:>9} bytes  {entry.hits} hits  {entry.function}")

cache_stats(memory)[["hits", "misses", "bytes_read", "bytes_written"]]

# %%
# A cache can be deleted at any time. Do so before the final run for a publication, to be sure that nothing in it is a
# leftover of an experiment.
memory.clear(warn=False)
folder.cleanup()
