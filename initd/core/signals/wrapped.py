"""What stands behind a wrapper: the words of the command line that it runs, and how it gets there.

Imported where a command line begins with something that may have another program behind it.
"""

from __future__ import annotations

from initd.core.signals.known import BEHIND, BY_EXEC, DIRECTLY, PERHAPS_BEHIND, base

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: The words within, how they are reached from those around them.
    Inner = tuple[tuple[str, ...], str]

#: Wrappers that become their command: which of their options take a value, and how many words of
#: their own (a user, a directory, a mask) come before it.
EXECS: dict[str, tuple[str, int]] = {
    "env": ("-u -C --unset --chdir", 0),
    "exec": ("-a", 0),
    "command": ("", 0),
    "nice": ("-n --adjustment", 0),
    "ionice": ("-c -n -p", 0),
    "chrt": ("-T -P -D", 1),
    "taskset": ("", 1),
    "numactl": ("-i -N -C -m -l -p -P", 0),
    "prlimit": ("", 0),
    "choom": ("-n --adjust", 0),
    "nohup": ("", 0),
    "setarch": ("", 1),
    "stdbuf": ("-i -o -e", 0),
    "chroot": ("", 1),
    "setpriv": ("--reuid --regid --groups --inh-caps --ambient-caps --bounding-set", 0),
    "chpst": ("-u -U -b -e -/ -n -l -L -m -d -o -p -f -c -r -t -s", 0),
    "gosu": ("", 1),
    "su-exec": ("", 1),
    "s6-setuidgid": ("", 1),
    "setuidgid": ("", 1),
    "s6-envdir": ("", 1),
    "envdir": ("", 1),
    "with-contenv": ("", 0),
    "fixuid": ("", 0),
    "eatmydata": ("", 0),
    "authbind": ("--depth", 0),
    "cgexec": ("-g", 0),
    "ddtrace-run": ("", 0),
    # Every option of its own is a variable's name, and takes a value.
    "opentelemetry-instrument": ("*", 0),
    "wait-for-it": ("-h -p -t", 0),
    "wait-for-it.sh": ("-h -p -t", 0),
}
#: Wrappers that stay in front of their command, or may: inits of other makes, tools that time,
#: lock, change the user or bring secrets, and those of Node's world.
STAYS: dict[str, tuple[str, int]] = {
    "tini": ("-p -e", 0),
    "tini-static": ("-p -e", 0),
    "docker-init": ("-p -e", 0),
    "dumb-init": ("-r --rewrite", 0),
    "catatonit": ("", 0),
    "my_init": ("", 0),
    "time": ("-f -o --format --output", 0),
    "timeout": ("-k -s --kill-after --signal", 1),
    "flock": ("-w -E --timeout --conflict-exit-code", 1),
    "setsid": ("", 0),
    "strace": ("-e -o -p -s -u -E -P -O -S -a -b -I -X", 0),
    "unbuffer": ("", 0),
    "sudo": ("-u -g -h -p -C -r -t -T -U -D -R", 0),
    "doas": ("-u -C", 0),
    "dockerize": ("-wait -template -stdout -stderr -timeout -delims -env", 0),
    "cross-env": ("", 0),
    "env-cmd": ("-f -r -e --file --rc-file --environments", 0),
    "dotenv": ("-e -f -p -v -c", 0),
    "npx": ("-p --package", 0),
    "bunx": ("", 0),
}
#: Tools with a word of their own before the command: the word, how, options that take a value.
RUNNERS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "bundle": (("exec", BY_EXEC, ""),),
    "bundler": (("exec", BY_EXEC, ""),),
    "rbenv": (("exec", BY_EXEC, ""),),
    "pyenv": (("exec", BY_EXEC, ""),),
    "nodenv": (("exec", BY_EXEC, ""),),
    "asdf": (("exec", BY_EXEC, ""),),
    "mise": (("exec", BY_EXEC, ""), ("x", BY_EXEC, "")),
    "poetry": (("run", BY_EXEC, ""),),
    "pipenv": (("run", BY_EXEC, ""),),
    "direnv": (("exec", BY_EXEC, ""),),
    "chamber": (("exec", BY_EXEC, ""),),
    "aws-vault": (("exec", BEHIND, ""),),
    "newrelic-admin": (("run-program", BY_EXEC, ""), ("run-python", BY_EXEC, "")),
    "pdm": (("run", BEHIND, "-p --project"),),
    "rye": (("run", BEHIND, ""),),
    "pixi": (("run", BEHIND, "-e --environment --manifest-path"),),
    "hatch": (("run", BEHIND, ""),),
    "honcho": (("run", BEHIND, "-e --env -f"),),
    "foreman": (("run", BEHIND, "-e --env -f -d"),),
    "conda": (("run", BEHIND, "-n -p --name --prefix --cwd"),),
    "mamba": (("run", BEHIND, "-n -p --name --prefix --cwd"),),
    "micromamba": (("run", BEHIND, "-n -p --name --prefix --cwd"),),
    "npm": (("exec", BEHIND, "-p --package"), ("x", BEHIND, "-p --package")),
    "pnpm": (("exec", BEHIND, ""), ("dlx", BEHIND, "--package")),
    "yarn": (("exec", BEHIND, ""), ("dlx", BEHIND, "-p --package")),
    "doppler": (("run", BEHIND, "-p -c --project --config"),),
    "op": (("run", BEHIND, ""),),
    "infisical": (("run", BEHIND, "--env --path --projectId"),),
}
#: Which of these have one word of their own (a directory, a profile) before the command.
_RUNNERS_WITH_WORD = ("direnv", "chamber", "aws-vault")
#: Tools that run a Python program in their own process, after this word if it is not empty, and
#: their options that take a value.
PYTHON_RUNNERS: dict[str, tuple[str, str]] = {
    "coverage": ("run", "--concurrency --context --data-file --include --omit --source --rcfile"),
    "memray": ("run", "-o --output --live-port"),
    "viztracer": ("", "-o --output_file --tracer_entries --max_stack_depth"),
    "pyinstrument": ("", "-o --outfile -r --renderer -i --interval"),
    "debugpy": ("", "--listen --connect --log-to --configure-subProcess"),
}
#: Node's runners of a script: whether they stay in front of the node that they start.
NODE_RUNNERS = {"ts-node": DIRECTLY, "tsx": BEHIND}
_PYTHON_OPTIONS = "-W -X"
_UV_OPTIONS = (
    "--with --with-requirements --extra --group --only-group --env-file --package --project"
    " --directory --index -p --python -w"
)
SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh")
#: Usual names of an image's own script that ends with `exec "$@"`.
ENTRYPOINTS = ("entrypoint", "entrypoint.sh", "entrypoint.bash")
SCRIPTS = (".sh", ".bash")
#: Interpreters whose script is the program, with their options that take a value.
SCRIPT_OPTIONS = {"ruby": "-I -r -C -E", "perl": "-I -M"}

