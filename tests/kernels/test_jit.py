import subprocess
import sys

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def _halve(values):
    return values / 0.0


def test_division_by_zero_gives_infinity_as_in_numpy():
    np.testing.assert_array_equal(_halve(np.array([1.0, -1.0])), [np.inf, -np.inf])


def test_a_kernel_compiles_where_no_cache_folder_can_be_found(tmp_path):
    """Code without a file has no place for a cache beside it: the compiled function must still work."""
    code = (
        "from gaitmap._kernels._jit import kernel\n"
        "names = {}\n"
        "exec('def double(x):\\n    return 2 * x', names)\n"
        "print(kernel(names['double'])(21))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.stdout.strip() == "42", run.stderr
