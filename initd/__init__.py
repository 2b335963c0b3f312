"""initd: the init and supervision runtime for thin containers."""

__version__ = "0.1.0"
