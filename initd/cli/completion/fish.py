"""The script for fish."""

from __future__ import annotations

from initd.cli.completion import choices
from initd.cli.verb_table import DIRECTORY, VERBS, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.options import Option

_SCRIPT = """\
# Completion of initd for fish, made by `initd completion fish`.
function __initd_at
    # Where the cursor is: first (behind initd), options, command, or a verb.
    set -l words (commandline -opc)
    set -l at first
    set -l skip 0
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if test $at = first; and contains -- $word @verbs@
            set at $word
            continue
        else if test "$word" = --; or not string match -q -- '-*' "$word"
            echo command
            return
        else if contains -- $word @valued@
            set skip 1
        end
        test $at = first; and set at options
    end
    echo $at
end
function __initd_is
    contains -- (__initd_at) $argv
end
function __initd_roles
    initd --list-roles 2>/dev/null | string replace -r ' .*' ''
end
function __initd_rewrites
    set -l given (commandline -ct | string replace -r '^(--rewrite=|-r)' '')
    set -l incoming (string match -r '^[^:]*:' -- $given)
    if test -n "$incoming"
        printf '%s\\n' $incoming{0,@commas@}
    else
        printf '%s\\n' {@commas@}:
    end
end
complete -c initd -e
complete -c initd -f -n '__initd_is first options check' -a '(__fish_complete_command)'
complete -c initd -F -n '__initd_is command'
@lines@
"""

_DIRECTORIES = "(__fish_complete_directories)"
#: Where the options of a start may stand.
_STARTS = " ".join(("first options", *(verb.name for verb in VERBS if verb.options)))


def script() -> str:
    """What `initd completion fish` prints."""
    every = choices.EVERY
    lines = [_option(option) for option in every]
    lines += [line for verb in VERBS for line in _verb(verb)]
    parts = {
        "verbs": " ".join(verb.name for verb in VERBS),
        "valued": " ".join(flag for each in every if each.metavar for flag in each.flags),
        "commas": ",".join(choices.SIGNALS),
        "lines": "\n".join(lines),
    }
    text = _SCRIPT
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


def _option(option: Option) -> str:
    flags = [
        f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
    ]
    value = _value(choices.choices_of(option)) if option.metavar else ""
    return _line(_STARTS, f"{' '.join(flags)}{value}", option.help)


def _value(found: choices.Choices) -> str:
    if found.kind == choices.WORDS:
        return f" -x -a '{' '.join(found.words)}'"
    return {
        choices.FILES: " -r -F",
        choices.DIRECTORIES: f" -x -a '{_DIRECTORIES}'",
        choices.ROLES: " -x -a '(__initd_roles)'",
        choices.REWRITE: " -x -a '(__initd_rewrites)'",
    }.get(found.kind, " -x")


def _verb(verb: Verb) -> list[str]:
    lines = [_line("first", f"-f -a {verb.name}", verb.help)]
    for flag in verb.flags:
        found = choices.value_of(flag)
        value = _value(found) if found is not None else " -f"
        lines.append(_line(verb.name, f"-l {flag.name[2:]}{value}", flag.help))
    rest = choices.rest_of(verb)
    if verb.rest == DIRECTORY:
        lines.append(_line(verb.name, f"-f -a '{_DIRECTORIES}'", verb.rest))
    elif rest:
        lines.append(_line(verb.name, f"-f -a '{' '.join(rest)}'", verb.rest))
    elif not verb.options:
        lines.append(f"complete -c initd -f -n '__initd_is {verb.name}'")
    return lines


def _line(where: str, what: str, description: str) -> str:
    escaped = description.replace("\\", "\\\\").replace("'", "\\'")
    return f"complete -c initd -n '__initd_is {where}' {what} -d '{escaped}'"
