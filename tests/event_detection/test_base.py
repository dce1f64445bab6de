"""What all event detections promise alike."""

import joblib
import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection, RamppEventDetection
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.exceptions import MissingEventWarning, ValidationError
from tests.contract._walk import make_walk
from tests.event_detection._cases import CLASSES, EVENTS, RATE, body_frame, one_foot, strides

each_class = pytest.mark.parametrize("cls", CLASSES)


def _detect(algorithm, data=None, stride_list=None, rate=None):
    walk_data, walk_strides, walk_rate = one_foot()
    return algorithm.detect(
        walk_data if data is None else data,
        walk_strides if stride_list is None else stride_list,
        sampling_rate_hz=walk_rate if rate is None else rate,
    )


class TestInput:
    @each_class
    def test_data_of_another_frame_are_refused(self, cls):
        data = pd.DataFrame(0.0, index=range(200), columns=SF_COLS)
        with pytest.raises(
            ValidationError, match="The passed object appears to be neither single- or multi-sensor data"
        ):
            _detect(cls(), data)

    @each_class
    def test_something_else_than_a_stride_list_is_refused(self, cls):
        with pytest.raises(ValidationError, match="neither a single- or a multi-sensor stride list"):
            _detect(cls(), stride_list=pd.DataFrame({"start": [0], "end": [100]}))

    @each_class
    def test_one_sensor_and_strides_of_many_do_not_go_together(self, cls):
        data, stride_list, _ = one_foot()
        message = "^An invalid combination of stride list and dataset was provided"
        with pytest.raises(ValidationError, match=message):
            _detect(cls(), data, {"left_sensor": stride_list})
        with pytest.raises(ValidationError, match=message):
            _detect(cls(), {"left_sensor": data}, stride_list)

    @each_class
    def test_a_sensor_without_strides_is_named(self, cls):
        walk = make_walk()
        del walk.segmented["right_sensor"]
        with pytest.raises(KeyError, match="right_sensor") as error:
            _detect(cls(), walk.body_frame, walk.segmented)
        assert isinstance(error.value, ValidationError)

    @each_class
    def test_strides_of_further_sensors_are_ignored(self, cls):
        walk = make_walk()
        walk.segmented["back"] = walk.segmented["left_sensor"]
        found = _detect(cls(), walk.body_frame, walk.segmented).annotated_original_event_list_
        assert list(found) == ["left_sensor", "right_sensor"]

    @each_class
    def test_the_sampling_rate_is_keyword_only_and_positive(self, cls):
        data, stride_list, rate = one_foot()
        with pytest.raises(TypeError):
            cls().detect(data, stride_list, rate)
        for wrong in (0, -1, np.nan, "100"):
            with pytest.raises(ValueError, match="sampling_rate_hz"):
                _detect(cls(), rate=wrong)

    @each_class
    def test_layout_of_data_and_stride_list_makes_no_difference(self, cls):
        walk = make_walk()
        expected = _detect(cls(), walk.body_frame, walk.segmented).annotated_original_event_list_
        as_columns = {s: sl.reset_index().assign(foot=s, note=1.5) for s, sl in walk.segmented.items()}
        as_floats = {s: sl.astype(float) for s, sl in walk.segmented.items()}
        variants = [
            (walk.as_frame().body_frame, walk.segmented),
            (walk.body_frame, as_columns),
            (walk.body_frame, as_floats),
            ({s: d.reset_index(drop=True) for s, d in walk.body_frame.items()}, walk.segmented),
            ({s: d.astype("Float64") for s, d in walk.body_frame.items()}, walk.segmented),
        ]
        for data, stride_list in variants:
            found = _detect(cls(), data, stride_list).annotated_original_event_list_
            for sensor, events in expected.items():
                pd.testing.assert_frame_equal(found[sensor].astype(float), events.astype(float))

    @each_class
    def test_integer_data_count_as_float(self, cls):
        data, _, _ = one_foot()
        data = data.round() + 0.0  # no negative zeros, which integers do not have
        expected = _detect(cls(), data).annotated_original_event_list_
        for dtype in ("int64", "float32"):
            pd.testing.assert_frame_equal(_detect(cls(), data.astype(dtype)).annotated_original_event_list_, expected)

    @each_class
    def test_fractions_of_samples_are_refused(self, cls):
        with pytest.raises(ValidationError, match="must be whole samples"):
            _detect(cls(), stride_list=strides((178, 290), (290.5, 402)))


