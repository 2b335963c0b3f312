"""The programs: how each is started, what work is in flight, and what a bare TERM does to it."""

from __future__ import annotations

from dataclasses import dataclass

#: What becomes of the work: finished; begun and lost; or the engine has to kill.
WHOLE, LOST, HANGS = "whole", "lost", "hangs"


@dataclass(frozen=True)
class Program:
    """`work` is the kind of work (a method of Trial). `bare` is what becomes of it when TERM
    arrives as it came; None where TERM is the program's own graceful signal."""

    command: tuple[str, ...]
    work: str
    bare: str | None = None
    path: str = "/slow"
    environ: tuple[str, ...] = ()
    backend: tuple[str, ...] = ()


_PG = "/usr/lib/postgresql/15/bin/postgres"
_JOB = "/apps/redis-entrypoint.sh"

PROGRAMS = {
    "unicorn": Program(("unicorn", "-l", "8080", "/apps/slow.ru"), "request", LOST),
    "puma": Program(("puma", "-b", "tcp://0.0.0.0:8080", "/apps/slow.ru"), "request"),
    "gunicorn": Program(
        ("gunicorn", "--bind", "0.0.0.0:8080", "--chdir", "/apps", "slow_wsgi:application"),
        "request",
    ),
    "uvicorn": Program(
        ("uvicorn", "--host", "0.0.0.0", "--port", "8080", "--app-dir", "/apps",
         "slow_asgi:application"),
        "request",
    ),
    "hypercorn": Program(
        ("hypercorn", "--bind", "0.0.0.0:8080", "--graceful-timeout", "9", "slow_asgi:application"),
        "request",
        environ=("PYTHONPATH=/apps",),
    ),
    "node": Program(("node", "/apps/slow.js"), "request"),
    "nginx": Program(("nginx", "-c", "/apps/nginx.conf"), "request", LOST),
    "apache": Program(
        ("apache2", "-d", "/etc/apache2", "-f", "/apps/apache.conf", "-DFOREGROUND"),
        "request", LOST, path="/slow.bin",
    ),
    "lighttpd": Program(
        ("lighttpd", "-D", "-f", "/apps/lighttpd.conf"), "request", LOST, path="/slow.bin"
    ),
    "haproxy": Program(
        ("haproxy", "-db", "-f", "/apps/haproxy.cfg"), "request", LOST,
        backend=("gunicorn", "--bind", "127.0.0.1:8081", "--chdir", "/apps",
                 "slow_wsgi:application"),
    ),
    "php-fpm": Program(("php-fpm8.2", "-y", "/apps/php-fpm.conf"), "fastcgi", LOST),
    "celery": Program(
        (_JOB, "celery", "-A", "tasks", "worker", "--concurrency", "1", "--loglevel", "ERROR"),
        "job", environ=("ENQUEUE=celery -A tasks call slow",),
    ),
    "rq": Program(
        (_JOB, "rq", "worker", "--quiet"), "job", environ=("ENQUEUE=rq enqueue tasks.slow",)
    ),
    "sidekiq": Program(
        (_JOB, "sidekiq", "-r", "/apps/job.rb", "-c", "1"), "job",
        environ=("ENQUEUE=ruby -r /apps/job.rb -e SlowJob.perform_async",),
    ),
    "postgres": Program(
        ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
         "/apps/postgres-entrypoint.sh", _PG, "-D", "/srv/data/pg", "-k", "/tmp"),
        "session", HANGS,
    ),
    "redis": Program(("redis-server", "--dir", "/srv/data"), "idle"),
    "memcached": Program(("memcached", "-u", "nobody"), "idle"),
    "etcd": Program(("etcd", "--data-dir", "/srv/data/etcd"), "idle"),
    "dnsmasq": Program(("dnsmasq", "-k", "--port=5353", "--user=root"), "idle"),
    "prometheus": Program(
        ("prometheus", "--config.file=/etc/prometheus/prometheus.yml",
         "--storage.tsdb.path=/srv/data/prometheus"),
        "idle",
    ),
}  # fmt: skip
