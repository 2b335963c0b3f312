"""The real programs that are stopped: how each is started, and with what to do."""

from __future__ import annotations

from dataclasses import dataclass

from .work import (
    AS_POSTGRES,
    Begin,
    buffered,
    connection,
    fast_cgi,
    gearman,
    http,
    job,
    pooled,
    proxied,
    psql,
    said,
    tunnelled,
)

#: What TERM alone does to a program with work in flight: it is finished, or not, or the program
#: does not even end. What is not the same each time counts as finished: it is not tried.
SAVED, CUT, STAYS = "saved", "cut", "stays"


@dataclass(frozen=True)
class Case:
    """A command that says nothing about how it is stopped, and its package in Debian or on PyPI.

    `bare` is what TERM alone does. `saves` is false where nothing saves work. `beside` are commands
    of what the program works with."""

    profile: str
    package: str
    command: str
    begin: Begin
    bare: str = SAVED
    saves: bool = True
    directory: str = "/programs"
    beside: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


_PYPI = "/opt/pypi/bin"
_UWSGI = "uwsgi --plugin python3 --http-socket :8080 --chdir /apps --wsgi-file wsgi_app.py"
_UWSGI_HOOK = '--hook-master-start "unix_signal:15 gracefully_kill_them_all"'
_ETCD = (
    "etcd --data-dir /tmp/etcd --listen-client-urls http://0.0.0.0:2379"
    " --advertise-client-urls http://localhost:2379"
)
_POSTGRES = (
    f"{AS_POSTGRES}"
    " /usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -k /tmp"
    " -c config_file=/etc/postgresql/15/main/postgresql.conf -c ssl=off"
)
_CELERY = (
    "python3 -m celery -A celery_jobs worker --concurrency 1 --without-gossip --without-mingle"
)
_REDIS = ("redis-server --save ''",)
_URL = ("REDIS_URL", "redis://127.0.0.1/0")
_SEND_TO_SIDEKIQ = (
    'redis-cli lpush queue:default \'{"class":"Job","args":[],"jid":"1","queue":"default"}\''
)


def _python(program: str, function: str) -> str:
    """What sends a job from queues.py, which looks for the program's name in its command line."""
    return f'cd /programs && {_PYPI}/python -c "import queues; queues.{function}()" {program}'


