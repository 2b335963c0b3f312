"""What a configuration file gives, in the words of flags where there are flags."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.config.command_line import RawValue
    from initd.config.mistake import Mistake
    from initd.core.health.check import Check


class FileConfig(Value):
    """`command` is one RawValue a word; a single one whose words are to be split where
    `is_line`. `checks_from` says where the checks are."""

    options: Mapping[str, tuple[RawValue, ...]] = {}
    command: tuple[RawValue, ...] = ()
    is_line: bool = False
    environ: Mapping[str, str] = {}
    checks: tuple[Check, ...] = ()
    checks_from: str = ""
    profiles: tuple[Mapping[str, Any], ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def over(self, weaker: FileConfig) -> FileConfig:
        """Both: key by key, what this one says wins."""
        command = self if self.command else weaker
        checks = {each.name: each for each in (*weaker.checks, *self.checks)}
        return FileConfig(
            {**weaker.options, **self.options},
            command.command,
            command.is_line,
            {**weaker.environ, **self.environ},
            tuple(checks.values()),
            self.checks_from or weaker.checks_from,
            (*self.profiles, *weaker.profiles),
            (*self.mistakes, *weaker.mistakes),
        )
