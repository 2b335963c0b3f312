"""Which library an error comes from, for whoever has to install another version of it.

Only where something has failed: what this imports is large. The wheel that is published has its
libraries within; what runs from sources uses those that are installed.
"""

from __future__ import annotations

import sys

_OURS, _DISTRIBUTION = "initd", "initd-runtime"


def library_at_fault(error: BaseException) -> dict[str, str]:
    """`library`: its name, its version and the one that initd needs; empty if none is at fault."""
    name = next(filter(_is_library, _suspects(error)), "")
    return {"library": _described(name)} if name else {}


def _suspects(error: BaseException) -> list[str]:
    """Top-level modules, the likeliest first: what could not be imported, what lacks an attribute,
    and where it happened, from the inside out."""
    found = []
    if isinstance(error, ImportError):
        found.append(error.name or "")
    elif isinstance(error, AttributeError):
        lacking = error.obj
        of_module = getattr(lacking, "__name__", "") if isinstance(lacking, type(sys)) else ""
        found.append(of_module or type(lacking).__module__)
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(str(trace.tb_frame.f_globals.get("__name__", "")))
        trace = trace.tb_next
    return [name.partition(".")[0] for name in (*found, *reversed(frames))]


def _is_library(name: str) -> bool:
    return name not in ("", _OURS, "__main__") and name not in sys.stdlib_module_names


def _described(name: str) -> str:
    """`h11 0.9.0, needed: >=0.14`."""
    distribution = name
    version = str(getattr(sys.modules.get(name), "__version__", ""))
    try:
        from importlib.metadata import packages_distributions, requires
        from importlib.metadata import version as version_of

        distribution = next(iter(packages_distributions().get(name, ())), name)
        needs = [need.partition(";")[0] for need in requires(_DISTRIBUTION) or ()]
        needed = next((need for need in needs if need.startswith(distribution)), "")
        version = version or version_of(distribution)
    except Exception:  # nothing is known of it, or of initd: less is said then
        needed = ""
    what = f"{distribution} {version}" if version else f"{distribution}, which is not installed"
    return f"{what}, needed: {needed.removeprefix(distribution)}" if needed else what
