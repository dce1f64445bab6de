import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.utils.consts import SL_EVENT_ORDER
from gaitmap.utils.exceptions import ValidationError
from gaitmap.utils.stride_list_conversion import (
    convert_stride_list,
    enforce_stride_list_consistency,
    intersect_stride_list,
)

STRIDE = 100


def _strides(*ids, source="segmented", gap_after=()):
    """Equal strides in a row with equidistant events; 10 samples are missing after the ids given."""
    start = np.arange(len(ids)) * STRIDE
    for s_id in gap_after:
        start[ids.index(s_id) + 1 :] += 10
    events = {event: start + 20 * (k + 1) for k, event in enumerate(SL_EVENT_ORDER[source])}
    if source == "ic":
        events["ic"] = start
    columns = {"start": start, "end": start + STRIDE, **events}
    return pd.DataFrame(columns, index=pd.Index(ids, name="s_id"))


class TestConvert:
    def test_segmented_to_min_vel(self):
        converted = convert_stride_list(_strides(4, 5), "min_vel")
        assert converted.reset_index().to_dict("records") == [
            {"s_id": 4, "start": 60, "end": 160, "tc": 120, "ic": 140, "min_vel": 60, "pre_ic": 40}
        ]

    def test_segmented_to_ic(self):
        converted = convert_stride_list(_strides(4, 5), "ic")
        assert converted.reset_index().to_dict("records") == [
            {"s_id": 4, "start": 40, "end": 140, "tc": 120, "ic": 40, "min_vel": 60}
        ]

    def test_ic_to_min_vel(self):
        converted = convert_stride_list(_strides(4, 5, source="ic"), "min_vel", "ic")
        assert converted.reset_index().to_dict("records") == [
            {"s_id": 4, "start": 40, "end": 140, "ic": 100, "min_vel": 40, "tc": 60, "pre_ic": 0}
        ]

    def test_ic_to_ic_keeps_the_events_that_belong_to_the_stride(self):
        strides = _strides(4, 5, source="ic")
        pd.testing.assert_frame_equal(
            convert_stride_list(strides, "ic", "ic"), strides.iloc[:1].astype(float), check_dtype=False
        )

    @pytest.mark.parametrize("target", ["min_vel", "ic"])
    @pytest.mark.parametrize("source", ["segmented", "ic"])
    def test_one_stride_is_lost_at_the_end_of_each_sequence(self, source, target):
        ids = tuple(range(9))
        whole = _strides(*ids, source=source)
        assert convert_stride_list(whole, target, source).index.tolist() == list(ids[:-1])
        assert convert_stride_list(whole.drop(index=4), target, source).index.tolist() == [0, 1, 2, 5, 6, 7]
        isolated = _strides(*ids, source=source, gap_after=[7])
        assert convert_stride_list(isolated, target, source).index.tolist() == list(range(7))

    @pytest.mark.parametrize("target", ["min_vel", "ic"])
    @pytest.mark.parametrize("source", ["segmented", "ic"])
    def test_equidistant_events_keep_the_duration_and_come_out_in_order(self, source, target):
        converted = convert_stride_list(_strides(*range(9), source=source), target, source)
        assert (converted["end"] - converted["start"] == STRIDE).all()
        kept, removed = enforce_stride_list_consistency(converted, target)
        assert len(kept) == len(converted)
        assert removed.empty

    def test_ids_and_rows_need_not_be_sorted(self):
        strides = _strides(8, 1, 5).iloc[[2, 0, 1]]  # the first row is the last stride
        assert convert_stride_list(strides, "min_vel").index.tolist() == [8, 1]  # in time: 8, 1, 5

    @pytest.mark.parametrize(("tolerance", "expected"), [(0, [0, 2]), (9, [0, 2]), (10, [0, 1, 2])])
    def test_gaps_up_to_the_tolerance_are_bridged(self, tolerance, expected):
        strides = _strides(0, 1, 2, 3, gap_after=[1])
        assert convert_stride_list(strides, "min_vel", tolerance=tolerance).index.tolist() == expected

    def test_overlaps_are_breaks_like_gaps(self):
        strides = _strides(0, 1, 2)
        strides.loc[0, "end"] += 2
        assert convert_stride_list(strides, "min_vel").index.tolist() == [1]
        assert convert_stride_list(strides, "min_vel", tolerance=2).index.tolist() == [0, 1]

    def test_a_nan_in_any_column_drops_the_stride(self):
        strides = _strides(0, 1, 2, 3).astype(float).assign(note=1.0)
        strides.loc[0, "note"] = np.nan
        strides.loc[2, "tc"] = np.nan  # needed for the stride before
        assert convert_stride_list(strides, "min_vel").index.tolist() == [2]

    def test_further_columns_come_from_the_first_of_the_two_strides(self):
        strides = _strides(0, 1, 2).assign(foot="left", gsd_id=[7, 8, 9])
        converted = convert_stride_list(strides, "min_vel")
        assert list(converted.columns) == [*strides.columns, "pre_ic"]
        assert converted["gsd_id"].tolist() == [7, 8]
        assert converted.dtypes[["foot", "gsd_id"]].equals(strides.dtypes[["foot", "gsd_id"]])

    def test_shifted_columns_are_float_and_the_others_keep_their_type(self):
        dtypes = convert_stride_list(_strides(0, 1), "min_vel").dtypes.astype(str).to_dict()
        assert dtypes == {
            "start": "int64",
            "end": "float64",
            "tc": "float64",
            "ic": "float64",
            "min_vel": "int64",
            "pre_ic": "int64",
        }

    @pytest.mark.parametrize("n_strides", [0, 1])
    def test_too_few_strides_give_an_empty_list_with_all_columns(self, n_strides):
        converted = convert_stride_list(_strides(*range(n_strides)), "min_vel")
        assert list(converted.columns) == ["start", "end", "tc", "ic", "min_vel", "pre_ic"]
        assert converted.index.name == "s_id"
        assert converted.empty

    def test_many_sensors_in_many_sensors_out(self):
        lists = {"b": _strides(0, 1, 2), "a": _strides(5, 6).reset_index()}
        converted = convert_stride_list(lists, "ic")
        assert list(converted) == ["b", "a"]
        for sensor, strides in lists.items():
            pd.testing.assert_frame_equal(converted[sensor], convert_stride_list(strides, "ic"))

    def test_removed_strides_are_returned_in_their_old_form(self):
        strides = _strides(0, 1, 2, 3, gap_after=[1])
        converted, removed = convert_stride_list(strides, "min_vel", return_removed=True)
        assert converted.index.tolist() == [0, 2]
        pd.testing.assert_frame_equal(removed, strides.loc[[1, 3]])
        _, by_sensor = convert_stride_list({"a": strides.reset_index()}, "min_vel", return_removed=True)
        pd.testing.assert_frame_equal(by_sensor["a"], removed)

    def test_events_other_than_the_target_can_be_optional(self):
        strides = _strides(0, 1, 2).astype(float)
        only_target = strides[["start", "end", "min_vel"]]
        converted = convert_stride_list(only_target, "min_vel", require_all_events=False)
        assert converted.to_numpy().tolist() == [[60, 160, 60], [160, 260, 160]]
        strides.loc[1, "tc"] = np.nan
        assert len(convert_stride_list(strides, "min_vel", require_all_events=False)) == 2
        strides.loc[1, "min_vel"] = np.nan
        assert convert_stride_list(strides, "min_vel", require_all_events=False).empty
        with pytest.raises(ValidationError):
            convert_stride_list(only_target, "ic", require_all_events=False)

    @pytest.mark.parametrize("missing", ["ic", "tc", "min_vel", "start"])
    def test_by_default_all_events_are_required(self, missing):
        with pytest.raises(ValidationError, match=missing):
            convert_stride_list(_strides(0, 1).drop(columns=missing), "min_vel")

    def test_what_is_no_stride_list_is_refused(self):
        for wrong in (_strides(0, 1).reset_index(drop=True), _strides(0, 0), [1, 2], {}):
            with pytest.raises(ValidationError):
                convert_stride_list(wrong, "min_vel")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"target_stride_type": "segmented"},
            {"target_stride_type": "tc"},
            {"target_stride_type": "ic", "source_stride_type": "min_vel"},
            {"target_stride_type": "ic", "tolerance": -1},
        ],
    )
    def test_unknown_types_and_negative_tolerance_are_refused(self, wrong):
        with pytest.raises(ValueError, match=list(wrong)[-1]):
            convert_stride_list(_strides(0, 1), **wrong)

    def test_the_input_is_not_changed(self):
        strides = _strides(0, 1, 2)
        before = strides.copy()
        converted = convert_stride_list(strides, "min_vel")
        converted.iloc[:, :] = -1
        pd.testing.assert_frame_equal(strides, before)


