"""What stands in front of programs in images: a shell, a script, npm, or nothing."""

from __future__ import annotations

#: The command of each program that is stopped.
COMMANDS = {
    "nginx": "nginx -c /apps/nginx.conf",
    "unicorn": "unicorn -c /apps/unicorn.rb /apps/config.ru",
    "gunicorn": "gunicorn --bind 0.0.0.0:8080 --chdir /apps wsgi_app:application",
    "resque": "ruby /apps/resque_stand_in.rb",
    "node": "node /programs/server.js --mind-signals",
    "php-fpm": "php-fpm8.2 -F -y /programs/php-fpm.conf",
    "drain": "node /wrapped/drain.js",
}
FORMS = ("exec form", "shell form", "bash -c", "script", "script with exec", "npm start")


def form(name: str, program: str) -> tuple[list[str], list[str]]:
    """What the container runs, and what docker is told besides."""
    command = COMMANDS[program]
    words = {
        "exec form": command.split(),
        "shell form": ["/bin/sh", "-c", command],
        "bash -c": ["bash", "-c", f"cd / && {command}"],
        "script": ["/wrapped/entrypoint.sh", *command.split()],
        "script with exec": ["/wrapped/entrypoint_exec.sh", *command.split()],
        "npm start": ["npm", "start"],
    }[name]
    return words, ["--workdir", f"/npm/{program}"] if name == "npm start" else []
