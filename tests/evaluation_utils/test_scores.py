import warnings

import pandas as pd
import pytest

from gaitmap.evaluation_utils import f1_score, precision_recall_f1_score, precision_score, recall_score
from gaitmap.utils.exceptions import ValidationError

SCORES = {"precision": precision_score, "recall": recall_score, "f1": f1_score}


def _matches(tp=0, fp=0, fn=0):
    return pd.DataFrame({"match_type": ["tp"] * tp + ["fp"] * fp + ["fn"] * fn})


def test_scores_follow_their_definitions():
    matches = _matches(tp=6, fp=2, fn=4)
    assert precision_score(matches) == 6 / 8
    assert recall_score(matches) == 6 / 10
    assert f1_score(matches) == pytest.approx(12 / 18)
    expected = {"precision": precision_score(matches), "recall": recall_score(matches), "f1_score": f1_score(matches)}
    assert precision_recall_f1_score(matches) == expected


def test_a_dict_gives_a_dict_and_is_not_changed():
    matches = {"left": _matches(tp=1), "right": _matches(tp=1, fp=1)}
    assert precision_score(matches) == {"left": 1.0, "right": 0.5}
    assert precision_score(matches) == {"left": 1.0, "right": 0.5}
    assert recall_score(matches) == {"left": 1.0, "right": 1.0}
    assert precision_recall_f1_score(matches)["right"] == {"precision": 0.5, "recall": 1.0, "f1_score": 2 / 3}


def test_the_index_may_have_duplicates():
    assert precision_score(_matches(tp=1, fp=1).set_axis([7, 7])) == 0.5


@pytest.mark.parametrize(
    ("matches", "undefined"),
    [
        (_matches(), {"precision", "recall", "f1"}),
        (_matches(fn=3), {"precision", "f1"}),
        (_matches(fp=3), {"recall", "f1"}),
        (_matches(fp=3, fn=3), {"f1"}),
        (_matches(tp=1, fp=3, fn=3), set()),
    ],
)
@pytest.mark.parametrize("name", SCORES)
def test_undefined_scores_take_the_chosen_value(matches, undefined, name):
    score = SCORES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with_0, with_1 = score(matches, zero_division=0), score(matches, zero_division=1)
    if name in undefined:
        assert (with_0, with_1) == (0, 1)
        with pytest.warns(UserWarning, match=f"Zero division happened while calculating the {name} score"):
            assert score(matches) == 0
    else:
        assert with_0 == with_1 == score(matches)


def test_the_last_warning_is_that_of_the_f1_score():
    with pytest.warns(UserWarning, match="Zero division") as caught:
        precision_recall_f1_score(_matches())
    kinds = [str(warning.message).split()[6] for warning in caught]
    assert kinds == ["precision", "recall", "f1"]


def test_no_prediction_with_zero_division_1_has_an_f1_score_of_1():
    expected = {"precision": 1.0, "recall": 0.0, "f1_score": 1.0}
    assert precision_recall_f1_score(_matches(fn=2), zero_division=1) == expected


@pytest.mark.parametrize("score", [*SCORES.values(), precision_recall_f1_score])
@pytest.mark.parametrize("value", [2, "ignore", None])
def test_other_values_for_zero_division_are_refused(score, value):
    with pytest.raises(ValueError) as error:
        score(_matches(tp=1), zero_division=value)
    assert str(error.value) == '"zero_division" must be set to "warn", 0 or 1!'


def test_tables_without_match_type_are_refused():
    with pytest.raises(ValidationError, match="match_type"):
        recall_score(pd.DataFrame({"s_id": [1]}))
