"""What the supervisor decides by, from what was configured."""

from __future__ import annotations

from initd.core.life.policy import AimPolicy, Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life.upward_policy import UpwardPolicy
    from initd.core.settings import Settings
    from initd.core.start.spawn_spec import SpawnSpec


def policy_of(
    settings: Settings,
    spec: SpawnSpec,
    upward: UpwardPolicy | None,
    job_control: bool,
    keeps_terminal: bool,
) -> Policy:
    """For one life of init: `job_control` and `keeps_terminal` as in SignalPolicy."""
    return Policy(
        command=settings.shown_command,
        signals=settings.signal_policy(job_control, keeps_terminal),
        stop_plan=settings.stop_plan,
        clean_codes=settings.clean_codes,
        grace=settings.grace,
        drain=settings.drain,
        leave=settings.leave,
        registers=settings.register is not None,
        watches={watch.name: watch.signal for watch in settings.watches},
        hooks=settings.hooks,
        aim=_aim(settings),
        leftovers=settings.leftovers,
        profile=settings.profile.name if settings.profile is not None else None,
        program=_program(settings),
        pid_file=settings.pid_file,
        restart=settings.restart,
        on_unhealthy=settings.on_unhealthy,
        checks=settings.checks,
        monitor=settings.monitored,
        notify=settings.notify,
        upward=upward,
        lets_go=bool(spec.inherited) and not spec.keeps_inherited,
        asked=settings.asked_of_kernel(),
        warn_reaped=settings.warn_reaped,
        leaves_note=settings.termination_log is not None,
        reload=settings.secrets.reload if settings.secrets is not None else None,
        emulation=settings.emulation,
    )


def _program(settings: Settings) -> tuple[str, ...]:
    """How the profile recognises it. Standing in for another init, initd follows nobody unasked."""
    if settings.profile is None or settings.emulation.is_peer:
        return ()
    return tuple(settings.profile.facts.get("match", ()))


def _aim(settings: Settings) -> AimPolicy | None:
    if not settings.looks:
        return None
    profile = settings.profile
    has_program = profile is not None and not profile.is_wrapper
    return AimPolicy(
        behind=settings.behind,
        match=tuple(profile.facts.get("match", ())) if profile is not None and has_program else (),
        adapts=settings.adapts,
        own=settings.own_profiles if settings.adapts else (),
    )