CASES = {
    # ---- web servers and proxies
    "nginx": Case("nginx", "nginx-light", "nginx -c /programs/nginx.conf", http, CUT),
    "lighttpd": Case("lighttpd", "lighttpd", "lighttpd -D -f /programs/lighttpd.conf", http, CUT),
    "apache2": Case("httpd", "apache2", "apache2 -DFOREGROUND -f /programs/apache.conf", http, CUT),
    "apache2ctl": Case(
        "apachectl", "apache2", "apache2ctl -DFOREGROUND -f /programs/apache.conf", http, CUT
    ),
    "haproxy": Case("haproxy", "haproxy", "haproxy -W -db -f /programs/haproxy.cfg", http, CUT),
    "caddy": Case(
        "caddy", "caddy", "caddy run --config /programs/Caddyfile --adapter caddyfile", proxied
    ),
    "squid": Case("squid", "squid", "squid -N -f /programs/squid.conf", proxied),
    "h2o": Case("h2o", "h2o", "h2o -m worker -c /programs/h2o.conf", proxied),
    "tinyproxy": Case(
        "tinyproxy", "tinyproxy", "tinyproxy -d -c /programs/tinyproxy.conf", proxied, CUT, False
    ),
    "hitch": Case("hitch", "hitch", "hitch --config=/programs/hitch.conf", tunnelled, CUT, False),
    "stunnel": Case(
        "stunnel", "stunnel4", "stunnel4 /programs/stunnel.conf", tunnelled, CUT, False
    ),
    # ---- PHP
    "php-fpm": Case(
        "php-fpm", "php8.2-fpm", "php-fpm8.2 -F -y /programs/php-fpm.conf", fast_cgi, CUT
    ),
    "php -S": Case(
        "php-cli-server", "php8.2-cli", "php -S 0.0.0.0:8080 /programs/web.php", http, CUT
    ),
    # ---- Ruby
    "unicorn": Case("unicorn", "unicorn", "unicorn -c /apps/unicorn.rb /apps/config.ru", http, CUT),
    "puma": Case("puma", "puma", "puma -b tcp://0.0.0.0:8080 /apps/config.ru", http),
    "puma -w 2": Case("puma", "puma", "puma -w 2 -b tcp://0.0.0.0:8080 /apps/config.ru", http),
    "thin": Case("thin", "thin", "thin start --threaded -p 8080 -R /programs/slow.ru", buffered),
    "rackup": Case(
        "rackup", "ruby-webrick", "rackup -s webrick -o 0.0.0.0 -p 8080 /programs/slow.ru", buffered
    ),
    # ---- Perl
    "starman": Case("starman", "starman", "starman --port 8080 /programs/app.psgi", http, CUT),
    "hypnotoad": Case(
        "hypnotoad", "libmojolicious-perl", "hypnotoad -f /programs/mojo.pl", buffered, CUT
    ),
    "mojo prefork": Case(
        "mojo-prefork",
        "libmojolicious-perl",
        "perl /programs/mojo.pl prefork -l http://*:8080",
        buffered,
        CUT,
    ),
    "plackup": Case("plackup", "twiggy", "plackup -p 8080 /programs/app.psgi", http, CUT, False),
    # ---- Python, of Debian
    "gunicorn": Case(
        "gunicorn",
        "gunicorn",
        "python3 /usr/bin/gunicorn -b 0.0.0.0:8080 wsgi_app:application",
        http,
        directory="/apps",
    ),
    "uwsgi with a hook": Case("uwsgi", "uwsgi-core", f"{_UWSGI} --master {_UWSGI_HOOK}", http),
    "uwsgi": Case("uwsgi", "uwsgi-core", f"{_UWSGI} --master", http, STAYS, False),
    "uwsgi --exit-on-reload": Case(
        "uwsgi", "uwsgi-core", f"{_UWSGI} --master --exit-on-reload", http, CUT
    ),
    "uwsgi without a master": Case("uwsgi", "uwsgi-core", _UWSGI, http, CUT),
    "daphne": Case(
        "daphne",
        "daphne",
        "daphne -b 0.0.0.0 -p 8080 asgi_app:application",
        http,
        CUT,
        False,
    ),
    # ---- Python, of PyPI
    "uvicorn": Case(
        "uvicorn",
        "uvicorn==",
        f"{_PYPI}/python -m uvicorn --port 8080 asgi_app:application",
        http,
    ),
    "uvicorn --workers 2": Case(
        "uvicorn",
        "uvicorn==",
        f"{_PYPI}/uvicorn --workers 2 --port 8080 asgi_app:application",
        http,
    ),
    "hypercorn": Case(
        "hypercorn",
        "hypercorn==",
        f"{_PYPI}/hypercorn -w 1 --bind 0.0.0.0:8080 --graceful-timeout 9 asgi_app:application",
        http,
        env=(("PYTHONPATH", "/programs"),),
    ),
    "hypercorn -w 2": Case(
        "hypercorn",
        "hypercorn==",
        f"{_PYPI}/hypercorn -w 2 --bind 0.0.0.0:8080 --graceful-timeout 9 asgi_app:application",
        http,
        CUT,
        False,
        env=(("PYTHONPATH", "/programs"),),
    ),
    "granian": Case(
        "granian",
        "granian==",
        f"{_PYPI}/granian --interface asgi --port 8080 asgi_app:application",
        http,
    ),
    "aiohttp": Case(
        "aiohttp", "aiohttp==", f"{_PYPI}/python -m aiohttp.web -P 8080 aio:make", http
    ),
    "waitress": Case(
        "waitress",
        "waitress==",
        f"{_PYPI}/python -m waitress --port=8080 wsgi_app:application",
        http,
        CUT,
        directory="/apps",
    ),
    "cheroot": Case(
        "cheroot",
        "cheroot==",
        f"{_PYPI}/cheroot --bind 0.0.0.0:8080 wsgi_app:application",
        http,
        CUT,
        env=(("PYTHONPATH", "/apps"),),
    ),
    "honcho": Case("honcho", "honcho==", f"{_PYPI}/honcho -f /programs/Procfile start", http),
    # ---- Node
    "node": Case("node", "nodejs", "node /programs/server.js --mind-signals", http),
    "node without a listener": Case("node", "nodejs", "node /programs/server.js", http, CUT, False),
    # ---- workers
    "celery": Case(
        "celery",
        "celery",
        _CELERY,
        job("REDIS_URL=redis://127.0.0.1/0 celery -A celery_jobs call work"),
        beside=_REDIS,
        env=(_URL,),
    ),
    "celery with REMAP_SIGTERM": Case(
        "celery",
        "celery",
        _CELERY,
        job("REDIS_URL=redis://127.0.0.1/0 celery -A celery_jobs call work"),
        beside=_REDIS,
        env=(_URL, ("REMAP_SIGTERM", "SIGQUIT")),
    ),
    "rq": Case(
        "rq",
        "python3-rq",
        "rq worker --url redis://127.0.0.1/0",
        job("rq enqueue --url redis://127.0.0.1/0 jobs.work"),
        beside=_REDIS,
    ),
    "sidekiq": Case(
        "sidekiq",
        "ruby-sidekiq",
        "sidekiq -r ./sidekiq_jobs.rb -c 1",
        job(_SEND_TO_SIDEKIQ),
        beside=_REDIS,
        env=(_URL,),
    ),
    "dramatiq": Case(
        "dramatiq",
        "dramatiq==",
        f"{_PYPI}/dramatiq -p 1 -t 1 queues",
        job(_python("dramatiq", "dramatiq_work.send")),
        beside=_REDIS,
    ),
    "huey": Case(
        "huey",
        "huey==",
        f"{_PYPI}/huey_consumer queues.huey",
        job(_python("huey", "huey_work")),
        CUT,
        beside=_REDIS,
    ),
    # ---- data and queues
    "postgres": Case("postgres", "postgresql-15", _POSTGRES, psql, STAYS),
    "redis": Case(
        "redis",
        "redis-server",
        "redis-server --protected-mode no --dir /tmp --save '60 1'",
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
    "pushgateway": Case(
        "pushgateway",
        "prometheus-pushgateway",
        "prometheus-pushgateway --persistence.file=/tmp/push",
        connection(9091),
    ),
    "node-exporter": Case(
        "node-exporter", "prometheus-node-exporter", "prometheus-node-exporter", connection(9100)
    ),
    "mosquitto": Case("mosquitto", "mosquitto", "mosquitto -v", said("mosquitto version")),
    "nats": Case("nats", "nats-server", "nats-server", connection(4222)),
    "beanstalkd": Case("beanstalkd", "beanstalkd", "beanstalkd", connection(11300)),
    "gearmand": Case(
        "gearmand",
        "gearman-job-server",
        "gearmand --listen=127.0.0.1 --log-file=stderr",
        gearman,
        CUT,
    ),
    "pgbouncer": Case(
        "pgbouncer",
        "pgbouncer",
        f"{AS_POSTGRES} pgbouncer /programs/pgbouncer.ini",
        pooled,
        CUT,
        beside=(_POSTGRES,),
    ),
    "slapd": Case(
        "slapd",
        "slapd",
        "slapd -d 0 -f /programs/slapd.conf -h ldap://127.0.0.1:1389",
        connection(1389),
    ),
    # ---- the rest of a machine
    "dnsmasq": Case("dnsmasq", "dnsmasq-base", "dnsmasq -k", connection(53)),
    "unbound": Case("unbound", "unbound", "unbound -d -c /programs/unbound.conf", connection(5353)),
    "nsd": Case("nsd", "nsd", "nsd -d -c /programs/nsd.conf", connection(5353)),
    "knotd": Case("knotd", "knot", "knotd -c /programs/knot.conf", connection(5353)),
    "named": Case("named", "bind9", "named -g -c /programs/named.conf", said("all zones loaded")),
    "sshd": Case("sshd", "openssh-server", "/usr/sbin/sshd -D -e", connection(22)),
    "dropbear": Case("dropbear", "dropbear-bin", "dropbear -F -E -R -p 2222", connection(2222)),
    "rsyslogd": Case(
        "rsyslogd", "rsyslog", "rsyslogd -n -i NONE -f /programs/rsyslog.conf", connection(1514)
    ),
    "turnserver": Case(
        "turnserver", "coturn", "turnserver -c /programs/turn.conf", connection(3478)
    ),
    "vsftpd": Case("vsftpd", "vsftpd", "vsftpd /programs/vsftpd.conf", connection(21)),
    "rsync": Case(
        "rsync",
        "rsync",
        "rsync --daemon --no-detach --config=/programs/rsyncd.conf",
        connection(8873),
    ),
    "icecast": Case("icecast", "icecast2", "icecast2 -c /programs/icecast.xml", connection(8000)),
    "dovecot": Case("dovecot", "dovecot-imapd", "dovecot -F", connection(143)),
    "cron": Case("cron", "cron", "cron -f -L 0", said("")),
}
