"""Writes what the docs have from the code: docs/initd.1, docs/profiles.md, a table in
docs/reference.md, the diagram in docs/design.md.

`make docs` runs it; tests/unit/test_reference_md.py, test_man_page.py and test_profiles_md.py
say when to.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from initd import __version__
from initd.cli.verb_table import VERBS, Flag
from initd.config.options import IMMEDIATE, OPTIONS, Option
from initd.core.life.transitions import diagram

DOCS = Path(__file__).parent
MAN_PAGE = DOCS / "initd.1"
REFERENCE = DOCS / "reference.md"
PROFILES = DOCS / "profiles.md"
DESIGN = DOCS / "design.md"
#: Where the diagram of the states stands.
FENCE = "```mermaid\n"
BEGIN = "<!-- made by docs/generate.py -->\n"
END = "<!-- end of what is made -->\n"

_EXIT_CODES = (
    ("the app's own", "It ended by itself or by a stop; its profile's clean codes become 0."),
    ("128+N", "The app died of signal N, or a stop came while no app could be started."),
    ("1", "\\-\\-on\\-unhealthy stop ended an app that itself ended with 0."),
    ("125", "A mistake in options or configuration; one line per mistake, nothing was started."),
    ("126", "COMMAND cannot be executed."),
    ("127", "COMMAND was not found."),
)
_FILES = (
    ("/container/initd.toml, /etc/initd.toml", "Configuration; the first wins over the second."),
    ("/container/roles.json", "Role to command line, for \\-\\-role."),
    ("/run/initd/control.sock", "The control socket, mode 0600; or at the next writable place."),
    ("/run/initd/hostname", "The app's host name, if one is preloaded."),
    ("/app/REVISION", "Its first 4 KiB are shown as the revision."),
)
_DESCRIPTION = """\
.B initd
runs COMMAND as the app of a container. initd is pid 1; the app's parent is a small shim.
It reaps orphans, forwards signals, translates the stop signal into the one on which the
program ends gracefully, restarts the app if you want, answers health checks, and
ends with the app's exit code.
.PP
Options end at the first word that does not begin with a dash, or at
.BR \\-\\- .
A verb counts only as the very first word.
Every option has a variable,
.B INITD_
and the option's name.
A flag wins over its variable, a variable over a configuration file, a file over a profile,
a profile over the default.
.B initd check
shows the result, and what would happen on each signal.
.PP
Signals are written TERM, SIGTERM, 15, RTMIN+3 or RTMAX\\-1. RTMIN is 34.
.PP
Called by the name tini, tini\\-static, docker\\-init, dumb\\-init or catatonit, or with
.B \\-\\-as
and that name before all other words, initd takes the flags and variables of that program
and behaves like it. Of their flags it also takes under its own name
.B \\-g
for \\-\\-target group,
.B \\-c
and
.B \\-\\-single\\-child
for \\-\\-target process, and
.BR \\-s ,
which changes nothing."""
_EXAMPLES = """\
In a Dockerfile, so that the image's command stays as it is, and starts before Python does:
.PP
.nf
    ENTRYPOINT ["initd", "\\-\\-"]
    CMD ["unicorn"]
    RUN initd compile \\-\\- unicorn
    HEALTHCHECK CMD ["initd", "health"]
.fi
.PP
What would a stop do to this command?
.PP
.nf
    initd check \\-\\-stop\\-plan "QUIT:20 TERM:5 KILL" \\-\\- unicorn \\-c unicorn.rb
