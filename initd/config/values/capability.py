"""--cap-drop and --cap-keep: capabilities by the names of capabilities(7), as a mask."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.config.command_line import RawValue
    from initd.config.value_reader import ValueReader

#: In the order of their numbers, linux/capability.h.
NAMES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP"
    " LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER"
    " SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE"
    " SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP"
    " MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF"
    " CHECKPOINT_RESTORE"
).split()
#: Including those that a later kernel may have.
ALL = 2**64 - 1


def mask_of(text: str) -> int:
    """`NET_RAW`, `cap_net_raw` or `ALL` as a mask. Raises ValueError."""
    name = text.strip().upper().removeprefix("CAP_")
    if name == "ALL":
        return ALL
    if name not in NAMES:
        raise ValueError(f"unknown capability {text!r}{_nearest(name)}")
    return 1 << NAMES.index(name)


def bit_of(text: str) -> int:
    """One capability as a mask; ALL is refused. Raises ValueError."""
    mask = mask_of(text)
    if mask == ALL:
        raise ValueError(f"{text!r} would undo --cap-drop ALL: name each capability to keep")
    return mask


def names_in(mask: int) -> list[str]:
    """The names of a mask's capabilities; those without a name are left out."""
    return [name for number, name in enumerate(NAMES) if mask >> number & 1]


def _nearest(name: str) -> str:
    from initd.core.nearest import did_you_mean

    return f": {did_you_mean(name, [*NAMES, 'ALL']) or 'use a name such as NET_RAW, or ALL'}"


def read_capabilities(
    values: ValueReader, drops: Sequence[RawValue], keeps: Sequence[RawValue]
) -> tuple[int, str]:
    """Those to drop as a mask, and as somebody wrote them."""
    mistakes_before = len(values.mistakes)
    dropped = kept = 0
    for raw in drops:
        dropped |= values.attempt(raw, mask_of, 0)
    for raw in keeps:
        kept |= values.attempt(raw, bit_of, 0)
    if keeps and dropped != ALL and len(values.mistakes) == mistakes_before:
        values.refuse(keeps[-1].source, "has no effect without --cap-drop ALL")
    text = ", ".join(raw.text for raw in drops)
    if keeps:
        text += f" except {', '.join(raw.text for raw in keeps)}"
    return dropped & ~kept, text
