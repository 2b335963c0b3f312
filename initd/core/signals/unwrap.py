"""Which program a command line runs, behind its wrappers and interpreters.

`env A=1 bundle exec rake x` runs rake, `python3 -m celery worker` celery, `sh -c
'cd /app && exec nginx'` nginx. Only wrappers that become the program by exec, or that pass
every signal on to it, are looked through. time(1) and sudo(8) stay in front of their program,
so no profile applies to them.
"""

from __future__ import annotations

#: Wrappers that take options, then arguments of their own (a user, a directory, a mask), then a
#: command: which of their options take a value, and how many arguments they have.
_WRAPPERS: dict[str, tuple[tuple[str, ...], int]] = {
    "env": (("-u", "-C", "--unset", "--chdir"), 0),
    "exec": (("-a",), 0),
    "command": ((), 0),
    "nice": (("-n", "--adjustment"), 0),
    "ionice": (("-c", "-n"), 0),
    "chrt": (("-T", "-P", "-D"), 1),
    "taskset": ((), 1),
    "numactl": (tuple("-i -N -C -m -l -p -P".split()), 0),
    "prlimit": ((), 0),
    "nohup": ((), 0),
    "setarch": ((), 1),
    "stdbuf": (("-i", "-o", "-e"), 0),
    "chroot": ((), 1),
    "setpriv": (("--reuid", "--regid", "--groups"), 0),
    "tini": (("-p", "-e"), 0),
    "tini-static": (("-p", "-e"), 0),
    "docker-init": (("-p", "-e"), 0),
    "dumb-init": (("-r", "--rewrite"), 0),
    "catatonit": ((), 0),
    "chpst": (tuple("-u -U -b -e -/ -n -l -L -m -d -o -p -f -c -r -t -s".split()), 0),
    "gosu": ((), 1),
    "su-exec": ((), 1),
    "s6-setuidgid": ((), 1),
    "setuidgid": ((), 1),
    "s6-envdir": ((), 1),
    "envdir": ((), 1),
    "with-contenv": ((), 0),
}
#: Tools that set a language's paths, and exec what follows this word.
_RUNNERS = {
    "bundle": "exec",
    "bundler": "exec",
    "rbenv": "exec",
    "pyenv": "exec",
    "poetry": "run",
    "pipenv": "run",
}
_SHELLS = ("sh", "bash", "dash", "ash")
#: Usual names of an image's own script that ends with `exec "$@"`.
_ENTRYPOINTS = ("entrypoint", "entrypoint.sh", "entrypoint.bash")
#: Interpreters whose script is the program, with their options that take a value.
_SCRIPT_OPTIONS = {"ruby": ("-I", "-r", "-C", "-E"), "perl": ("-I", "-M")}
_DEEPEST = 20  # wrappers within wrappers


def unwrap(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command line of the program itself, its name without directories."""
    if len(argv) == 1 and " " in argv[0]:
        argv = tuple(argv[0].split())  # a rewritten title is one string
    for _ in range(_DEEPEST):
        inner = _unwrap_once(argv)
        if inner == argv:
            break
        argv = inner
    return (_base(argv[0]), *argv[1:]) if argv else ()


def _unwrap_once(argv: tuple[str, ...]) -> tuple[str, ...]:
    if len(argv) < 2:
        return argv
    name, rest = _base(argv[0]), argv[1:]
    if name == "env":
        rest = _split_string(rest)
    if name in _WRAPPERS:
        with_value, own = _WRAPPERS[name]
        return _after_options(rest, with_value)[own:] or argv
    if rest[0] == _RUNNERS.get(name):
        return _after_options(rest[1:], ()) or argv
    if name == "busybox" or _is_entrypoint(name):
        return rest
    if name in _SHELLS:
        return _shell_command(rest) or argv
    if _is_version_of("python", name) or _is_version_of("pypy", name):
        return _python_program(rest) or argv
    for language, with_value in _SCRIPT_OPTIONS.items():
        if _is_version_of(language, name):
            return _script(rest, with_value) or argv
    return argv


def _base(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _is_entrypoint(name: str) -> bool:
    return name.replace("_", "-").endswith(_ENTRYPOINTS)


def _is_version_of(language: str, name: str) -> bool:
    """python, python3, python3.11; not python3-config."""
    version = name.removeprefix(language)
    return name.startswith(language) and not version.strip("0123456789.")


def _after_options(words: tuple[str, ...], with_value: tuple[str, ...]) -> tuple[str, ...]:
    """What follows options, `--` and assignments such as `RAILS_ENV=production`."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            return words[at + 1 :]
        if word in with_value:
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


def _words(text: str) -> list[str]:
    from initd.core.shell_words import split_words

    try:
        return split_words(text, lambda name: None)
    except ValueError:
        return []  # what only a shell can do


def _python_program(words: tuple[str, ...]) -> tuple[str, ...]:
    """The module of -m, or the script."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        option = words[at]
        if option.startswith("-c"):
            return ()
        if option.startswith("-m"):
            module = (option[2:],) if option != "-m" else ()
            return _named((*module, *words[at + 1 :]))
        at += 2 if option in ("-W", "-X") else 1
    return _named(words[at:])


def _script(words: tuple[str, ...], with_value: tuple[str, ...]) -> tuple[str, ...]:
    """The script that ruby or perl runs, unless it is told its program by -e."""
    program = _after_options(words, with_value)
    options = words[: len(words) - len(program)]
    if any(option.startswith("-e") for option in options):
        return ()
    return _named(program)


def _named(program: tuple[str, ...]) -> tuple[str, ...]:
    return (_base(program[0]), *program[1:]) if program else ()


# ---- shells ----------------------------------------------------------------------


def _shell_command(words: tuple[str, ...]) -> tuple[str, ...]:
    """What a shell becomes: the last command of -c, or of an entrypoint script."""
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
        return ()
    if is_command:
        return _becomes(rest[0])
    return rest[1:] if _is_entrypoint(_base(rest[0])) else ()


def _becomes(text: str) -> tuple[str, ...]:
    """A shell becomes its one simple command, or the last of several that says exec."""
    commands = _commands(text)
    if not commands:
        return ()
    words = tuple(_words(commands[-1]))
    if len(commands) > 1 and "exec" not in words[:1]:
        return ()
    return _after_options(words, ())


def _commands(text: str) -> list[str]:
    """The commands that `;`, `&&` or a new line ends; quotes keep what is in them."""
    commands, start, quote, at = [], 0, "", 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in ";\n" or text.startswith("&&", at):
            commands.append(text[start:at])
            at += char == "&"
            start = at + 1
        at += 1
    commands.append(text[start:])
    return [command for command in commands if command.strip()]
