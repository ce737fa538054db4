"""Whether code is the user's own, or of a package that was installed."""

import site
import sys
import sysconfig
from functools import cache
from pathlib import Path


def is_own(module: object, home: str) -> bool:
    """Return whether a module belongs to the package `home`, or to the user: to no package that was installed."""
    package = package_of(module)
    return package == home or not is_installed(package)


def package_of(module: object) -> str:
    """Return the top-level name of a module's name; "" if it has none."""
    return module.partition(".")[0] if isinstance(module, str) else ""


@cache
def is_installed(package: str) -> bool:
    """Return whether a package is Python's own, or lies where packages are installed."""
    if package in sys.stdlib_module_names or package not in sys.modules:
        return True
    module = sys.modules[package]
    place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    if place is None:  # in C if it has a spec; otherwise it was made while the program runs, as a notebook's __main__
        return module.__spec__ is not None
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(Path(place).is_relative_to(each) for each in {*installed, *site.getsitepackages()})
