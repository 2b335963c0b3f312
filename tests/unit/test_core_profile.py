"""Profiles: which program a command line is, and how it stops under which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from initd.core.signals.known import matches
from initd.core.signals.profile import profile_of, recognise
from initd.core.signals.profile_table import TABLE

from . import command_lines

#: Command lines as they stand in images, and the profile that is right for each.
COMMAND_LINES = [
    ("celery-beat", ("celery", "-A", "worker", "beat")),
    ("celery-beat", ("python3", "-m", "celery", "beat")),
    ("good_job", ("bundle", "exec", "good_job", "start")),
    ("solid_queue", ("bundle", "exec", "rake", "solid_queue:start")),
    ("solid_queue", ("bin/jobs", "start")),
    ("laravel-queue", ("php", "artisan", "queue:work", "--tries=3")),
    ("laravel-queue", ("docker-php-entrypoint", "php", "artisan", "horizon")),
    ("symfony-messenger", ("php", "bin/console", "messenger:consume", "async")),
    ("thin", ("bundle", "exec", "thin", "start")),
    ("postfix", ("postfix", "start-fg")),
    ("dovecot", ("dovecot", "-F")),
    ("resque-scheduler", ("bundle", "exec", "rake", "resque:scheduler")),
    ("shoryuken", ("bundle", "exec", "shoryuken", "-R")),
    ("resque", ("rake", "resque:work")),
    ("resque", ("bundle", "exec", "rake", "resque:work", "QUEUE=*")),
    ("resque", ("rake", "environment", "resque:work", "QUEUE=file_serve")),
    ("resque", ("bundle", "exec", "rake", "--trace", "resque:work")),
    ("resque", ("bin/rake", "app:resque:work")),
    ("resque-pool", ("bundle", "exec", "resque-pool", "--environment", "production")),
    ("resque", ("resque", "work", "-q", "high,low")),
    ("unicorn", ("unicorn",)),
    ("unicorn", ("bundle", "exec", "unicorn", "-c", "config/unicorn.rb", "-E", "production")),
    ("unicorn", ("/usr/bin/ruby", "/usr/bin/unicorn", "-p", "8080")),
    ("unicorn", ("unicorn_rails", "-c", "config/unicorn.rb")),
    ("nginx", ("nginx", "-g", "daemon off;")),
    ("nginx", ("/usr/sbin/nginx", "-c", "/etc/nginx/nginx.conf")),
    ("nginx", ("/bin/sh", "-c", "exec nginx -c /etc/nginx/nginx.conf")),
    ("php-fpm", ("php-fpm",)),
    ("php-fpm", ("php-fpm8.2", "--nodaemonize")),
    ("php-fpm", ("php-fpm81", "-F")),
    ("php-fpm", ("docker-php-entrypoint", "php-fpm")),
    ("php-fpm", ("/usr/local/sbin/php-fpm", "-F", "-R")),
    ("puma", ("bundle", "exec", "puma", "-C", "config/puma.rb")),
    ("puma", ("ruby", "-W0", "-I", "lib", "bin/puma")),
    ("sidekiq", ("sidekiq",)),
    ("sidekiq", ("bundle", "exec", "sidekiq", "-q", "default", "-c", "10")),
    ("gunicorn", ("gunicorn", "-w", "4", "-b", "0.0.0.0:8000", "app:app")),
    ("gunicorn", ("python3", "-m", "gunicorn", "app:app")),
    ("gunicorn", ("/venv/bin/python", "-u", "/venv/bin/gunicorn", "app:app")),
    ("uwsgi", ("uwsgi", "--http", ":8000", "--module", "app")),
    ("uwsgi", ("/usr/bin/uwsgi-core", "--ini", "/etc/uwsgi.ini")),
    ("uwsgi", ("uwsgi_python311", "--socket", ":3031")),
    ("celery", ("celery", "-A", "shop", "worker", "-l", "INFO")),
    ("celery", ("python", "-m", "celery", "-A", "shop", "worker")),
    ("celery", ("celery", "worker")),
    ("httpd", ("httpd-foreground",)),
    ("httpd", ("httpd", "-DFOREGROUND")),
    ("httpd", ("apache2-foreground",)),
    ("httpd", ("httpd", "-D", "FOREGROUND", "-f", "/etc/httpd.conf")),
    ("httpd", ("docker-php-entrypoint", "apache2-foreground")),
    ("apachectl", ("apache2ctl", "-D", "FOREGROUND")),
    ("apachectl", ("/usr/sbin/apachectl", "-DFOREGROUND")),
    ("haproxy", ("haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg")),
    ("postgres", ("postgres", "-c", "max_connections=200")),
    ("postgres", ("gosu", "postgres", "/usr/lib/postgresql/15/bin/postgres", "-D", "/data")),
    ("redis", ("redis-server", "/etc/redis/redis.conf")),
    ("redis", ("valkey-server",)),
    ("redis", ("su-exec", "redis:redis", "redis-server", "--port", "6379")),
    ("nginx", ("/usr/bin/env", "-S", "nginx -g x")),
    ("nginx", ("openresty", "-g", "daemon off;")),
    ("delayed_job", ("bundle", "exec", "rake", "jobs:work")),
    ("delayed_job", ("bin/delayed_job", "run")),
    ("good_job", ("bundle", "exec", "good_job", "start")),
    ("solid_queue", ("bundle", "exec", "rake", "solid_queue:start")),
    ("solid_queue", ("bin/jobs", "start")),
    ("celery-beat", ("celery", "-A", "worker", "beat")),
    ("rq", ("rq", "worker", "high", "default")),
    ("rq", ("python3", "-m", "rq", "worker")),
    ("dramatiq", ("dramatiq", "shop.tasks")),
    ("huey", ("huey_consumer.py", "shop.huey")),
    ("huey", ("python", "manage.py", "run_huey")),
    ("laravel-queue", ("php", "artisan", "queue:work", "--tries=3")),
    ("laravel-queue", ("docker-php-entrypoint", "php", "artisan", "horizon")),
    ("symfony-messenger", ("php", "bin/console", "messenger:consume", "async")),
    ("beanstalkd", ("beanstalkd", "-p", "11300")),
    ("thin", ("bundle", "exec", "thin", "start")),
    ("uvicorn", ("uvicorn", "app:app", "--port", "80")),
    ("uvicorn", ("python", "-m", "uvicorn", "app:app")),
    ("hypercorn", ("hypercorn", "app:app")),
    ("node", ("node", "--enable-source-maps", "server.js")),
    ("node", ("docker-entrypoint.sh", "node", "server.js")),
    ("lighttpd", ("lighttpd", "-D", "-f", "/etc/lighttpd.conf")),
    ("caddy", ("caddy", "run", "--config", "/etc/Caddyfile")),
    ("traefik", ("/entrypoint.sh", "traefik")),
    ("squid", ("squid", "-N")),
    ("pgbouncer", ("pgbouncer", "/etc/pgbouncer.ini")),
    ("mysqld", ("docker-entrypoint.sh", "mysqld")),
    ("mysqld", ("/usr/sbin/mariadbd", "--user=mysql")),
    ("mongod", ("mongod", "--bind_ip_all")),
    ("memcached", ("memcached", "-m", "64")),
    ("rabbitmq", ("docker-entrypoint.sh", "rabbitmq-server")),
    ("etcd", ("/usr/local/bin/etcd", "--name", "a")),
    ("consul", ("consul", "agent", "-server")),
    ("nats", ("/nats-server", "-c", "x")),
    ("prometheus", ("/bin/prometheus", "--config.file=x")),
    ("supervisord", ("/usr/bin/python3", "/usr/bin/supervisord", "-n")),
    ("fluentd", ("tini", "--", "/bin/entrypoint.sh", "fluentd")),
    ("rsyslogd", ("rsyslogd", "-n")),
    ("mosquitto", ("mosquitto", "-c", "x")),
    ("postfix", ("postfix", "start-fg")),
    ("dovecot", ("dovecot", "-F")),
    ("sshd", ("/usr/sbin/sshd", "-D", "-e")),
    ("named", ("named", "-f")),
    ("unbound", ("unbound", "-d")),
    ("dnsmasq", ("dnsmasq", "-k")),
    ("stunnel", ("stunnel4", "/etc/stunnel.conf")),
    ("kafka", ("java", "-cp", "/kafka/*", "kafka.Kafka", "x")),
    ("java", ("java", "-Xmx512m", "-jar", "app.jar")),
    ("java", ("/opt/java/openjdk/bin/java", "-cp", "/app/*", "Main")),
    ("resque", ("bin/rails", "resque:work")),
    ("resque", ("resque-2.4.0: Waiting for high,low",)),
    ("unicorn", ("unicorn master -c /etc/unicorn.rb -E production",)),
    ("nginx", ("nginx: master process /usr/sbin/nginx -g daemon off;",)),
    ("nginx", ("openresty", "-g", "daemon off;")),
    ("php-fpm", ("php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)",)),
    ("puma", ("puma: cluster worker 0: 7 [app]",)),
    ("sidekiq", ("sidekiq 6.4.1 app [0 of 5 busy]",)),
    ("gunicorn", ("gunicorn: master [app:app]",)),
    ("gunicorn", ("python3", "/usr/bin/gunicorn", "app")),
    ("gunicorn", ("env", "A=b", "gunicorn", "app")),
    ("gunicorn", ("/usr/bin/env", "-S", "gunicorn -w 4", "app:app")),
    ("gunicorn", ("poetry", "run", "gunicorn", "app:app")),
    ("celery", ("celery", "--workdir", "/app", "-A", "shop", "worker")),
    ("celery", ("[celeryd: celery@web:MainProcess] -active-",)),
    ("kafka", ("java", "-Xmx1G", "-cp", "/kafka/libs/*", "kafka.Kafka", "server.properties")),
    ("kafka", ("/opt/kafka/bin/kafka-server-start.sh", "config/server.properties")),
    ("zookeeper", ("java", "-cp", "x", "org.apache.zookeeper.server.quorum.QuorumPeerMain", "c")),
    ("zookeeper", ("zkServer.sh", "start-foreground")),
    ("tomcat", ("catalina.sh", "run")),
    ("tomcat", ("java", "-classpath", "x", "org.apache.catalina.startup.Bootstrap", "start")),
    ("elasticsearch", ("java", "-cp", "lib/*", "org.elasticsearch.bootstrap.Elasticsearch")),
    (
        "elasticsearch",
        ("java", "-m", "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch"),
    ),
    ("delayed_job", ("bundle", "exec", "rake", "jobs:work")),
    ("delayed_job", ("rake", "environment", "jobs:work", "QUEUE=mail")),
    ("delayed_job", ("bin/delayed_job", "run")),
    ("delayed_job", ("bin/delayed_job", "--queue=mail", "run")),
    ("uvicorn", ("uvicorn", "app:app", "--port", "80")),
    ("uvicorn", ("python", "-m", "uvicorn", "app:app")),
    ("hypercorn", ("hypercorn", "app:app")),
    ("daphne", ("daphne", "-b", "0.0.0.0", "shop.asgi:application")),
    ("waitress", ("waitress-serve", "--port=80", "app:app")),
    ("rq", ("rq", "worker", "high", "low")),
    ("rq", ("rq", "worker-pool", "-n", "3")),
    ("rq", ("python", "manage.py", "rqworker", "default")),
    ("dramatiq", ("dramatiq", "tasks", "-p", "4")),
    ("huey", ("huey_consumer.py", "shop.huey")),
    ("huey", ("python", "manage.py", "run_huey")),
    ("supervisord", ("supervisord", "-n", "-c", "/etc/supervisord.conf")),
    ("supervisord", ("/usr/bin/python3", "/usr/bin/supervisord", "-n")),
    ("lighttpd", ("lighttpd", "-D", "-f", "/etc/lighttpd/lighttpd.conf")),
    ("squid", ("squid", "-N")),
    ("caddy", ("caddy", "run", "--config", "/etc/caddy/Caddyfile")),
    ("traefik", ("/entrypoint.sh", "traefik", "--providers.docker")),
    ("envoy", ("/docker-entrypoint.sh", "envoy", "-c", "/etc/envoy/envoy.yaml")),
    ("varnish", ("varnishd", "-F", "-f", "/etc/varnish/default.vcl")),
    ("stunnel", ("stunnel4", "/etc/stunnel/stunnel.conf")),
    ("mysqld", ("docker-entrypoint.sh", "mysqld", "--character-set-server=utf8mb4")),
    ("mysqld", ("mariadbd",)),
    ("pgbouncer", ("pgbouncer", "/etc/pgbouncer/pgbouncer.ini")),
    ("memcached", ("docker-entrypoint.sh", "memcached", "-m", "64")),
    ("mongod", ("numactl", "--interleave=all", "mongod", "--bind_ip_all")),
    ("etcd", ("/usr/local/bin/etcd", "--name", "a")),
    ("consul", ("docker-entrypoint.sh", "consul", "agent", "-dev")),
    ("vault", ("vault", "server", "-config", "/vault")),
    ("prometheus", ("/bin/prometheus", "--config.file=/etc/prometheus/prometheus.yml")),
    ("rabbitmq", ("docker-entrypoint.sh", "rabbitmq-server")),
    ("beanstalkd", ("beanstalkd", "-b", "/data")),
    ("nats", ("nats-server", "--config", "nats.conf")),
    ("mosquitto", ("/docker-entrypoint.sh", "mosquitto", "-c", "/mosquitto.conf")),
    ("fluentd", ("tini", "--", "/bin/entrypoint.sh", "fluentd")),
    ("named", ("/usr/sbin/named", "-f", "-u", "bind")),
    ("dnsmasq", ("dnsmasq", "-k")),
    ("unbound", ("unbound", "-d")),
    ("sshd", ("/usr/sbin/sshd", "-D", "-e")),
    ("rsyslogd", ("rsyslogd", "-n")),
    ("cron", ("cron", "-f", "-L", "15")),
    ("node", ("node", "server.js")),
    ("node", ("docker-entrypoint.sh", "node", "--max-old-space-size=512", "server.js")),
]

#: These look like one of the programs and are none, or are another command of it.
STRANGERS = [
    (),
    # a thread for each worker, and a parent that heeds no signal: nothing graceful is there
    ("celery", "-A", "heartbeat", "inspect", "ping"),
    ("sleep", "infinity"),
    ("cat", "/etc/nginx/nginx.conf"),
    ("vim", "unicorn.rb"),
    ("rake", "db:migrate"),
    ("nginx-exporter",),
    ("php-fpm_exporter", "server"),
    ("php-fpm-exporter",),
    ("busybox", "httpd", "-f", "-p", "8080"),
    ("httpd", "-f", "-p", "8080"),
    ("python3", "httpd.py"),
    ("python3", "/app/unicorn.py"),
    ("rake", "jobs:clear"),
    ("php", "artisan", "migrate"),
    ("php", "app.php"),
    ("caddy", "reload"),
    ("consul", "kv", "get", "x"),
    ("etcdctl", "member", "list"),
    ("mysqldump", "shop"),
    ("redis-cli", "ping"),
    ("postfix", "status"),
    ("rq", "info"),
    ("huey",),
    ("systemd-notify", "--ready"),
    ("/lib/systemd/systemd",),
    ("resque", "list"),
    ("python", "app.py"),
    ("python", "-c", "import gunicorn"),
    ("bash", "start-nginx.sh"),
    ("sh", "-c", "exec nginx; sleep 1"),
    ("sh", "-c", "echo 'x; exec nginx'"),
    ("sh", "nginx"),
    ("python3-config", "nginx"),
    ("python", "-c", "nginx"),
    ("ruby", "-e", "loop {}", "puma"),
    ("rq", "info"),
    ("rake", "myjobs:work"),
    ("caddy", "reload"),
    ("consul", "members"),
    ("vault", "status"),
    ("sidekiqmon",),
    ("uvicorn.py",),
    ("javac", "Main.java"),
    ("redis-cli", "-h", "redis-server"),
    ("mysqldump", "shop"),
    ("mysqld_exporter",),
    ("mongodump",),
    ("etcdctl", "get", "x"),
    ("ssh", "sshd"),
    ("crontab", "-e"),
    ("rabbitmqctl", "status"),
    ("manage.py", "migrate"),
    ("memcached_exporter",),
    ("delayed_job", "start"),
    ("nats", "sub", "x"),
    ("/srv/nginx/bin/start",),
    ("nginx_exporter: master process",),
    ("sh", "-c", "nginx; sleep 1"),
    ("sh", "-c", ""),
    ("bundle", "install"),
    ("env",),
    ("exec",),
]


def _name_of(argv: tuple[str, ...], environ: Mapping[str, str] | None = None) -> str | None:
    profile = recognise((), argv, environ or {})
    return profile.name if profile is not None else None


def _stop_of(argv: tuple[str, ...], environ: Mapping[str, str]) -> str:
    profile = recognise((), argv, environ)
    assert profile is not None
    return profile.stop


# ---- recognition ----------------------------------------------------------------------------


ALL_LINES = [
    *COMMAND_LINES,
    *((name, tuple(line.split())) for name, line in command_lines.COMMAND_LINES.items()),
]


@pytest.mark.parametrize(
    ("name", "argv"), ALL_LINES, ids=[" ".join(argv)[:60] for _, argv in ALL_LINES]
)
def test_a_command_line_is_recognised(name: str, argv: tuple[str, ...]) -> None:
    """As it stands in an image."""
    assert _name_of(argv) == name


def test_every_profile_has_a_command_line_here() -> None:
    """A profile that nothing is recognised as would be a dead row."""
    assert {name for name, _ in ALL_LINES} == {row["name"] for row in TABLE}


@pytest.mark.parametrize("argv", STRANGERS, ids=" ".join)
def test_a_stranger_is_not_taken_for_a_known_program(argv: tuple[str, ...]) -> None:
    """Without a profile, TERM is TERM."""
    assert _name_of(argv) is None


@given(st.text("ab*", max_size=6), st.text("ab\n", max_size=8))
@example("a*a", "a")
@example("ab*ba", "aba")
@example("a*ab*b", "aab")
@example("*a*a*", "a")
def test_a_pattern_matches_what_fnmatch_matches(pattern: str, text: str) -> None:
    """For patterns with `*` alone."""
    assert matches(pattern, text) == fnmatchcase(text, pattern)


@given(st.text("a?[!]b.*", max_size=6))
def test_a_pattern_knows_no_other_special_character(pattern: str) -> None:
    """Each pattern without a star matches itself and nothing else."""
    pattern = pattern.replace("*", "")
    assert matches(pattern, pattern)
    assert not matches(pattern, pattern + "x")


# ---- conditions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "stop"),
    [({}, "QUIT"), ({"GRACEFUL_TERM": "1"}, "TERM"), ({"GRACEFUL_TERM": ""}, "QUIT")],
)
def test_resque_stops_by_quit_unless_graceful_term_is_set(
    environ: dict[str, str], stop: str
) -> None:
    """Set and not empty, as Resque asks."""
    assert _stop_of(("rake", "resque:work"), environ) == stop


@pytest.mark.parametrize(
    ("argv", "environ", "stop"),
    [
        (("uwsgi", "--ini", "x"), {}, "INT"),
        (("uwsgi", "--die-on-term", "--ini", "x"), {}, "TERM"),
        (("uwsgi", "--ini", "x"), {"UWSGI_DIE_ON_TERM": "1"}, "TERM"),
        (("uwsgi", "--hook-master-start", "unix_signal:15 gracefully_kill_them_all"), {}, "TERM"),
        (("uwsgi", "--master", "--no-die-on-term"), {}, "INT"),
        (("uwsgi", "--http", ":8000", "--module", "app"), {}, "HUP"),
        (("uwsgi", "--http", ":8000", "--module", "app"), {"UWSGI_MASTER": "1"}, "INT"),
        (("uwsgi", "--master", "--exit-on-reload", "--die-on-term"), {}, "HUP"),
    ],
)
def test_uwsgi_stops_by_what_it_was_told_to(
    argv: tuple[str, ...], environ: dict[str, str], stop: str
) -> None:
    """TERM alone is a brutal reload; without a master HUP finishes the requests and ends it."""
    assert _stop_of(argv, environ) == stop


@pytest.mark.parametrize(
    ("environ", "stop", "warns"),
    [
        ("", "QUIT", False),
        ("GRACEFUL_TERM", "QUIT", False),
        ("TERM_CHILD", "TERM", True),
        ("TERM_CHILD GRACEFUL_TERM", "TERM", False),
    ],
)
def test_what_resque_pool_means_by_its_signals_turns_with_term_child(
    environ: str, stop: str, warns: bool
) -> None:
    """Its QUIT ends it before its workers then, and jobs are interrupted but for GRACEFUL_TERM."""
    profile = recognise((), ("resque-pool",), dict.fromkeys(environ.split(), "1"))
    assert profile is not None
    assert (profile.stop, bool(profile.warnings)) == (stop, warns)


@pytest.mark.parametrize(
    ("argv", "warns"),
    [
        ("hypercorn app", False),
        ("hypercorn -w 1 app", False),
        ("hypercorn -w 3 app", True),
        ("hypercorn --workers=2 app", True),
        ("fastify start app.js", True),
        ("fastify start -g 9000 app.js", False),
        ("poe serve", True),
        ("pm2-runtime app.js", True),
        ("squid -N", True),
        ("litestar run --wc 2", True),
        ("litestar run", False),
        ("nginx", False),
    ],
)
def test_what_no_signal_can_save_is_warned_of(argv: str, warns: bool) -> None:
    """Where it is so, and not elsewhere."""
    profile = recognise((), argv.split(), {})
    assert profile is not None
    assert bool(profile.warnings) == warns


def test_the_first_condition_that_holds_decides_and_is_named() -> None:
    """In the order of the table."""
    row = {
        "name": "x",
        "stop": "TERM",
        "when": ({"argument": "--a*", "stop": "INT"}, {"env": "B", "stop": "HUP"}),
    }
    assert profile_of(row, ("x", "--all"), {"B": "1"}, "why").stop == "INT"
    assert profile_of(row, ("x",), {"B": "1"}, "why").because == "why, B"
    assert profile_of(row, ("x",), {}, "why").stop == "TERM"


def test_a_row_that_says_little_means_the_defaults() -> None:
    """TERM to the process, and no clean code but 0."""
    profile = profile_of({"name": "x"}, ("x",), {}, "why")
    assert (profile.stop, profile.target, profile.clean) == ("TERM", "process", ())


def test_a_profile_says_why_it_was_chosen() -> None:
    """The command without its wrappers, and the pattern."""
    profile = recognise((), ("env", "A=1", "/usr/sbin/nginx"), {})
    assert profile is not None
    assert profile.because == "'nginx' matches 'nginx'"


@pytest.mark.parametrize("name", ["java", "puma"])
def test_143_is_a_clean_end_of(name: str) -> None:
    """Both end so after a TERM that they acted on."""
    row = next(row for row in TABLE if row["name"] == name)
    assert profile_of(row, (name,), {}, "").clean == (143,)