class TestConsistency:
    @pytest.mark.parametrize("stride_type", ["segmented", "min_vel", "ic"])
    def test_a_stride_is_kept_if_its_events_rise_strictly(self, stride_type):
        order = SL_EVENT_ORDER[stride_type]
        strides = pd.DataFrame([range(1, 1 + len(order))] * (2 * len(order)), columns=order, dtype=float)
        for k in range(len(order)):
            strides.loc[2 * k, order[k]] = np.nan
            if k:
                strides.loc[2 * k + 1, order[k]] = strides.loc[2 * k + 1, order[k - 1]]
        kept, removed = enforce_stride_list_consistency(strides[order[::-1]], stride_type, check_stride_list=False)
        assert kept.index.tolist() == [1]
        assert removed.index.tolist() == [0, *range(2, 2 * len(order))]
        assert list(kept.columns) == list(removed.columns) == order[::-1]

    def test_nan_outside_of_the_events_is_irrelevant(self):
        strides = _strides(0, 1).assign(note=np.nan)
        kept, removed = enforce_stride_list_consistency(strides, "segmented")
        assert (len(kept), len(removed)) == (2, 0)

    def test_a_single_event_is_always_consistent(self):
        strides = _strides(0, 1)[["ic"]]
        kept, removed = enforce_stride_list_consistency(strides, "segmented", check_stride_list=False)
        assert kept is strides
        assert removed.empty
        assert list(removed.columns) == ["ic"]

    def test_no_event_is_an_error(self):
        strides = _strides(0, 1)[["start", "end"]]
        with pytest.raises(ValueError, match=r"No valid events found in the stride list\."):
            enforce_stride_list_consistency(strides, "segmented", check_stride_list=False)

    def test_the_format_is_checked_unless_told_otherwise(self):
        strides = _strides(0, 1)
        for wrong, stride_type in (
            (strides.drop(columns="tc"), "segmented"),
            (strides, "ic"),  # start is not ic
            ({"left": strides}, "segmented"),
        ):
            with pytest.raises(ValidationError):
                enforce_stride_list_consistency(wrong, stride_type)
        kept, _ = enforce_stride_list_consistency(
            strides.drop(columns=["tc", "start"]), "segmented", check_stride_list=False
        )
        assert len(kept) == 2

    @pytest.mark.parametrize("check", [True, False])
    def test_the_stride_type_must_be_given_and_known(self, check):
        with pytest.raises(TypeError):
            enforce_stride_list_consistency(_strides(0, 1), check_stride_list=check)
        with pytest.raises(ValueError, match="input_stride_type"):
            enforce_stride_list_consistency(_strides(0, 1), "any", check_stride_list=check)

    def test_index_and_columns_are_kept(self):
        strides = _strides(3, 1, 2).reset_index().set_axis([10, 30, 20])
        strides.loc[30, "ic"] = 0
        kept, removed = enforce_stride_list_consistency(strides, "segmented")
        pd.testing.assert_frame_equal(kept, strides.loc[[10, 20]])
        pd.testing.assert_frame_equal(removed, strides.loc[[30]])