.fi"""


# ---- the man page -------------------------------------------------------------------


def man_page() -> str:
    """docs/initd.1, in the macros of man(7)."""
    calls = [r".B initd", r"[\fIoptions\fR] [\fB\-\-\fR] \fICOMMAND\fR [\fIARG\fR...]"]
    for verb in VERBS:
        calls += [".br", rf"\fBinitd\fR {_roff(verb.synopsis.removeprefix('initd '))}"]
    parts = {
        "NAME": r"initd \- the init and supervision runtime for thin containers",
        "SYNOPSIS": "\n".join(calls),
        "DESCRIPTION": _DESCRIPTION,
        "OPTIONS": "\n".join(_man_option(option) for option in (*OPTIONS, *IMMEDIATE)),
        "VERBS": "\n".join(
            _item(verb.name, _sentence(verb.help) + _flags_of(verb.flags)) for verb in VERBS
        ),
        "EXIT STATUS": "\n".join(_item(code, text) for code, text in _EXIT_CODES),
        "FILES": "\n".join(_item(path, text) for path, text in _FILES),
        "EXAMPLES": _EXAMPLES,
        "SEE ALSO": ".BR signal (7),\n.BR pid_namespaces (7),\n.BR tini (1)",
    }
    head = f'.\\" Made by docs/generate.py.\n.TH INITD 1 "" "initd {__version__}" "User Commands"\n'
    return head + "".join(f".SH {name}\n{text}\n" for name, text in parts.items())


def _man_option(option: Option) -> str:
    value = rf" \fI{_roff(option.metavar)}\fR" if option.metavar else ""
    flags = ", ".join(rf"\fB{_roff(flag)}\fR{value}" for flag in option.flags)
    variable = "" if option in IMMEDIATE else f"\nVariable: {option.variable}."
    return f".TP\n{flags}\n{_sentence(option.help)}{variable}"


def _flags_of(flags: tuple[Flag, ...]) -> str:
    rows = [f"\n.RS\n{_item(flag.name, _sentence(flag.help))}\n.RE" for flag in flags]
    return "".join(rows)


def _item(name: str, text: str) -> str:
    return f".TP\n.B {_roff(name)}\n{text}"


def _sentence(text: str) -> str:
    return _roff(text[0].upper() + text[1:]) + "."


def _roff(text: str) -> str:
    """A line may begin neither with a dot nor with a quote: those are requests."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return escaped if escaped[:1] != "." else "\\&" + escaped


# ---- the reference ------------------------------------------------------------------


def option_table() -> str:
    """A row for each option, in Markdown."""
    rows = [_table_row(option) for option in (*OPTIONS, *IMMEDIATE)]
    return "\n".join(["| option | variable | meaning |", "|---|---|---|", *rows, ""])


def _table_row(option: Option) -> str:
    short = "".join(f"`{flag}`, " for flag in option.flags[:-1])
    long = f"`{option.flags[-1]} {option.metavar}`".replace(" `", "`").replace("|", "\\|")
    variable = "" if option in IMMEDIATE else f"`{option.variable}`"
    return f"| {short}{long} | {variable} | {option.help.replace('|', chr(92) + '|')} |"


def with_table(text: str) -> str:
    """The reference with the table of now between its marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{option_table()}{END}{rest.partition(END)[2]}"


def with_diagram(text: str) -> str:
    """The design page with the diagram of the states of now."""
    before, fence, rest = text.partition(FENCE)
    return f"{before}{fence}{diagram()}\n{rest[rest.index('```') :]}"


# ---- the profiles -------------------------------------------------------------------

_SIGNALS = ("quick", "reload", "reopen", "quiet")


def profiles_page() -> str:
    """docs/profiles.md, from initd/profiles."""
    parts = [PROFILES_HEAD.replace("@THROUGH@", _through())]
    for name, title in _SUBJECTS.items():
        path = DOCS.parent / "initd" / "profiles" / f"{name}.toml"
        rows = tomllib.loads(path.read_text())
        parts.append(f"\n## {title}\n\n{PROFILES_COLUMNS}")
        parts += [_profile_row(name, facts) for name, facts in rows.items()]
    return "".join(parts)


#: The files of initd/profiles, in the order of the page.
_SUBJECTS = {
    "web": "Web servers and proxies",
    "apps": "Application servers",
    "node": "Node, Bun and Deno",
    "java": "The JVM",
    "workers": "Workers and queues of jobs",
    "data": "Databases, caches, queues and metrics",
    "system": "Names, mail, logs and the rest of a machine",
    "wrappers": "Wrappers and supervisors",
}


def _profile_row(name: str, facts: dict[str, Any]) -> str:
    plan = _plan(facts)
    for when in facts.get("when", ()):
        plan += f"; {_plan({**facts, **when}, when)} {_condition(when)}"
    others = [f"{what} {facts[what]}" for what in _SIGNALS if what in facts]
    others += [f"hurry {facts['hurry']}"] if "hurry" in facts else []
    others += [f"no stop on {' or '.join(facts['survives'])}"] if "survives" in facts else []
    others += [f"{code} is 0" for code in facts.get("clean", ())]
    bare = [facts["bare"]] if "bare" in facts else []
    for warning in facts.get("warn", ()):
        asked = _condition(warning)
        bare.append(f"**{asked + ': ' if asked else ''}{warning['text']}**")
    tried, measured = facts.get("verified", ""), facts.get("measured", "")
    cells = (name, plan, ", ".join(others), "; ".join(bare), measured, tried, facts["source"])
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _plan(facts: dict[str, Any], changed: dict[str, Any] | None = None) -> str:
    if facts.get("wrapper") and changed is None:
        return f"`{facts['stop']}` to the program below"
    plan = f"`{facts['stop']}`"
    if facts.get("target", "process") != "process":
        plan += f" to {facts['target']}"
    if changed is not None and "clean" in changed:
        plan += f", {' and '.join(map(str, changed['clean']))} is 0,"
    return plan


def _condition(condition: dict[str, Any]) -> str:
    words = []
    for key, joined in _CONDITIONS.items():
        if key in condition:
            value = condition[key]
            texts = (value,) if isinstance(value, str) else value
            preposition = "without" if key.startswith("no_") else "with"
            words.append(f"{preposition} {joined.join(f'`{text}`' for text in texts)}")
    return ", ".join(words)


_CONDITIONS = {"env": " and ", "no_env": " or ", "argument": " or ", "no_argument": " or "}

PROFILES_COLUMNS = """\
| program | stop plan | other signals | TERM alone; **warnings** | measured | verified | source |
|---|---|---|---|---|---|---|
"""
PROFILES_HEAD = """\
# Profiles

