"""The script for zsh, by its _arguments."""

from __future__ import annotations

from initd.cli.completion import choices
from initd.cli.verb_table import DIRECTORY, VERBS, Flag, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.config.options import Option

_SCRIPT = """\
#compdef initd
# Completion of initd for zsh, made by `initd completion zsh`.
_initd_roles() {
    local -a roles
    roles=(${${(f)"$(initd --list-roles 2>/dev/null)"}%% *})
    compadd -a roles
}
_initd_rewrite() {
    if compset -P '*:'; then
        compadd 0 @signals@
    else
        compadd -S : @signals@
    fi
}
_initd() {
    local -a options verbs
    options=(
@options@
    )
    verbs=(
@verbs@
    )
    if (( CURRENT > 2 )); then
        case $words[2] in
@cases@
        esac
    elif [[ $words[2] != -* ]]; then
        _describe -t verbs verb verbs
    fi
    _arguments -s -S : $options '(-)1:command: _command_names -e' '*::arguments: _normal'
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _initd "$@"
else
    compdef _initd initd
fi
"""


def script() -> str:
    """What `initd completion zsh` prints."""
    parts = {
        "signals": " ".join(choices.SIGNALS),
        "options": "\n".join(f"        {spec}" for each in choices.EVERY for spec in _specs(each)),
        "verbs": "\n".join(f"        {_quoted(f'{verb.name}:{verb.help}')}" for verb in VERBS),
        "cases": "\n".join(map(_case, VERBS)),
    }
    text = _SCRIPT
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


def _specs(option: Option) -> list[str]:
    repeatable = "*" if option.kind in ("list", "lines") or option.name == "verbose" else ""
    found = []
    for flag in option.flags:
        joined = "=" if option.metavar and flag.startswith("--") else "+" if option.metavar else ""
        spec = f"{repeatable}{flag}{joined}[{_escaped(option.help)}]"
        if option.metavar:
            spec += f":{_escaped(option.metavar)}:{_action(choices.choices_of(option))}"
        found.append(_quoted(spec))
    return found


def _action(found: choices.Choices) -> str:
    if found.kind == choices.WORDS:
        return f"({' '.join(word.replace('=', chr(92) + '=') for word in found.words)})"
    return {
        choices.FILES: "_files",
        choices.DIRECTORIES: "_files -/",
        choices.ROLES: "_initd_roles",
        choices.REWRITE: "_initd_rewrite",
    }.get(found.kind, " ")


def _case(verb: Verb) -> str:
    own = [_flag(flag) for flag in verb.flags]
    shift = "shift words; (( CURRENT-- ))"
    if verb.options:
        return f"            {verb.name}) {shift}; options+=({' '.join(own)}) ;;"
    rest = choices.rest_of(verb)
    if verb.rest == DIRECTORY:
        own.append(_quoted(f"1:{verb.rest}:_files -/"))
    elif rest:
        own.append(_quoted(f"1:{verb.rest.replace('|', ' ')}:({' '.join(rest)})"))
    return f"            {verb.name}) {shift}; _arguments : {' '.join(own)}; return ;;"


def _flag(flag: Flag) -> str:
    found = choices.value_of(flag)
    if found is None:
        return _quoted(f"{flag.name}[{_escaped(flag.help)}]")
    repeatable = "*" if flag.repeatable else ""
    return _quoted(f"{repeatable}{flag.name}=[{_escaped(flag.help)}]:value:{_action(found)}")


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "[]:\\" else char for char in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
