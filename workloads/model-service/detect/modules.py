"""Modules that lie in the source itself, as its files see them."""

from __future__ import annotations

from pathlib import PurePosixPath

from tree import Tree


def folders_seen_by(file: str) -> list[str]:
    """Return the folders that a file may import from: its own, those above, and `src` in each."""
    found: list[str] = []
    folder = PurePosixPath(file.split("#", 1)[0]).parent
    for each in [folder, *folder.parents]:
        name = "" if str(each) == "." else str(each)
        found += [name, *(f"{name}/{inner}" if name else inner for inner in ("src", "lib", "python"))]
    return list(dict.fromkeys(found))


class LocalModules:
    """What can be imported from the source's own folders."""

    def __init__(self, tree: Tree) -> None:
        """Index the files by their names."""
        self.modules: dict[str, set[str]] = {}
        """Names of modules and packages, by the folder that they lie in."""
        self.packages: set[str] = set()
        """Folders with an `__init__.py`."""
        filled: set[str] = set()
        for entry in tree.files:
            path = PurePosixPath(entry.name)
            folder = "" if str(path.parent) == "." else str(path.parent)
            if path.suffix not in (".py", ".pyw", ".so", ".pyx"):
                continue
            filled.add(folder)
            if path.name == "__init__.py":
                self.packages.add(folder)
            else:
                self.modules.setdefault(folder, set()).add(path.name.split(".", 1)[0])
        for package in self.packages:
            if package:
                parent = PurePosixPath(package).parent
                self.modules.setdefault("" if str(parent) == "." else str(parent), set()).add(
                    PurePosixPath(package).name
                )
        self.filled = filled

    def has(self, module: str, file: str, *, published: bool) -> bool:
        """Say whether a module is one of the source's own, as seen from a file.

        A name that a well-known distribution has is only taken for local where Python would find it at once; any other
        name that the source has anywhere, also as a folder of modules, is the source's own.
        """
        top = module.split(".", 1)[0]
        roots = folders_seen_by(file)
        if any(top in self.modules.get(root, ()) for root in roots):
            return True
        if published:
            return False
        folders = {f"{root}/{top}" if root else top for root in roots}
        return bool(folders & self.filled) or any(top in names for names in self.modules.values())