How programs stop: what `docker stop` does when initd recognises the command, and which other
signals the program knows. `initd profiles NAME` shows the same; `initd check -- COMMAND` shows
what is recognised and why. If no profile fits, TERM is sent as TERM. `--profile none` turns
profiles off, and a table in [initd.toml](configuration.md) adds your own:

    [profiles.our-server]
    match = ["our-server", "python *our_server*"]
    stop = "INT:20 TERM"

**verified**: CI stops the real program of that version, as Debian or PyPI has it, while it works:
by its plan, and by TERM alone where that is something else; each also behind `sh -c`, whose shell
stays in front of it (tests/programs).
**measured**: what was seen of that version, with work in flight, when the row was written: the
exit code, and whether the work was finished. The other rows follow their source. This page is
generated from initd/profiles.

## What is looked through

@THROUGH@

Of a shell's commands the program is the last, the first of its pipeline, or what `wait` waits for.
bash becomes its last command, Debian's sh forks. A shell with a `trap` is left alone.
What starts its program again when it has ended (`nodemon`, `pm2-runtime`, `watchmedo`) gets the
signal itself.
"""
#: What stands in front of a program, by what becomes of it.
_THROUGH = {
    "the same process": (
        "python, python -m, ruby, perl, coverage run, memray run, viztracer, pyinstrument,"
        " python -m debugpy, ts-node"
    ),
    "becomes the program": (
        "env, exec, nice, ionice, chrt, taskset, numactl, prlimit, nohup, stdbuf, setpriv, chpst,"
        " gosu, su-exec, s6-setuidgid, envdir, fixuid, bundle exec, rbenv exec, pyenv exec,"
        " asdf exec, mise exec, poetry run, pipenv run, dotenv run (Python's), ddtrace-run,"
        " opentelemetry-instrument, newrelic-admin run-program, chamber exec, wait-for-it"
    ),
    "stays in front of it, or may": (
        "tini, dumb-init, time, timeout, flock, sudo, su, runuser, strace, uv run, pdm run,"
        " hatch run, conda run, npx, npm exec, pnpm exec, cross-env, env-cmd, dotenv (Node's),"
        " tsx, dockerize, doppler run, an image's ...entrypoint.sh"
    ),
    "a shell's -c": (
        "VAR=value exec program, cd x && exec program, set -e; migrate; program,"
        " program \\| tee log, program & wait"
    ),
}


def _through() -> str:
    rows = (
        f"| {how} | {', '.join(f'`{each.strip()}`' for each in names.split(','))} |"
        for how, names in _THROUGH.items()
    )
    return "\n".join(("| what becomes of it | |", "|---|---|", *rows))


if __name__ == "__main__":
    PROFILES.write_text(profiles_page())
    if MAN_PAGE.read_text() != man_page():  # a touched one would mean a new build of the wheel
        MAN_PAGE.write_text(man_page())
    REFERENCE.write_text(with_table(REFERENCE.read_text()))
    DESIGN.write_text(with_diagram(DESIGN.read_text()))
