"""The benches work. What they measure here, beside other tests, means nothing."""

import os
import subprocess
import sys

import pytest

from benchmarks.__main__ import BENCHES


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_comes_to_its_figures(name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--smoke", name],
        env={**os.environ, "BENCH_DATABASES": "sqlite"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr  # 1: a bar isn't met
    lines = [line for line in ran.stdout.splitlines() if line.startswith(f"| {name} ")]
    assert lines, ran.stderr
    assert "Traceback" not in ran.stderr
