"""What a configuration file says: as the text of options where there are options."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.config.command_line import RawValue
    from initd.config.mistake import Mistake
    from initd.core.health.check import Check
    from initd.core.life.hook import Hook


class FileConfig(Value, kw_only=True):
    """`command` is one RawValue a word, or a single one to be split into words where
    `is_line`. `checks_from` is the place of the checks in the file, `hooks_from` that of
    the hooks."""

    options: Mapping[str, tuple[RawValue, ...]] = {}
    command: tuple[RawValue, ...] = ()
    is_line: bool = False
    environ: Mapping[str, str] = {}
    checks: tuple[Check, ...] = ()
    checks_from: str = ""
    hooks: tuple[Hook, ...] = ()
    hooks_from: str = ""
    profiles: tuple[Mapping[str, Any], ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def over(self, weaker: FileConfig) -> FileConfig:
        """Both together: key by key, this one wins over the `weaker` one."""
        command = self if self.command else weaker
        checks = {each.name: each for each in (*weaker.checks, *self.checks)}
        hooks = {each.moment: each for each in (*weaker.hooks, *self.hooks)}
        return FileConfig(
            options={**weaker.options, **self.options},
            command=command.command,
            is_line=command.is_line,
            environ={**weaker.environ, **self.environ},
            checks=tuple(checks.values()),
            checks_from=self.checks_from or weaker.checks_from,
            hooks=tuple(hooks.values()),
            hooks_from=self.hooks_from or weaker.hooks_from,
            profiles=(*self.profiles, *weaker.profiles),
            mistakes=(*self.mistakes, *weaker.mistakes),
        )