_NOTHING: Inner = ((), DIRECTLY)


def inner(argv: tuple[str, ...]) -> Inner:
    """What stands behind the first word, or no words; `argv[0]` is without directories."""
    name, rest = argv[0], argv[1:]
    if not rest:
        return _NOTHING
    for word, how, options in RUNNERS.get(name, ()):
        if rest[0] == word:
            if word == "run-python":
                return _python_program(rest[1:]), how
            command = _after_options(rest[1:], options)
            return _after_options(command[name in _RUNNERS_WITH_WORD :], ""), how
    if name in EXECS or name in STAYS:
        if name == "env":
            rest = _split_string(rest)
        options, own = EXECS.get(name) or STAYS[name]
        after = _after_options(rest, options)
        if name == "dotenv" and after[:1] == ("run",):  # Python's
            return _after_options(after[1:], ""), BY_EXEC
        return after[own:], BY_EXEC if name in EXECS else BEHIND
    if name == "busybox":
        return rest, BY_EXEC
    if is_entrypoint(name):
        return rest, PERHAPS_BEHIND
    if name in SHELLS:
        return _shell_command(rest)
    return _of_interpreter(name, rest)


def _of_interpreter(name: str, rest: tuple[str, ...]) -> Inner:
    """The program that an interpreter, or a tool around one, runs."""
    if name in PYTHON_RUNNERS:
        word, options = PYTHON_RUNNERS[name]
        if word and rest[0] != word:
            return _NOTHING
        return _python_program(rest[1:] if word else rest, options), DIRECTLY
    if name in NODE_RUNNERS:
        return ("node", *rest), NODE_RUNNERS[name]
    if name == "uv" and rest[0] == "run":
        program = _python_program(rest[1:], _UV_OPTIONS)
        return program, BEHIND
    if name in ("su", "runuser"):
        return _of_user(rest), BEHIND
    if _is_version_of("python", name) or _is_version_of("pypy", name):
        return _python_program(rest), DIRECTLY
    for language, options in SCRIPT_OPTIONS.items():
        if _is_version_of(language, name):
            return _script(rest, options), DIRECTLY
    return _NOTHING


