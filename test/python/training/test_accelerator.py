"""Samples of nvidia-smi: its CSV format, and a stand-in that prints it."""

import time
from pathlib import Path

import pytest

from accelerator import Sampler, parse_samples

TWO_GPUS = """\
0, 90, 7611, 150.25
1, 70, 7590, 140.75
0, 100, 7700, 160.75
1, 80, 7500, 139.25
"""


def test_means_peaks_and_sums() -> None:
    assert parse_samples(TWO_GPUS) == {
        "acceleratorUtilisation": 85.0,
        "acceleratorMemoryMiB": 7700.0 + 7590.0,
        "acceleratorPowerWatts": 155.5 + 140.0,
    }


@pytest.mark.parametrize("absent", ["[N/A]", "[Not Supported]", "[Unknown Error]", "N/A", "nan", ""])
def test_what_a_gpu_does_not_report_is_left_out(absent: str) -> None:
    assert parse_samples(f"0, 35, 512, {absent}\n") == {"acceleratorUtilisation": 35.0, "acceleratorMemoryMiB": 512.0}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
        "index, utilization.gpu [%], memory.used [MiB], power.draw [W]\n",
        "0, 12",
        "No devices were found\n",
    ],
)
def test_what_is_no_sample_gives_no_metric(text: str) -> None:
    assert parse_samples(text) == {}


def test_a_line_cut_off_by_the_end_does_not_count() -> None:
    assert parse_samples(TWO_GPUS + "0, 10")["acceleratorUtilisation"] == 85.0


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an nvidia-smi on the path that notes its arguments and prints samples until it is ended."""
    program = folder / "nvidia-smi"
    arguments = folder / "arguments"
    program.write_text(f'#!/bin/sh\necho "$@" > {arguments}\nwhile :; do echo "0, 50, 1000, 75.5"; sleep 0.05; done\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return arguments


def test_sampling_lasts_as_long_as_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = stand_in(tmp_path, monkeypatch)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with Sampler(used=True) as sampler:
        time.sleep(0.4)
    assert sampler.metrics == {
        "acceleratorUtilisation": 50.0,
        "acceleratorMemoryMiB": 1000.0,
        "acceleratorPowerWatts": 75.5,
    }
    assert arguments.read_text().split() == [
        "--query-gpu=index,utilization.gpu,memory.used,power.draw",
        "--format=csv,noheader,nounits",
        "--loop-ms=200",
        "--id=0",
    ]


def test_without_a_gpu_nothing_is_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = stand_in(tmp_path, monkeypatch)
    with Sampler(used=False) as sampler:
        time.sleep(0.1)
    assert sampler.metrics == {}
    assert not arguments.exists()


def test_a_host_without_nvidia_smi_has_no_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with Sampler(used=True) as sampler:
        pass
    assert sampler.metrics == {}