class TestParameters:
    @each_class
    @pytest.mark.parametrize("detect_only", [("heel_strike",), ("ic", "heel_strike"), "heel_strike"])
    def test_unknown_events_are_refused(self, cls, detect_only):
        with pytest.raises(ValueError, match="heel_strike"):
            _detect(cls(detect_only=detect_only))

    @each_class
    def test_no_known_event_at_all_is_told_in_the_old_words(self, cls):
        with pytest.raises(ValueError, match=r"No valid events found in the stride list\."):
            _detect(cls(detect_only=("heel_strike",)))

    @each_class
    @pytest.mark.parametrize("window", [0, 9, 15])
    def test_a_min_vel_window_of_less_than_two_samples_is_refused(self, cls, window):
        with pytest.raises(ValueError, match="window_length must be larger than 1"):
            _detect(cls(min_vel_search_win_size_ms=window), rate=102.4)

    @each_class
    def test_a_min_vel_window_longer_than_all_strides_is_refused_in_ms_and_samples(self, cls):
        with pytest.raises(ValueError, match=r"^min_vel_search_win_size_ms is 1100 ms \(112 samples at 102.4 Hz\)"):
            _detect(cls(min_vel_search_win_size_ms=1100), rate=102.4)
        _detect(cls(min_vel_search_win_size_ms=1090), rate=102.4)  # 111 samples, the strides have 112

    @each_class
    @pytest.mark.parametrize("window", ["100", -5, None])
    def test_a_min_vel_window_that_is_no_length_is_refused(self, cls, window):
        with pytest.raises(ValueError, match="min_vel_search_win_size_ms"):
            _detect(cls(min_vel_search_win_size_ms=window))


class TestResults:
    @each_class
    @pytest.mark.parametrize("n_strides", [0, 1, 3])
    def test_columns_and_dtypes_do_not_depend_on_the_number_of_strides(self, cls, n_strides):
        _, stride_list, _ = one_foot()
        algorithm = _detect(cls(), stride_list=stride_list.iloc[:n_strides])
        events, min_vel = algorithm.annotated_original_event_list_, algorithm.min_vel_event_list_
        assert events.dtypes.astype(str).to_dict() == {
            "start": "int64",
            "end": "int64",
            "ic": "float64",
            "tc": "float64",
            "min_vel": "float64",
        }
        assert list(min_vel.columns) == ["start", "end", "ic", "tc", "min_vel", "pre_ic"]
        assert (min_vel.dtypes == "float64").all()
        assert events.index.name == min_vel.index.name == algorithm.left_out_.index.name == "s_id"
        assert (len(events), len(min_vel)) == (n_strides, max(0, n_strides - 1))

    @each_class
    def test_an_empty_stride_list_without_dtypes_gives_the_same_empty_results(self, cls):
        algorithm = _detect(cls(), stride_list=pd.DataFrame(columns=["s_id", "start", "end"]))
        expected = _detect(cls(), stride_list=strides().astype("int64"))
        pd.testing.assert_frame_equal(
            algorithm.annotated_original_event_list_,
            expected.annotated_original_event_list_,
            check_index_type=False,
        )
        assert algorithm.annotated_original_event_list_.index.dtype == "int64"

    @each_class
    @pytest.mark.parametrize(
        "detect_only", [("ic",), ("tc",), ("min_vel",), ["min_vel", "ic"], ("ic", "tc"), "tc", EVENTS]
    )
    def test_only_the_events_asked_for_are_columns_and_their_values_stay(self, cls, detect_only):
        everything = _detect(cls(enforce_consistency=False)).annotated_original_event_list_
        found = _detect(cls(enforce_consistency=False, detect_only=detect_only)).annotated_original_event_list_
        names = [detect_only] if isinstance(detect_only, str) else detect_only
        pd.testing.assert_frame_equal(found, everything[["start", "end", *[e for e in EVENTS if e in names]]])

    @each_class
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_min_vel_strides_exist_only_where_they_can_be_made(self, cls):
        def columns(**parameters):
            algorithm = _detect(cls(**parameters))
            found = hasattr(algorithm, "min_vel_event_list_")
            assert ("min_vel_event_list_" in tpcp.get_results(algorithm)) == found
            return list(algorithm.min_vel_event_list_.columns) if found else None

        assert columns(enforce_consistency=False) is None
        assert columns(detect_only=("ic", "tc")) is None
        assert columns(detect_only=("min_vel",)) == ["start", "end", "min_vel"]
        assert columns(detect_only=("min_vel", "ic")) == ["start", "end", "ic", "min_vel", "pre_ic"]
        assert columns(detect_only=[]) == ["start", "end", "ic", "tc", "min_vel", "pre_ic"]

    @each_class
    def test_results_of_an_earlier_call_do_not_linger(self, cls):
        algorithm = _detect(cls())
        algorithm.detect_only = ("ic",)
        assert not hasattr(_detect(algorithm), "min_vel_event_list_")
        with pytest.raises(ValidationError):
            algorithm.detect(pd.DataFrame(), strides(), sampling_rate_hz=RATE)
        assert not hasattr(algorithm, "annotated_original_event_list_")

    @each_class
    def test_the_old_name_of_the_result_warns_and_gives_the_same(self, cls):
        algorithm = _detect(cls())
        for _ in range(2):
            with pytest.warns(DeprecationWarning, match="segmented_event_list_.*annotated_original_event_list_"):
                assert algorithm.segmented_event_list_ is algorithm.annotated_original_event_list_
        assert not hasattr(cls(), "segmented_event_list_")

    @each_class
    def test_inputs_are_kept_as_they_are(self, cls):
        data, stride_list, _ = one_foot()
        algorithm = _detect(cls(), data, stride_list)
        assert algorithm.data is data
        assert algorithm.stride_list is stride_list


