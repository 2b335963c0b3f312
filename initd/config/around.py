"""What is around the app: hooks, and the registry that it is entered in."""

from __future__ import annotations

from initd.config.command_line import RawValue
from initd.config.value_reader import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.toml.file_config import FileConfig
    from initd.config.value_reader import ValueReader
    from initd.core.life.hook import Hook
    from initd.core.registry.place import Register, Watch


class AroundReader:
    """`file` is what a configuration file says beside options."""

    def __init__(self, values: ValueReader, file: FileConfig) -> None:
        self.values = values
        self.origins = values.origins
        self.file = file

    def hooks(self) -> tuple[Hook, ...]:
        """Those of --hook; where there is none, the configuration file's."""
        raws = self.values.all("hook")
        if not raws:
            self.origins["hook"] = self.file.hooks_from or DEFAULT
        if not raws and not self.file.hooks:
            return ()
        from initd.config.values.hook import account_of, mistakes_among, read_hook

        found = [self.values.attempt(raw, read_hook, None) for raw in raws] or self.file.hooks
        hooks = tuple(hook for hook in found if hook is not None)
        source = self.origins["hook"]
        for sentence in mistakes_among(hooks):
            self.values.refuse(source, sentence)
        return tuple(
            self.values.attempt(RawValue(hook.user, source), account_of(hook), hook)
            for hook in hooks
        )

    def register(self) -> Register | None:
        """Where the app is entered: the last one that was given."""
        if not self.values.all("register"):
            return None
        from initd.config.values.registry import read_register

        return self.values.value("register", read_register, None)

    def watches(self) -> tuple[Watch, ...]:
        """Of what else the registry has."""
        raws = self.values.all("watch")
        if not raws:
            return ()
        from initd.config.values.registry import mistakes_among, read_watch

        found = [self.values.attempt(raw, read_watch, None) for raw in raws]
        watches = tuple(watch for watch in found if watch is not None)
        for sentence in mistakes_among(watches):
            self.values.refuse(self.origins["watch"], sentence)
        return watches
