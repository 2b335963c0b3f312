"""A run of all kinds with so many seeds, and its figures."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from markdown import aligned

from .box import ALL, Refused, Trial
from .kinds import Kind

#: Containers at once: they mostly wait.
AT_ONCE = int(os.environ.get("TESTS_CAMPAIGN_AT_ONCE", "2"))


class Failed(NamedTuple):
    """What to say of it, and how to have it again."""

    kind: str
    init: str
    seed: int
    why: BaseException

    def __str__(self) -> str:
        again = f"make campaign SEEDS=1 FIRST={self.seed} KINDS={self.kind}"
        notes = "".join(f"\n    {note}" for note in getattr(self.why, "__notes__", ()))
        kind = type(self.why).__name__
        return f"{self.kind}, {self.init}, seed {self.seed}: {kind}: {self.why}{notes}\n    {again}"


class Campaign:
    """What was tried, and what came of it."""

    def __init__(self, kinds: Sequence[Kind], folder: Path, programs: Path) -> None:
        self.kinds, self.folder, self.programs = kinds, folder, programs
        self.tried: Counter[tuple[str, str]] = Counter()
        self.survived: Counter[tuple[str, str]] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self.units: Counter[str] = Counter()
        self.failed: list[Failed] = []
        self.lock = Lock()

    def run(self, seeds: Sequence[int], tell: Callable[[str], None]) -> None:
        """All kinds with each seed; `tell` hears of each failure, and how far it is."""
        jobs = [(seed, kind, init) for seed in seeds for kind in self.kinds for init in kind.inits]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for failed in pool.map(lambda job: self._try(*job), jobs):
                if failed is not None:
                    tell(str(failed))
        tell(f"seed {seeds[-1]}: {self.tried.total():,} trials")

    def _try(self, seed: int, kind: Kind, init: str) -> Failed | None:
        key = (kind.name, init)
        trial = Trial(init=init, seed=seed, folder=self.folder / kind.name, programs=self.programs)
        trial.folder.mkdir(exist_ok=True)
        with self.lock:
            self.tried[key] += 1
        try:
            # The same for each init, whatever their turn.
            count = kind.attempt(trial, random.Random(f"{kind.name} {seed}"))
            with self.lock:
                self.units[kind.name] += count
                self.survived[key] += 1
        except Exception as why:  # whatever it is, it is told with its seed
            if isinstance(why, Refused) and kind.may_refuse:
                with self.lock:
                    self.refused[key] += 1
                return None
            failed = Failed(kind.name, init, seed, why)
            self.failed.append(failed)
            return failed
        return None

    def failed_of_initd(self) -> list[Failed]:
        """What initd has not survived: the others' failures are figures."""
        return [each for each in self.failed if each.init.startswith("initd")]

    def table(self) -> str:
        """Survived of tried, for each kind and init."""
        heads = ["what", "in all", *ALL]
        return aligned([heads, *(self._row(kind) for kind in self.kinds)], names=1)

    def _row(self, kind: Kind) -> list[str]:
        cells = [self._cell((kind.name, init)) for init in ALL]
        return [kind.what, f"{self.units[kind.name]:,} {kind.units}", *cells]

    def _cell(self, key: tuple[str, str]) -> str:
        if not self.tried[key]:
            return "-"
        refused = f", {self.refused[key]} refused" if self.refused[key] else ""
        return f"{self.survived[key]} of {self.tried[key] - self.refused[key]}{refused}"
