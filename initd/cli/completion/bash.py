"""The script for bash, with or without the package bash-completion."""

from __future__ import annotations

from initd.cli.completion import choices
from initd.cli.verb_table import DIRECTORY, VERBS, Verb

_SCRIPT = r"""# Completion of initd for bash, made by `initd completion bash`.
_initd() {
    local word cur option= verb= command= glue= at=0
    local -a words=()
    # Bash breaks words at = and : as well; here they are whole.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ( -n $glue || $word == [=:]* ) && ${#words[@]} -gt 0 ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        [[ $word == *[=:] ]] && glue=1 || glue=
    done
    local last=$(( ${#words[@]} - 1 ))
    cur=${words[last]}
    while (( ++at < last )); do
        word=${words[at]}
        if (( at == 1 )) && [[ " @verbs@ " == *" $word "* ]]; then
            verb=$word
        elif [[ $word == -- || $word != -* ]]; then
            command=1
            break
        elif [[ " @valued@ " == *" $word "* ]]; then
            (( ++at == last )) && option=$word
        fi
    done
    [[ -z $command && $cur == --*=* ]] && option=${cur%%=*}
    # Replaced is what follows the last = or :.
    local tail=$cur
    [[ -n $option ]] && tail=${cur##*[=:]}
    COMPREPLY=()
    if [[ -n $command ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$cur"))
        return
    fi
    case $option in
@options@
        '') ;;
        *) return ;;
    esac
    case $verb in
@words@
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "@flags@" -- "$cur"))
    else
        [[ -z $verb ]] && (( last == 1 )) && COMPREPLY=($(compgen -W "@verbs@" -- "$cur"))
        [[ -n $cur ]] && COMPREPLY+=($(compgen -c -- "$cur"))
    fi
}
complete -F _initd initd
"""
_ROLES = '"$(initd --list-roles 2>/dev/null | while read -r role _; do echo "$role"; done)"'
_DIRECTORIES = """\
            if [[ $cur != -* ]]; then
                compopt -o filenames 2>/dev/null
                COMPREPLY=($(compgen -d -- "$cur"))
            fi
"""
_REWRITE = """\
            if [[ $cur == *:* ]]; then
                COMPREPLY=($(compgen -W "0 {signals}" -- "$tail"))
            else
                compopt -o nospace 2>/dev/null
                COMPREPLY=($(compgen -S : -W "{signals}" -- "$tail"))
            fi"""


def script() -> str:
    """What `initd completion bash` prints."""
    every = choices.EVERY
    parts = {
        "verbs": " ".join(verb.name for verb in VERBS),
        "valued": " ".join(flag for each in every if each.metavar for flag in each.flags),
        "options": "\n".join(_option_cases()),
        "words": "\n".join(_verb_case(verb) for verb in VERBS),
        # Last: the words of verbs name them.
        "flags": " ".join(flag for each in every for flag in each.flags),
    }
    text = _SCRIPT
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


def _option_cases() -> list[str]:
    cases = []
    for option in choices.EVERY:
        found = choices.choices_of(option) if option.metavar else choices.Choices(choices.FREE)
        if found.kind != choices.FREE:
            cases += [f"        {'|'.join(option.flags)})", _reply(found), "            return ;;"]
    return cases


def _reply(found: choices.Choices) -> str:
    if found.kind == choices.REWRITE:
        return _REWRITE.format(signals=" ".join(choices.SIGNALS))
    if found.kind in (choices.FILES, choices.DIRECTORIES):
        letter = "f" if found.kind == choices.FILES else "d"
        return (
            "            compopt -o filenames 2>/dev/null\n"
            f'            COMPREPLY=($(compgen -{letter} -- "$tail"))'
        )
    words = _ROLES if found.kind == choices.ROLES else f'"{" ".join(found.words)}"'
    return f'            COMPREPLY=($(compgen -W {words} -- "$tail"))'


def _verb_case(verb: Verb) -> str:
    words = [flag.name for flag in verb.flags]
    if verb.options:
        flags = (
            f'[[ $cur == -* ]] && COMPREPLY=($(compgen -W "{" ".join(words)} @flags@" -- "$cur"))'
        )
        return f"        {verb.name}) {flags}; [[ $cur == -* ]] && return ;;"
    words += choices.rest_of(verb)
    more = _DIRECTORIES if verb.rest == DIRECTORY else ""
    return (
        f"        {verb.name})\n"
        f'            COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$cur"))\n'
        f"{more}            return ;;"
    )