def _joined_by_hand(events, order):
    """Min_vel strides, one pair of rows after the other."""
    rows = {}
    for (s_id, first), (_, second) in zip(events.iloc[:-1].iterrows(), events.iloc[1:].iterrows(), strict=True):
        tc = second["tc"] if order == "segmented" else first["tc"]
        values = [first["min_vel"], second["min_vel"], second["ic"], tc, first["min_vel"], first["ic"]]
        in_order = values[5] < values[4] < values[3] < values[2]
        if first["end"] == second["start"] and in_order:
            rows[s_id] = values
    return pd.DataFrame.from_dict(rows, orient="index", columns=["start", "end", "ic", "tc", "min_vel", "pre_ic"])


class TestConsistency:
    @pytest.mark.parametrize("shift", [-40, -20, 0, 15, 40])
    @pytest.mark.parametrize(("cls", "stride_type"), [*[(c, "segmented") for c in CLASSES], (CLASSES[0], "ic")])
    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_strides_out_of_order_are_dropped_and_the_rest_is_joined(self, cls, stride_type, shift):
        data, stride_list, _ = one_foot()
        ids = [70, 3, -5, 12, 0]
        stride_list = (stride_list + shift).set_axis(pd.Index(ids, name="s_id"))
        stride_list.loc[-5, "end"] -= 1  # a break after the third stride
        algorithm = _detect(cls(input_stride_type=stride_type), data, stride_list)
        free = _detect(cls(input_stride_type=stride_type, enforce_consistency=False), data, stride_list)
        everything = free.annotated_original_event_list_
        order = ["tc", "ic", "min_vel"] if stride_type == "segmented" else ["ic", "min_vel", "tc"]
        in_order = (everything[order[0]] < everything[order[1]]) & (everything[order[1]] < everything[order[2]])
        pd.testing.assert_frame_equal(algorithm.annotated_original_event_list_, everything[in_order])
        joined = _joined_by_hand(everything[in_order], stride_type)
        np.testing.assert_array_equal(algorithm.min_vel_event_list_, joined)
        assert algorithm.min_vel_event_list_.index.tolist() == joined.index.tolist()

    @each_class
    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_with_a_single_event_no_stride_is_dropped(self, cls):
        data, stride_list, _ = one_foot()
        algorithm = cls(detect_only=("ic",))
        found = _detect(algorithm, data * 0, stride_list).annotated_original_event_list_
        assert len(found) == len(stride_list)
        assert found["ic"].isna().all()

    @each_class
    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_without_consistency_no_stride_is_dropped(self, cls):
        data, stride_list, _ = one_foot()
        found = _detect(cls(enforce_consistency=False), data * 0, stride_list).annotated_original_event_list_
        assert found.index.equals(stride_list.index)