def _regions(*borders, id_column="roi_id"):
    return pd.DataFrame(borders, columns=["start", "end"]).rename_axis(id_column)


class TestIntersect:
    def test_strides_inside_are_counted_from_the_start_of_the_region(self):
        first, second = intersect_stride_list(_strides(0, 1, 2, 3), _regions((100, 300), (150, 1000)))
        expected = _strides(0, 1).set_axis(pd.Index([1, 2], name="s_id"))
        pd.testing.assert_frame_equal(first, expected)
        pd.testing.assert_frame_equal(second, (_strides(0, 1) + 50).set_axis(pd.Index([2, 3], name="s_id")))

    @pytest.mark.parametrize(("region", "expected"), [((100, 200), [1]), ((101, 200), []), ((100, 199), [])])
    def test_the_borders_belong_to_the_region(self, region, expected):
        assert intersect_stride_list(_strides(0, 1, 2), _regions(region))[0].index.tolist() == expected

    def test_only_samples_are_shifted(self):
        strides = _strides(0, 1).assign(foot="left", gsd_id=[7, 8], pre_ic=[-10.5, 90])
        cut = intersect_stride_list(strides, _regions((5, 300)))[0]
        assert cut.loc[1].to_dict() == {
            "start": 95,
            "end": 195,
            "tc": 115,
            "ic": 135,
            "min_vel": 155,
            "foot": "left",
            "gsd_id": 8,
            "pre_ic": 85,
        }
        assert intersect_stride_list(strides, _regions((0, 300)))[0]["pre_ic"].iloc[0] == -10.5

    def test_integers_stay_integers(self):
        assert (intersect_stride_list(_strides(0, 1), _regions((0, 200)))[0].dtypes == "int64").all()

    @pytest.mark.parametrize("id_column", ["roi_id", "gs_id"])
    def test_ids_may_be_columns_or_index(self, id_column):
        strides, regions = _strides(0, 1), _regions((100, 200), id_column=id_column)
        expected = intersect_stride_list(strides, regions)[0]
        found = intersect_stride_list(strides.reset_index(), regions.reset_index())[0]
        pd.testing.assert_frame_equal(found, expected)

    def test_no_strides_and_no_regions(self):
        strides = _strides(0, 1)
        (outside,) = intersect_stride_list(strides, _regions((5000, 6000)))
        assert outside.empty
        assert list(outside.columns) == list(strides.columns)
        assert intersect_stride_list(strides, _regions()) == []
        assert intersect_stride_list(strides.iloc[:0], _regions((0, 100)))[0].empty

    def test_lists_of_several_sensors_are_refused(self):
        with pytest.raises(ValidationError):
            intersect_stride_list({"left": _strides(0)}, _regions((0, 10)))
        with pytest.raises(ValidationError):
            intersect_stride_list(_strides(0), {"left": _regions((0, 10))})
        with pytest.raises(ValidationError):
            intersect_stride_list(_strides(0), _strides(0))

    def test_the_input_is_not_changed(self):
        strides = _strides(0, 1)
        before = strides.copy()
        (cut,) = intersect_stride_list(strides, _regions((0, 300)))
        cut.iloc[:, :] = -1
        pd.testing.assert_frame_equal(strides, before)

    borders = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), max_size=12)

    @settings(max_examples=60, deadline=None)
    @given(stride_borders=borders, region_borders=borders)
    def test_overlapping_unsorted_lists_give_what_a_plain_search_gives(self, stride_borders, region_borders):
        strides = pd.DataFrame(stride_borders, columns=["start", "end"], dtype="int64").rename_axis("s_id")
        regions = pd.DataFrame(region_borders, columns=["start", "end"], dtype="int64").rename_axis("roi_id")
        for cut, (start, end) in zip(intersect_stride_list(strides, regions), region_borders, strict=True):
            inside = strides[(strides["start"] >= start) & (strides["end"] <= end)]
            pd.testing.assert_frame_equal(cut, inside - start)


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(10, 40), min_size=1, max_size=10),
    gaps=st.sets(st.integers(0, 9)),
    target=st.sampled_from(["min_vel", "ic"]),
)
def test_cutting_a_list_at_its_gaps_does_not_change_the_converted_strides(lengths, gaps, target):
    start, rows = 0, []
    for k, length in enumerate(lengths):
        rows.append((start, start + length, start + 2, start + 5, start + 8))
        start += length + (k in gaps)
    strides = pd.DataFrame(rows, columns=["start", "end", "tc", "ic", "min_vel"]).rename_axis("s_id")
    breaks = [0, *(k + 1 for k in sorted(gaps) if k + 1 < len(lengths)), len(lengths)]
    parts = [convert_stride_list(strides.iloc[a:b], target) for a, b in pairwise(breaks)]
    pd.testing.assert_frame_equal(convert_stride_list(strides, target), pd.concat(parts))


