"""The analysis of a cohort as commands, for job arrays of a cluster."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gaitmap.cohort._cohort import list_jobs
from gaitmap.cohort._manifest import read_manifest
from gaitmap.utils._text_out import to_shell

_OPTIONS = {
    "sampling_rate_hz": "--sampling-rate",
    "left": "--left",
    "right": "--right",
    "acc_unit": "--acc-unit",
    "gyr_unit": "--gyr-unit",
    "start_time": "--start-time",
}


def cohort_commands(manifest: Any, out: str | Path, *, options: Sequence[str] = ()) -> list[str]:
    """Write the analysis of a cohort as one command line per recording.

    Parameters
    ----------
    manifest
        The recordings, as :func:`read_manifest` takes them.
    out
        Folder of the cohort: the commands write to the same folders as :func:`analyze_cohort`.
    options
        Further options of ``gaitmap analyze``, the same for all recordings.

    Returns
    -------
    list of str
        ``gaitmap analyze ...``, quoted for a POSIX shell. When all have run, :func:`merge_results`
        (``gaitmap cohort ... --merge-only``) merges the results.

    Raises
    ------
    ManifestError
        If the manifest has problems.
    ValueError
        If a name or a path holds a line break or another control character.

    Examples
    --------
    >>> import pandas as pd
    >>> study = pd.DataFrame({"path": ["/study/p 1.csv"], "sampling_rate_hz": [102.4]})
    >>> print(*cohort_commands(study, "/results"))
    gaitmap analyze '/study/p 1.csv' --out /results/recordings/study_p_1 --name=study_p_1 --sampling-rate=102.4
    """
    out = Path(out).absolute()
    jobs = list_jobs(read_manifest(manifest, exclude=out), out)
    commands = []
    for job in jobs:
        # As one word, a value may begin with a dash.
        told = [f"--name={job.recording}", *(f"{_OPTIONS[name]}={value}" for name, value in job.options.items())]
        commands.append(to_shell(["gaitmap", "analyze", job.path, "--out", job.folder, *told, *options]))
    return commands
