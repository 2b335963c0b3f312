"""initd is one file that needs no Python; this package finds it. `python -m initd` runs it.

Any Python 3 can run these lines, as pip installs the wheel with any."""

import os


def find_initd_bin():  # type: () -> str
    """The path of the file. Raises FileNotFoundError."""
    site_packages = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # PREFIX/bin, as this is PREFIX/lib/python3.N/site-packages; and where `pip install --target`
    # puts it.
    places = [os.path.join(site_packages, *[os.pardir] * 3), site_packages]
    for place in places:
        path = os.path.normpath(os.path.join(place, "bin", "initd"))
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        "bin/initd is neither in %s nor in %s" % tuple(map(os.path.normpath, places))  # noqa: UP031
    )