class TestLeftOut:
    """One bad stride never ends a run: it is kept, counted and explained."""

    BAD = (
        ("borders of the stride are missing, negative or in the wrong order", (50, 50)),
        ("borders of the stride are missing, negative or in the wrong order", (-10, 90)),
        ("borders of the stride are missing, negative or in the wrong order", (np.nan, 90)),
        ("the stride lies outside of the recording", (5000, 5100)),
        ("samples are missing", (20, 120)),
    )

    @each_class
    @pytest.mark.parametrize(("reason", "borders"), BAD)
    def test_a_bad_stride_keeps_nan_and_a_reason_and_the_others_their_events(self, cls, reason, borders):
        data, stride_list, _ = one_foot()
        data = data.copy()
        data.iloc[60] = np.nan
        stride_list = pd.concat([strides(borders, ids=[99]), stride_list])
        algorithm = cls(enforce_consistency=False)
        with pytest.warns(UserWarning, match=r"^IC detection failed[\s\S]*1 of 6 strides \(s_id 99\) without ic, tc"):
            found = _detect(algorithm, data, stride_list).annotated_original_event_list_
        assert found.loc[99, EVENTS].isna().all()
        pd.testing.assert_frame_equal(
            found.iloc[1:].astype(float),
            _detect(cls(), data, stride_list.iloc[1:]).annotated_original_event_list_.astype(float),
        )
        assert algorithm.left_out_.index.tolist() == [99] * 3
        assert algorithm.left_out_["missing"].tolist() == EVENTS
        assert algorithm.left_out_["reason"].str.contains(reason).all()

    @each_class
    def test_a_stride_shorter_than_the_window_lacks_min_vel_only_by_that_reason(self, cls):
        data, stride_list, _ = one_foot()
        algorithm = cls(enforce_consistency=False, detect_only=("min_vel",))
        with pytest.warns(MissingEventWarning, match="^Event detection failed"):
            _detect(algorithm, data, pd.concat([strides((40, 50), ids=[99]), stride_list]))
        assert algorithm.left_out_.reset_index().to_numpy().tolist() == [
            [99, "min_vel", "the stride is not longer than the min_vel search window"]
        ]

    @each_class
    def test_a_stride_that_reaches_beyond_the_recording_is_cut(self, cls):
        data, stride_list, _ = one_foot()
        data = data.iloc[: stride_list["end"].iloc[-1]]
        expected = _detect(cls(enforce_consistency=False), data).annotated_original_event_list_
        longer = stride_list.copy()
        longer.loc[longer.index[-1], "end"] += 9
        found = _detect(cls(enforce_consistency=False), data, longer).annotated_original_event_list_
        pd.testing.assert_frame_equal(found[["ic", "min_vel"]], expected[["ic", "min_vel"]])
        assert found["end"].iloc[-1] == len(data) + 9

    @each_class
    def test_one_warning_sums_up_all_sensors(self, cls):
        walk = make_walk()
        bad = strides(*[(4000, 4100)] * 7, ids=range(100, 107))
        stride_lists = {s: pd.concat([sl, bad]) for s, sl in walk.segmented.items()}
        with pytest.warns(UserWarning, match="IC detection failed") as warned:
            algorithm = _detect(cls(), walk.body_frame, stride_lists)
        (message,) = [str(w.message) for w in warned]
        for sensor in walk.segmented:
            assert f"{sensor}: 7 of 12 strides (s_id 100, 101, 102, 103, 104, ...)" in message
            assert (
                algorithm.left_out_[sensor]["reason"].value_counts()["the stride lies outside of the recording"] == 21
            )

    @each_class
    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_every_stride_is_either_in_the_results_or_listed(self, cls):
        data, stride_list, _ = one_foot()
        data = data.copy()
        data.iloc[300] = np.nan
        stride_list = pd.concat([stride_list, strides((738, 780), (5000, 5100), ids=[50, 51])])
        algorithm = _detect(cls(), data, stride_list)
        listed = algorithm.left_out_
        without_stride = set(listed.index[listed["missing"] == "stride"])
        without_min_vel = set(listed.index[listed["missing"] == "min_vel stride"])
        kept = set(algorithm.annotated_original_event_list_.index)
        assert kept | without_stride == set(stride_list.index)
        assert not kept & without_stride
        assert set(algorithm.min_vel_event_list_.index) | without_min_vel == kept
        assert not set(algorithm.min_vel_event_list_.index) & without_min_vel

    @each_class
    def test_the_end_of_a_sequence_is_no_reason_to_warn(self, cls, recwarn):
        algorithm = _detect(cls())
        assert algorithm.left_out_.to_numpy().tolist() == [
            ["min_vel stride", "no stride follows directly, so there is no next mid-stance to end at"]
        ]
        assert not recwarn.list

    @each_class
    def test_missing_samples_of_axes_that_are_not_used_do_not_matter(self, cls):
        data, _, _ = one_foot()
        with_gap = data.assign(acc_ml=np.nan, acc_si=np.nan)
        pd.testing.assert_frame_equal(
            _detect(cls(), with_gap).annotated_original_event_list_, _detect(cls(), data).annotated_original_event_list_
        )


