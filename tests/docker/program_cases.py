"""The real programs that test_programs.py stops: how each is started, and with what to do."""

from __future__ import annotations

from dataclasses import dataclass

from .program_work import Begin, connection, fast_cgi, http, job, proxied, said, session


@dataclass(frozen=True)
class Case:
    """A command that says nothing about how it is stopped, and its package in Debian.

    `cutting` is what does not let the work finish when it is sent in place of the plan:
    TERM where the plan is another, else the quick signal if there is any. `ends` is false
    where the program does not even end by it. `saves` is false where nothing saves work.
    """

    profile: str
    package: str
    command: str
    begin: Begin
    cutting: str = ""
    ends: bool = True
    saves: bool = True
    docker: tuple[str, ...] = ()


_UWSGI = "uwsgi --plugin python3 --http-socket :8080 --master --chdir /apps --wsgi-file wsgi_app.py"
_UWSGI_HOOK = "--hook-master-start 'unix_signal:15 gracefully_kill_them_all'"
_ETCD = (
    "etcd --data-dir /tmp/etcd --listen-client-urls http://0.0.0.0:2379"
    " --advertise-client-urls http://localhost:2379"
)
_POSTGRES = (
    "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -k /tmp"
    " -c config_file=/etc/postgresql/15/main/postgresql.conf"
)
_CELERY = (
    "python3 -m celery -A celery_jobs worker --concurrency 1 --without-gossip --without-mingle"
)
_SEND_TO_RQ = "rq enqueue --url $REDIS_URL jobs.work"
_SEND_TO_CELERY = "celery -A celery_jobs call work"
_SEND_TO_SIDEKIQ = (
    "redis-cli -u $REDIS_URL lpush queue:default"
    ' \'{"class":"Job","args":[],"jid":"1","queue":"default"}\''
)
_IN_APPS = ("--workdir", "/apps")
_IN_PROGRAMS = ("--workdir", "/programs")
_POSTGRES_USER = ("--user", "postgres")

CASES = {
    # web servers and proxies
    "unicorn": Case(
        "unicorn", "unicorn", "unicorn -c /apps/unicorn.rb /apps/config.ru", http, "TERM"
    ),
    "nginx": Case(
        "nginx", "nginx-light", "sh -c 'exec nginx -c /programs/nginx.conf'", http, "TERM"
    ),
    "lighttpd": Case(
        "lighttpd", "lighttpd", "lighttpd -D -f /programs/lighttpd.conf", http, "TERM"
    ),
    "apache2": Case(
        "httpd", "apache2", "apache2 -DFOREGROUND -f /programs/apache.conf", http, "TERM"
    ),
    "apache2ctl": Case(
        "apachectl", "apache2", "apache2ctl -DFOREGROUND -f /programs/apache.conf", http, "TERM"
    ),
    "haproxy": Case("haproxy", "haproxy", "haproxy -W -db -f /programs/haproxy.cfg", http, "TERM"),
    "caddy": Case(
        "caddy",
        "caddy",
        "caddy run --config /programs/Caddyfile --adapter caddyfile",
        proxied,
        "QUIT",
    ),
    "squid": Case("squid", "squid", "squid -N -f /programs/squid.conf", proxied, "INT"),
    "php-fpm": Case(
        "php-fpm", "php8.2-fpm", "php-fpm8.2 -F -y /programs/php-fpm.conf", fast_cgi, "TERM"
    ),
    # applications
    "puma": Case(
        "puma", "puma", "env RACK_ENV=production puma -b tcp://0.0.0.0:8080 /apps/config.ru", http
    ),
    "gunicorn": Case(
        "gunicorn",
        "gunicorn",
        "python3 /usr/bin/gunicorn -b 0.0.0.0:8080 wsgi_app:application",
        http,
        "QUIT",
        docker=_IN_APPS,
    ),
    "uwsgi with a graceful hook": Case(
        "uwsgi", "uwsgi-core", f"{_UWSGI} {_UWSGI_HOOK}", http, "INT"
    ),
    "uwsgi": Case("uwsgi", "uwsgi-core", _UWSGI, http, "TERM", ends=False, saves=False),
    "uvicorn": Case(
        "uvicorn",
        "uvicorn",
        "python3 -m uvicorn --host 0.0.0.0 --port 8080 asgi_app:application",
        http,
        docker=_IN_PROGRAMS,
    ),
    "hypercorn": Case(
        "hypercorn",
        "python3-hypercorn",
        "hypercorn --bind 0.0.0.0:8080 --graceful-timeout 9 asgi_app:application",
        http,
        docker=("--workdir", "/programs", "--env", "PYTHONPATH=/programs"),
    ),
    "daphne": Case(
        "daphne",
        "daphne",
        "daphne -b 0.0.0.0 -p 8080 asgi_app:application",
        http,
        saves=False,
        docker=_IN_PROGRAMS,
    ),
    "waitress": Case(
        "waitress",
        "python3-waitress",
        "waitress-serve --port=8080 wsgi_app:application",
        http,
        "TERM",
        docker=_IN_APPS,
    ),
    "node": Case("node", "nodejs", "node /programs/server.js --mind-signals", http),
    "node without a listener": Case(
        "node", "nodejs", "node /programs/server.js", http, saves=False
    ),
    # workers
    "celery": Case("celery", "celery", _CELERY, job(_SEND_TO_CELERY), "QUIT", docker=_IN_PROGRAMS),
    "rq": Case(
        "rq",
        "python3-rq",
        "sh -c 'exec rq worker --url $REDIS_URL'",
        job(_SEND_TO_RQ),
        docker=_IN_PROGRAMS,
    ),
    "sidekiq": Case(
        "sidekiq",
        "ruby-sidekiq",
        "sidekiq -r ./sidekiq_jobs.rb -c 1",
        job(_SEND_TO_SIDEKIQ),
        docker=_IN_PROGRAMS,
    ),
    # data and queues
    "postgres": Case(
        "postgres", "postgresql-15", _POSTGRES, session, "TERM", ends=False, docker=_POSTGRES_USER
    ),
    "redis": Case(
        "redis",
        "redis-server",
        "redis-server --protected-mode no --save '60 1'",
        connection(6379, "DB saved on disk"),
    ),
    "memcached": Case("memcached", "memcached", "memcached -u nobody", connection(11211)),
    "etcd": Case("etcd", "etcd-server", _ETCD, connection(2379)),
    "prometheus": Case(
        "prometheus",
        "prometheus",
        "prometheus --storage.tsdb.path=/tmp/prometheus"
        " --config.file=/etc/prometheus/prometheus.yml",
        connection(9090),
    ),
    "mosquitto": Case("mosquitto", "mosquitto", "mosquitto -v", said("mosquitto version")),
    "beanstalkd": Case("beanstalkd", "beanstalkd", "beanstalkd", connection(11300)),
    # the rest of a machine
    "dnsmasq": Case("dnsmasq", "dnsmasq-base", "dnsmasq -k", connection(53)),
    "sshd": Case("sshd", "openssh-server", "/usr/sbin/sshd -D -e", connection(22)),
    "stunnel": Case("stunnel", "stunnel4", "stunnel4 /programs/stunnel.conf", connection(8443)),
}
