"""One table of terms, from which tables, reports and documentation are made."""

import re

import pytest

from gaitmap.base import ALL_PARAMETER_TERMS, TABLE_TERMS, parameter_term


@pytest.mark.parametrize("table", TABLE_TERMS)
def test_every_column_has_a_name_a_label_and_a_definition(table):
    for name, term in TABLE_TERMS[table].items():
        assert term.name == name
        assert term.label
        assert re.search(r"\w", term.meaning), name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)


def test_units_in_names_are_those_of_the_terms():
    for terms in TABLE_TERMS.values():
        for name, term in terms.items():
            for ending, unit in {"_s": "s", "_m": "m", "_h": "h", "_min": "min"}.items():
                if name.endswith(ending):
                    assert term.unit == unit, name


def test_names_with_units_are_those_of_gaitmap_2():
    expected = {
        "stride_time": "stride time [s]",
        "max_lateral_excursion": "max. lateral excursion [m]",
        "tc_angle": "tc angle [deg]",
        "double_support_percent": "double support [%]",
        "stance_swing_ratio": "stance swing ratio",
    }
    assert {name: parameter_term(name).pretty_name for name in expected} == expected


def test_rates_have_a_mean_over_time():
    rates = {name for name, term in ALL_PARAMETER_TERMS.items() if term.unit in ("m/s", "steps/min")}
    assert {name for name, term in ALL_PARAMETER_TERMS.items() if term.mean_over} == rates


def test_an_unknown_parameter_is_called_by_its_name():
    assert parameter_term("knee_angle").label == "Knee angle"
    assert not parameter_term("knee_angle").has_natural_zero
