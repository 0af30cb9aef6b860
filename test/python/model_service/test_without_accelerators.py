"""What is taken out of PyTorch for services that compute on the processor alone; its shared libraries are real ones."""

import _ctypes
import ctypes
import json
import shutil
from pathlib import Path

import pytest

from install import trim
from without_accelerators import DYNAMIC, SYMBOLS, Library, take_out, unneeded


def undefined(library: Library) -> list[int]:
    """Return how symbols that a library looks for in others are bound: 1 for those that must be there, 2 for others."""
    (symbols,) = (each for each in library.sections if each.kind == SYMBOLS)
    entries = range(symbols.offset + 24, symbols.offset + symbols.size, 24)
    return [library.data[at + 4] >> 4 for at in entries if library.data[at + 6 : at + 8] == b"\0\0"]


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    """Copy an extension module of this Python that needs libraries and symbols of others."""
    if not getattr(_ctypes, "__file__", ""):
        pytest.skip("this Python has ctypes built in")
    return Path(shutil.copy(_ctypes.__file__, tmp_path / "extension.so"))


def test_only_what_accelerators_take_is_left_out_and_only_of_pytorch() -> None:
    names = {"torch", "numpy", "nvidia-cuda-runtime", "nvidia-cublas", "cuda-bindings", "triton", "nvidia-cudnn-cu13"}
    assert unneeded(names) == {"nvidia-cublas", "cuda-bindings", "triton", "nvidia-cudnn-cu13"}
    assert unneeded({"torch", "numpy"}) == set()
    assert unneeded(names - {"torch"}) == set()


def test_a_library_s_needs_are_read_and_what_is_missing_may_be(extension: Path) -> None:
    library = Library(extension)
    assert any(name.startswith("libc.so") for name in library.needed())
    assert [each.kind for each in library.sections].count(DYNAMIC) == 1
    assert 1 in undefined(library)
    library.weaken_missing()
    assert set(undefined(library)) == {2}
    library.close()
    assert ctypes.PyDLL(str(extension)).PyInit__ctypes is not None


def test_libraries_of_the_vendor_have_stand_ins_and_others_stay_as_they_are(extension: Path, tmp_path: Path) -> None:
    place = tmp_path / "packages" / "torch" / "lib"
    place.mkdir(parents=True)
    shutil.copy(extension, place / "libtorch_cpu.so")
    before = (place / "libtorch_cpu.so").read_bytes()
    needing = place / "libtorch_cuda.so"
    # A name as long as that of the C library, in its place.
    needing.write_bytes(before.replace(b"\0libc.so.6\0", b"\0libcu.so.\0"))
    (place / "libtorch_cuda_linalg.so").write_bytes(b"")
    take_out(tmp_path / "packages")
    assert (place / "libcu.so.").readlink() == Path("libtorch_global_deps.so")
    assert not (place / "libtorch_cuda_linalg.so").exists()
    assert (place / "libtorch_cpu.so").read_bytes() == before
    library = Library(needing)
    assert set(undefined(library)) == {2}
    library.close()


def test_what_the_import_of_pytorch_looks_for_is_not_trimmed(tmp_path: Path) -> None:
    build = Path(__file__).parents[3] / "workloads" / "model-service" / "build"
    (tmp_path / "torch" / "bin").mkdir(parents=True)
    for name in ("torch_shm_manager", "protoc", "protoc-3.21.12.0"):
        (tmp_path / "torch" / "bin" / name).touch()
    trim(tmp_path, json.loads((build / "unneeded.json").read_text())["files"])
    assert [path.name for path in (tmp_path / "torch" / "bin").iterdir()] == ["torch_shm_manager"]


def test_what_is_no_shared_library_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "libtorch.so"
    file.write_bytes(b"!<arch>\n" + bytes(64))
    with pytest.raises(ValueError, match="is no ELF file"):
        Library(file)
