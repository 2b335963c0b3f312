"""What becomes of signals, and how the app is stopped: from options, a profile, defaults."""

from __future__ import annotations

from initd.config.options import TARGETS
from initd.config.value_reader import DEFAULT
from initd.config.values import scalars
from initd.core.signals.known import is_unknown
from initd.core.signals.numbers import DROP, TERM, Rule, name_of, rewrite_of
from initd.core.signals.stop_plan import Step, plan_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from initd.config.value_reader import ValueReader
    from initd.core.emulation import Emulation
    from initd.core.signals.profile import Profile
    from initd.core.signals.stop_plan import Plan


class Stopping(Value, kw_only=True):
    """Fields as in Settings."""

    profile: Profile | None
    signal_map: dict[int, Rule]
    stop_signal: int
    stop_plan: Plan
    unfitted_plan: Plan
    grace: float | None
    drain: float
    #: How long the hook of a stop may take, in seconds, within the grace period.
    hook: float
    #: How long it may take to leave a registry, the same.
    leave: float
    target: str
    clean_codes: tuple[int, ...]
    transparent: bool
    suggested_profile: Profile | None
    leftovers: Plan | None
    behind: str
    adapts: bool
    own_profiles: tuple[Mapping[str, Any], ...]


class StoppingReader:
    """`own_profiles` are those of the configuration file; `environ` is what the conditions
    of profiles are about; `hook` is how long the hook of a stop may take, in seconds, and `leave`
    how long the registry may."""

    def __init__(
        self,
        values: ValueReader,
        emulation: Emulation,
        own_profiles: Sequence[Mapping[str, Any]],
        command: tuple[str, ...],
        environ: Mapping[str, str],
        hook: float = 0.0,
        leave: float = 0.0,
    ) -> None:
        self.values = values
        self.origins = values.origins
        self.emulation = emulation
        self.own_profiles = own_profiles
        self.command = command
        self.environ = environ
        self.hook = hook
        self.leave = leave

    def stopping(self) -> Stopping:
        """All of it."""
        profile = self.profile()
        signal_map = self.signal_map()
        stop_signal = self.values.value("stop_signal", scalars.stop_signal, TERM)
        unfitted = self.stop_plan(signal_map, stop_signal, profile)
        grace = self.values.value("grace", scalars.seconds, None)
        hook, drain, leave = self.lead(grace)
        stop_plan = unfitted
        if grace is not None:
            stop_plan = self.fitted(unfitted, grace, profile, hook + drain + leave)
        is_own = bool(hook or drain or leave) or self.values.last("stop_plan") is not None
        transparent = self.emulation.transparent and profile is None and not is_own
        return Stopping(
            profile=profile,
            signal_map=signal_map,
            stop_signal=stop_signal,
            stop_plan=stop_plan,
            unfitted_plan=unfitted,
            grace=grace,
            drain=drain,
            hook=hook,
            leave=leave,
            target=self.target(profile),
            clean_codes=self.clean_codes(profile),
            transparent=transparent,
            suggested_profile=self.suggested(stop_plan[0].signal) if transparent else None,
            leftovers=self.values.value("leftovers", plan_of, None),
            behind=self.behind(profile),
            adapts=not transparent and stop_signal not in signal_map and self.adapts(profile),
            own_profiles=tuple(self.own_profiles),
        )

    def profile(self) -> Profile | None:
        """The profile that is named, or the one that the command is recognised by."""
        raw = self.values.last("profile")
        if raw is None and self.emulation.transparent:
            self.origins["profile"] = DEFAULT
            return None
        if raw is None or raw.text == scalars.RECOGNISED:
            found = self.recognised()
            self.origins["profile"] = found.because if found is not None else DEFAULT
            return found
        self.origins["profile"] = raw.source
        if raw.text == scalars.NO_PROFILE:
            return None
        from initd.core.signals.profile import known_row, profile_of

        own = [row for row in self.own_profiles if row["name"] == raw.text]
        row = own[0] if own else known_row(raw.text)
        if row is not None:
            return profile_of(row, self.command, self.environ, raw.source)
        from initd.core.signals.profile_rows import NAMES

        names = (*(row["name"] for row in self.own_profiles), *NAMES.split())
        self.values.refuse(raw.source, scalars.unknown_profile(raw.text, names))
        return None

    def recognised(self) -> Profile | None:
        """The profile of the program that the command line runs. Imported where it may have one."""
        if not self.own_profiles and is_unknown(self.command):
            return None
        from initd.core.signals.profile import recognise

        return recognise(self.own_profiles, self.command, self.environ)

    def suggested(self, first_signal: int) -> Profile | None:
        """A profile that is not in force because nobody has asked for one, where it would
        begin a stop with another signal than `first_signal`."""
        if self.values.last("profile") is not None:
            return None
        found = self.recognised()
        return (
            found if found is not None and plan_of(found.stop)[0].signal != first_signal else None
        )

    def behind(self, profile: Profile | None) -> str:
        """What stands in front of the program, as far as the command line shows it."""
        if profile is not None and profile.is_wrapper:
            return profile.name
        if is_unknown(self.command):
            return ""
        from initd.core.signals.unwrap import in_front

        return in_front(self.command)

    def adapts(self, profile: Profile | None) -> bool:
        """Whether nobody has said how to stop, and the command line does not tell."""
        by_whom = self.values.last("profile"), self.values.last("stop_plan")
        unknown = profile is None or profile.is_wrapper
        return unknown and by_whom == (None, None)

    def signal_map(self) -> dict[int, Rule]:
        """The emulation's rewrites, and those of --rewrite over them."""
        rules = {
            number: Rule(out, self.emulation.name)
            for number, out in self.emulation.rewrites.items()
        }
        for raw in self.values.line.options.get("rewrite", ()):
            rewrite = self.values.attempt(raw, rewrite_of, None)
            if rewrite is not None:
                rules[rewrite[0]] = Rule(rewrite[1], raw.source)
        return rules

    def stop_plan(
        self, signal_map: Mapping[int, Rule], stop_signal: int, profile: Profile | None
    ) -> Plan:
        """A rewrite of the stop signal is a plan of one step. It wins over --stop-plan from a
        weaker source, as it is about just this signal."""
        rule = signal_map.get(stop_signal)
        raw = self.values.last("stop_plan")
        if rule is not None and raw is not None:
            if _strength(rule.source) == _strength(raw.source):
                what = (
                    f"sets what {name_of(stop_signal)} does, and so does {raw.source}:"
                    " keep one of them"
                )
                self.values.refuse(rule.source, what)
            if _strength(rule.source) > _strength(raw.source):
                raw = None
        if raw is not None:
            return self.values.value("stop_plan", plan_of, (Step(stop_signal),))
        if rule is not None and rule.out != DROP:
            self.origins["stop_plan"] = rule.source
            return (Step(rule.out),)
        if profile is not None:
            self.origins["stop_plan"] = f"profile {profile.name}"
            return plan_of(profile.stop)
        self.origins["stop_plan"] = DEFAULT
        return (Step(stop_signal),)

    def lead(self, grace: float | None) -> tuple[float, float, float]:
        """The seconds for what comes before the first step, within the grace period: the hook's,
        the drain's, the registry's."""
        asked = self.values.value("drain", scalars.seconds, 0.0)
        if grace is None or not (asked or self.hook or self.leave):
            return self.hook, asked, self.leave
        from initd.core.signals.fit import lead_within

        hook, drain, leave = lead_within(grace, self.hook, asked, self.leave)
        if drain != asked:
            source, limit = self.origins["drain"], self.origins["grace"]
            self.origins["drain"] = f"{source}, {asked:g} s fitted into {limit}"
        return hook, drain, leave

    def fitted(self, plan: Plan, grace: float, profile: Profile | None, lead: float) -> Plan:
        """The plan within the grace period. A plan of the user's gets no signal that is not in
        it."""
        from initd.core.signals.fit import fit

        source = self.origins["stop_plan"]
        of_profile = profile is not None and source == f"profile {profile.name}"
        hurry = plan_of(profile.hurry) if of_profile and profile and profile.hurry else ()
        self.origins["stop_plan"] = f"{source}, fitted into {self.origins['grace']}"
        return fit(plan, grace, hurry, lead)

    def target(self, profile: Profile | None) -> str:
        """An option's word, else the profile's."""
        target = self.values.value("target", scalars.one_of("target", TARGETS), TARGETS[0])
        if self.origins["target"] == DEFAULT and profile is not None:
            self.origins["target"] = f"profile {profile.name}"
            return profile.target
        return target

    def clean_codes(self, profile: Profile | None) -> tuple[int, ...]:
        """The profile's, and those of --clean-code."""
        read = scalars.number_in("exit code", 0, 255)
        given = [self.values.attempt(raw, read, None) for raw in self.values.all("clean_code")]
        codes = (*(profile.clean if profile is not None else ()), *given)
        return tuple(dict.fromkeys(code for code in codes if code is not None))


def _strength(source: str) -> int:
    """A flag wins over a variable, and a variable over a file."""
    if source.startswith("-"):
        return 2
    return 1 if source.startswith("INITD_") else 0