def _counts(printed):
    lines = printed.splitlines()
    loading = [line for line in lines if line.startswith("[Memory]") and ": Loading" in line]
    return printed.count("[Memory] Calling"), len(loading)


class TestCaching:
    @each_class
    def test_each_sensor_is_searched_once_and_then_loaded(self, cls, tmp_path, capsys):
        walk = make_walk()
        memory = joblib.Memory(tmp_path, verbose=2)

        def run(algorithm):
            _detect(algorithm, walk.body_frame, walk.segmented)
            return _counts(capsys.readouterr().out)

        algorithm = cls(memory=memory)
        assert run(algorithm) == (2, 0)
        assert run(algorithm) == (0, 2)
        assert run(cls(memory=memory)) == (0, 2)
        assert run(cls(memory=joblib.Memory(tmp_path, verbose=2), enforce_consistency=False)) == (0, 2)
        assert run(cls(memory=memory, detect_only=("ic",))) == (2, 0)
        assert run(cls()) == (0, 0)

    @each_class
    def test_results_and_instance_are_the_same_with_and_without_cache(self, cls, tmp_path):
        without = _detect(cls())
        for _ in range(2):
            algorithm = cls(memory=joblib.Memory(tmp_path, verbose=0))
            assert _detect(algorithm) is algorithm
            algorithm.memory = None
            assert joblib.hash(algorithm) == joblib.hash(without)
            assert algorithm.to_json() == without.to_json()

    def test_other_labels_of_the_same_strides_use_the_same_entry(self, tmp_path, capsys):
        data, stride_list, _ = one_foot()
        memory = joblib.Memory(tmp_path, verbose=2)
        _detect(RamppEventDetection(memory=memory), data, stride_list)
        capsys.readouterr()
        relabelled = stride_list.set_axis(pd.Index(list("abcde"), name="s_id")).assign(note=1.5)
        found = _detect(RamppEventDetection(memory=memory), data.assign(extra=1), relabelled)
        assert _counts(capsys.readouterr().out) == (0, 1)
        assert found.annotated_original_event_list_.index.tolist() == list("abcde")

    def test_rampp_and_filtered_rampp_share_their_search(self, tmp_path, capsys):
        memory = joblib.Memory(tmp_path, verbose=2)
        _detect(RamppEventDetection(memory=memory))
        _detect(FilteredRamppEventDetection(ic_lowpass_filter=None, memory=memory))
        assert _counts(capsys.readouterr().out) == (1, 1)

    @pytest.mark.parametrize("cls", [FilteredRamppEventDetection, HerzerEventDetection])
    def test_a_filter_that_was_used_before_changes_neither_key_nor_itself(self, cls, tmp_path, capsys):
        memory = joblib.Memory(tmp_path, verbose=2)
        _detect(cls(memory=memory))
        capsys.readouterr()
        algorithm = cls(memory=memory)
        algorithm.ic_lowpass_filter.filter(np.arange(100.0), sampling_rate_hz=100)
        before = joblib.hash(algorithm.ic_lowpass_filter)
        _detect(algorithm)
        assert _counts(capsys.readouterr().out) == (0, 1)
        assert joblib.hash(algorithm.ic_lowpass_filter) == before

    @each_class
    def test_results_read_from_a_memory_map_are_plain_writeable_columns(self, cls, tmp_path):
        expected = joblib.hash(_detect(cls()).annotated_original_event_list_)
        for _ in range(2):
            algorithm = _detect(cls(memory=joblib.Memory(tmp_path, mmap_mode="r", verbose=0)))
            found = algorithm.annotated_original_event_list_
            assert joblib.hash(found) == expected
            found.loc[0, "ic"] = -1.0

    @each_class
    def test_warnings_are_not_lost_when_loading(self, cls, tmp_path):
        for _ in range(2):
            with pytest.warns(UserWarning, match="outside of the recording"):
                _detect(cls(memory=joblib.Memory(tmp_path, verbose=0)), stride_list=strides((178, 290), (5000, 5100)))

    @each_class
    def test_json_leaves_the_memory_out_with_a_warning(self, cls, tmp_path):
        with pytest.warns(UserWarning, match=r"joblib\.Memory"):
            text = cls(memory=joblib.Memory(tmp_path, verbose=0)).to_json()
        assert cls.from_json(text).memory is None