def is_entrypoint(name: str) -> bool:
    return name.replace("_", "-").endswith(ENTRYPOINTS)


def _is_version_of(language: str, name: str) -> bool:
    """python, python3, python3.11; not python3-config."""
    version = name.removeprefix(language)
    return name.startswith(language) and not version.strip("0123456789.")


def _after_options(words: tuple[str, ...], with_value: str) -> tuple[str, ...]:
    """What follows options, `--` and assignments such as `RAILS_ENV=production`; `with_value` has
    those that take a value, or is "*" where all do."""
    takes = with_value.split()
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            return words[at + 1 :]
        if word in takes or (with_value == "*" and word.startswith("-") and "=" not in word):
            at += 2
        elif word.startswith("-") or "=" in word.partition("/")[0]:
            at += 1
        else:
            break
    return words[at:]


def _split_string(words: tuple[str, ...]) -> tuple[str, ...]:
    """env(1) -S: the words of one string, as a #! line has it."""
    for at, word in enumerate(words):
        if not word.startswith("-"):
            break
        if word in ("-S", "-vS", "--split-string"):
            text, rest = words[at + 1 : at + 2], words[at + 2 :]
            return (*words[:at], *_words(" ".join(text)), *rest)
        for start in ("-S", "-vS", "--split-string="):
            if word.startswith(start):
                return (*words[:at], *_words(word.removeprefix(start)), *words[at + 1 :])
    return words


def _words(text: str) -> tuple[str, ...]:
    """Those of its first command."""
    from initd.core.signals.shell_command import split_commands

    commands = split_commands(text)
    return commands[0].words if commands else ()


def _python_program(words: tuple[str, ...], with_value: str = _PYTHON_OPTIONS) -> tuple[str, ...]:
    """The module of -m, or the script."""
    takes = with_value.split()
    at = 0
    while at < len(words) and words[at].startswith("-"):
        option = words[at]
        if option == "--":
            at += 1
            break
        if option.startswith("-c") and with_value == _PYTHON_OPTIONS:
            return ()
        if option == "--module" or (option.startswith("-m") and option[1:2] != "-"):
            module = (option[2:],) if option not in ("-m", "--module") else ()
            return (*module, *words[at + 1 :])
        at += 2 if option in takes else 1
    return words[at:]


def _script(words: tuple[str, ...], with_value: str) -> tuple[str, ...]:
    """The script that ruby or perl runs, unless it is told its program by -e."""
    program = _after_options(words, with_value)
    options = words[: len(words) - len(program)]
    return () if any(option.startswith("-e") for option in options) else program


def _of_user(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command of su(1) or runuser(1)."""
    for at, word in enumerate(words):
        if word in ("-c", "--command"):
            return ("sh", "-c", *words[at + 1 : at + 2])
        if word in ("-u", "--user"):
            return _after_options(words[at + 2 :], "")
    return ()


def _shell_command(words: tuple[str, ...]) -> Inner:
    """What a shell becomes or waits for: a command of -c, or what an entrypoint script is given."""
    at, is_command = 0, False
    while at < len(words) and words[at].startswith(("-", "+")):
        option = words[at]
        at += 1
        if option == "--":
            break
        if not option.startswith("--"):
            is_command = is_command or "c" in option
            at += option.count("o") + option.count("O")  # -o pipefail
    rest = words[at:]
    if not rest:
        return _NOTHING
    if not is_command:
        return (rest[1:], PERHAPS_BEHIND) if is_entrypoint(base(rest[0])) else _NOTHING
    from initd.core.signals.shell_command import main_command

    main = main_command(rest[0], rest[2:])
    if main is None:
        return _NOTHING
    if main.execs:
        return main.words, BY_EXEC
    return main.words, BEHIND if main.stays else PERHAPS_BEHIND
