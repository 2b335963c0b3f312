"""Programs that put themselves in the background: what keeps each of them in front.

A container whose first process ends is over, so under any init they end at once, with 0.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: By the name of the program, what its own documentation says. `service` and its like start one of
#: these: what is left behind tells which.
IN_FRONT = {
    "apache2": "apache2ctl -D FOREGROUND",
    "apache2ctl": "apache2ctl -D FOREGROUND",
    "httpd": "httpd -DFOREGROUND",
    "nginx": "nginx -g 'daemon off;'",
    "lighttpd": "lighttpd -D -f FILE",
    "haproxy": "haproxy -W -db -f FILE",
    "varnishd": "varnishd -F",
    "squid": "squid -N, or --foreground",
    "caddy": "caddy run",
    "redis-server": "redis-server --daemonize no",
    "memcached": "memcached without -d",
    "mysqld": "mysqld, without --daemonize",
    "mariadbd": "mariadbd, not service mariadb start",
    "postgres": "postgres -D DIR, not pg_ctl or service postgresql start",
    "mongod": "mongod without --fork",
    "mosquitto": "mosquitto without -d",
    "unicorn": "unicorn without -D",
    "unicorn_rails": "unicorn_rails without -D",
    "gunicorn": "gunicorn without --daemon",
    "puma": "puma without --daemon",
    "thin": "thin start without -d",
    "hypnotoad": "hypnotoad -f",
    "starman": "starman without --daemonize",
    "uwsgi": "uwsgi without --daemonize",
    "celery": "celery worker, not celery multi",
    "php-fpm": "php-fpm -F",
    "sshd": "sshd -D",
    "dropbear": "dropbear -F",
    "cron": "cron -f",
    "crond": "crond -f",
    "atd": "atd -f",
    "rsyslogd": "rsyslogd -n",
    "named": "named -f",
    "unbound": "unbound -d",
    "dnsmasq": "dnsmasq -k",
    "slapd": "slapd -d 0",
    "master": "postfix start-fg",
    "dovecot": "dovecot -F",
    "exim4": "exim4 -bdf",
    "smbd": "smbd -F --no-process-group",
    "vsftpd": "vsftpd -obackground=NO",
    "proftpd": "proftpd -n",
    "pure-ftpd": "pure-ftpd without -B",
    "supervisord": "supervisord -n",
    "monit": "monit -I",
    "stunnel": "foreground = yes in stunnel.conf",
    "stunnel4": "foreground = yes in stunnel.conf",
    "tinyproxy": "tinyproxy -d",
    "gearmand": "gearmand without -d",
    "snmpd": "snmpd -f",
    "chronyd": "chronyd -d",
    "ntpd": "ntpd -n",
}
#: Of those, whose processes have names with a version: php-fpm8.2, python3.11.
_VERSIONED = ("php-fpm",)


def what_keeps_in_front(programs: Iterable[str]) -> str:
    """The command that would stay in front, for the first program that is known; "" for none."""
    for program in programs:
        name = program.rstrip(":").rpartition("/")[2]
        name = next((each for each in _VERSIONED if name.startswith(each)), name)
        if name in IN_FRONT:
            return IN_FRONT[name]
    return ""
