"""The probe, on small arrays: that it computes what it times, and what it reports of it."""

import json
from pathlib import Path

import numpy as np
import pytest

import probe


def test_it_reports_the_median_with_all_repeats(capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main(["--repeats", "3", "--matrix", "64", "--array-bytes", "1000000"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "underlay/probe/1"
    for part in ("triad", "gemm"):
        samples = sorted(found[part]["samples"])
        assert len(samples) == 3
        assert [found[part][name] for name in ("low", "value", "high")] == samples
        assert samples[0] > 0
    assert found["triad"]["arrayBytes"] == 1_000_000


def test_the_triad_covers_every_element_whatever_the_length() -> None:
    for elements in (1, probe.BLOCK - 1, probe.BLOCK, 2 * probe.BLOCK + 5):
        a, b, c = np.zeros(elements), np.arange(elements, dtype=float), np.ones(elements)
        probe.triad(a, b, c)
        assert np.array_equal(a, b + probe.SCALAR)
        rates, right = probe.bandwidth(elements, 3, 1)
        assert right
        assert len(rates) == 1


def test_a_wrong_product_is_no_measurement(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(probe, "arithmetic", lambda _size, repeats: ([1.0] * repeats, False))
    assert probe.main(["--repeats", "1", "--matrix", "8", "--array-bytes", "8000"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "is wrong" in captured.err


def test_the_last_cache_is_the_largest(tmp_path: Path) -> None:
    for index, size in enumerate(("32K", "1024K", "36608K")):
        path = tmp_path / f"sys/devices/system/cpu/cpu0/cache/index{index}/size"
        path.parent.mkdir(parents=True)
        path.write_text(size + "\n")
    assert probe.last_cache(tmp_path) == 36_608 * 1024
    assert probe.last_cache(tmp_path / "elsewhere") == probe.FALLBACK_CACHE


def test_it_refuses_what_cannot_be_timed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        probe.main(["--repeats", "0"])
    assert "at least 1" in capsys.readouterr().err
