"""Reads the app's secrets, in a process of its own that ends when it has handed them over.

A package that is loaded there alone; those of docstrings only, pid 1 makes in advance.
"""

from __future__ import annotations