@pytest.mark.reference
class TestReference:
    @staticmethod
    def _frame(split):
        return pd.DataFrame(**split)

    def _assert_equal(self, found, expected):
        expected = self._frame(expected)
        found = found.reset_index() if found.index.name == "s_id" else found
        assert list(found.columns) == list(expected.columns)
        np.testing.assert_array_equal(found.to_numpy(dtype=float), expected.to_numpy(dtype=float))

    def test_all_cases(self, reference_dir):
        vectors = json.loads((reference_dir / "event_detection" / "stride_list_conversion.json").read_text())
        inputs = {name: self._frame(split) for name, split in vectors["inputs"].items()}
        kept, _ = enforce_stride_list_consistency(inputs["inconsistent"], "segmented")
        inputs["kept part of 'inconsistent'"] = kept
        for case in vectors["cases"]:
            strides, kwargs, expected = inputs[case["input"]], case["kwargs"], case["output"]
            if case["call"] == "convert_stride_list":
                self._assert_equal(convert_stride_list(strides, **kwargs), expected)
            elif case["call"] == "enforce_stride_list_consistency":
                kept, removed = enforce_stride_list_consistency(strides, **kwargs)
                self._assert_equal(kept, expected["kept"])
                self._assert_equal(removed, expected["removed"])
            else:
                parts = intersect_stride_list(strides, inputs[kwargs["regions_of_interest"]])
                for part, expected_part in zip(parts, expected, strict=True):
                    self._assert_equal(part, expected_part)


def test_strides_in_any_order_give_the_same_new_strides():
    start = np.arange(0, 600, 100)
    strides = pd.DataFrame(
        {"start": start, "end": start + 100, "tc": start + 5, "ic": start + 40, "min_vel": start + 70}
    )
    strides = strides.rename_axis("s_id")
    expected = convert_stride_list(strides, "min_vel")
    assert len(expected) == 5
    pd.testing.assert_frame_equal(convert_stride_list(strides.iloc[[3, 0, 5, 1, 4, 2]], "min_vel"), expected)
