"""The builder of a function's package."""

import sys
import zipfile
from pathlib import Path

from archive import byte_code, part_of, with_byte_code, write
from build import files_of, is_used
from export import ARCHITECTURES, Model


def test_tests_declarations_and_unused_parts_stay_out() -> None:
    used = ["numpy/core/a.py", "numpy.libs/libopenblas.so", "PIL/Image.py", "onnxruntime/capi/x.so", "handler.py"]
    unused = [
        "numpy/core/tests/test_a.py",
        "numpy/core/a.pyi",
        "numpy/__pycache__/a.cpython-311.pyc",
        "onnxruntime/transformers/optimizer.py",
        "bin/f2py",
        ".lock",
    ]
    assert [name for name in used + unused if is_used(name)] == used


def test_files_are_listed_by_name_without_caches(tmp_path: Path) -> None:
    for name in ["b.py", "a/c.py", "a/__pycache__/c.pyc"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert list(files_of(tmp_path)) == [("a/c.py", b"a/c.py"), ("b.py", b"b.py")]


def test_byte_code_lies_where_python_looks_and_names_the_place_it_will_be_in(tmp_path: Path) -> None:
    compiled = byte_code("a/b.py", b"x = 1\n", tmp_path)
    assert compiled is not None
    name, content = compiled
    assert name == f"a/__pycache__/b.{sys.implementation.cache_tag}.pyc"
    assert b"/var/task/a/b.py" in content
    assert int.from_bytes(content[4:8], "little") == 0b01, "a hash that is not checked"


def test_what_does_not_compile_is_kept_as_it_is() -> None:
    assert list(with_byte_code(iter([("a.py", b"print 1\n"), ("b.txt", b"")]))) == [
        ("a.py", b"print 1\n"),
        ("b.txt", b""),
    ]


def test_equal_entries_make_equal_bytes_in_whatever_order(tmp_path: Path) -> None:
    entries = [("b/x.py", b"b" * 1000), ("a.so", b"a" * 10)]
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    parts = write(one, entries)
    write(two, entries[::-1])
    assert one.read_bytes() == two.read_bytes()
    assert [(part.name, part.bytes) for part in parts] == [("b", 1000), ("a.so", 10)]
    assert all(0 < part.zipped_bytes <= part.bytes + 10 for part in parts)
    with zipfile.ZipFile(one) as archive:
        assert {info.filename: info.external_attr >> 16 for info in archive.infolist()} == {
            "a.so": 0o755,
            "b/x.py": 0o644,
        }


def test_a_part_is_the_package_that_a_file_came_with() -> None:
    assert part_of("numpy/core/a.py") == part_of("numpy.libs/b.so") == part_of("numpy-1.26.4.dist-info/x") == "numpy"
    assert part_of("model.onnx") == "model.onnx"


def test_other_weights_another_seed_or_another_name_are_another_model(tmp_path: Path) -> None:
    weights = tmp_path / "weights.pth"
    weights.write_bytes(b"1")
    models = [Model(name, None, 1) for name in ARCHITECTURES]
    models += [Model("resnet-18", None, 2), Model("resnet-18", weights, 1)]
    keys = [model.key() for model in models]
    weights.write_bytes(b"2")
    keys.append(models[-1].key())
    assert len(set(keys)) == len(keys)
    assert Model("resnet-18", None, 2).key() == Model("resnet-18", None, 2).key()
