"""Two recordings never share a folder."""

import hashlib

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gaitmap.cohort import read_manifest
from gaitmap.cohort._names import folder_names

LONG = "multicentre_study_of_gait_in_parkinsons_disease_site_hamburg_participant_"


def _different(names):
    return len({name.casefold() for name in names}) == len(names)


def _digest(text, n=6):
    return hashlib.sha256(text.encode()).hexdigest()[:n]


def test_a_made_name_gives_way_to_a_given_one_wherever_it_stands():
    given_name = f"a_b_{_digest('a/b')}"
    for recordings in ([given_name, "a/b"], ["a/b", given_name]):
        names = dict(zip(recordings, folder_names(recordings), strict=True))
        assert names[given_name] == given_name
        assert names["a/b"] == f"a_b_{_digest('a/b', 7)}"


@pytest.mark.parametrize("n", [5000, 10000])
def test_thousands_of_long_names(n):
    for site in range(10):
        assert _different(folder_names(f"{site}{LONG}{i:05d}" for i in range(n)))


def test_names_that_only_a_strict_file_system_keeps_apart():
    names = folder_names(["Walk", "walk", "WALK", "stra\u00dfe", "strasse", "u\u0308bung", "\u00fcbung", "con", "CON"])
    assert _different(names)
    assert names[0] == "Walk"


def test_a_name_does_not_depend_on_those_behind_it():
    recordings = ["a/b", "Walk", "walk", f"{LONG}1", f"{LONG}2"]
    whole = folder_names(recordings)
    for n in range(1, len(recordings)):
        assert folder_names(recordings[:n]) == whole[:n]


@given(st.lists(st.text(), unique=True, max_size=30))
@example(["a/b", f"a_b_{_digest('a/b')}", f"A_B_{_digest('a/b', 7)}"])
def test_any_names(recordings):
    names = folder_names(recordings)
    assert _different(names)
    assert all(0 < len(name.encode()) <= 255 and "/" not in name and name not in (".", "..") for name in names)


def test_names_from_paths():
    n = 5000
    paths = [f"/data/{LONG}{i:05d}/walk.csv" for i in range(n)]
    table = read_manifest(pd.DataFrame({"path": paths}), exclude="/x")
    assert _different(table["recording"])
    assert _different(folder_names(table["recording"]))