def _middle_of_each_stride(gyr, acc_pa, starts, ends, wanted, sampling_rate_hz, delay):
    events = np.full((len(starts), 3), np.nan)
    events[:, 1] = starts + delay
    events[:, 0] = (starts + ends) // 2
    events[:-1, 2] = ends[:-1] - 1
    events[:, wanted == 0] = np.nan
    return events, (np.isnan(events) & (wanted == 1)).astype("int64")


class OwnEventDetection(RamppEventDetection):
    def _event_search(self):
        return _middle_of_each_stride

    def _event_search_parameters(self):
        return {"delay": int(0.05 * self.sampling_rate_hz)}


class TestOwnSearch:
    def test_it_inherits_checks_consistency_and_conversion(self):
        data, stride_list, _ = one_foot()
        with pytest.warns(UserWarning, match=r"s_id 4\) without min_vel: the search found no such event"):
            algorithm = _detect(OwnEventDetection(), data, stride_list)
        found = algorithm.annotated_original_event_list_
        start, end = stride_list.iloc[0]
        assert found.iloc[0].tolist() == [start, end, (start + end) // 2, start + 5, end - 1]
        assert found.index.tolist() == [0, 1, 2, 3]
        assert algorithm.min_vel_event_list_.index.tolist() == [0, 1, 2]

    def test_it_is_cached(self, tmp_path, capsys):
        for expected in ((1, 0), (0, 1)):
            _detect(OwnEventDetection(memory=joblib.Memory(tmp_path, verbose=2), detect_only=("ic",)))
            assert _counts(capsys.readouterr().out) == expected


@each_class
def test_appended_rest_does_not_change_the_events(cls):
    data, _, _ = one_foot()
    rest = body_frame(500, acc_si=-9.81)
    expected = _detect(cls(detect_only=("tc", "min_vel"))).annotated_original_event_list_
    found = _detect(cls(detect_only=("tc", "min_vel")), pd.concat([data, rest])).annotated_original_event_list_
    pd.testing.assert_frame_equal(found, expected)


@each_class
def test_the_order_of_the_strides_does_not_change_their_events(cls):
    _, stride_list, _ = one_foot()
    shuffled = stride_list.iloc[[3, 0, 4, 2, 1]]
    expected = _detect(cls()).annotated_original_event_list_
    pd.testing.assert_frame_equal(
        _detect(cls(), stride_list=shuffled).annotated_original_event_list_, expected.loc[shuffled.index]
    )


class TestOrder:
    @each_class
    def test_strides_in_any_order_give_the_same_events(self, cls):
        stride_list = one_foot()[1]
        shuffled = stride_list.sample(frac=1, random_state=1)
        in_order, found = (_detect(cls(), stride_list=each) for each in (stride_list, shuffled))
        assert len(in_order.min_vel_event_list_) > 2
        pd.testing.assert_frame_equal(found.min_vel_event_list_, in_order.min_vel_event_list_)
        given = in_order.annotated_original_event_list_
        pd.testing.assert_frame_equal(found.annotated_original_event_list_, given.loc[shuffled.index])
        pd.testing.assert_frame_equal(found.left_out_.sort_index(), in_order.left_out_.sort_index())
