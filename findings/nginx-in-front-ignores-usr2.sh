#!/bin/bash
# What:     USR2, nginx's signal for replacing the executable under load, with `daemon off`.
# Version:  nginx 1.22.1 (Debian nginx 1.22.1-9+deb12u11).
# Expected: the new master starts, and the pid file with .oldbin names the old one, as it does in
#           the background: nginx's page on control names no condition.
# Seen:     in front no upgrade begins, and the log asks for the end of an old or a new binary's
#           process, of which there is none. A master ignores USR2 while its parent is the one
#           that it had at its start, which it takes for the old master of an upgrade under way.
#           In the background that parent has gone; in front it is a shell, a supervisor or an
#           init, and stays. HUP is heeded in both.
# Matters:  every container runs nginx with `daemon off`: an upgrade in place that works on hosts
#           is not done there, whichever init is in front.
set -eu
. "$(dirname "$0")/common.bash"
debian nginx=1.22.1-9+deb12u11

cat >"$T/conf" <<END
pid $T/pid;
error_log $T/log;
events {}
END
nginx() { "$T/usr/sbin/nginx" -p "$T" -e "$T/log" -c "$T/conf" "$@"; }
workers_of() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }
replaced() { [ "$(workers_of "$1")" != "$2" ]; }
has_workers() { [ -n "$(workers_of "$1")" ]; }

after() {  # PID: what USR2 leads to within three seconds, and then HUP
    until_true has_workers "$1"
    echo "$1" >"$T/nginx.pid"
    kill -USR2 "$1"
    for _ in $(seq 30); do [ -e "$T/pid.oldbin" ] && break; sleep 0.1; done
    if [ -e "$T/pid.oldbin" ]; then
        echo "an upgrade"
        until_true test -s "$T/pid"
        kill -QUIT "$(cat "$T/pid")"
        until_true test ! -e "$T/pid.oldbin"
    else
        echo "nothing"
    fi
    before=$(workers_of "$1")
    kill -HUP "$1"
    until_true replaced "$1" "$before" && echo "a reload"
    kill -QUIT "$1"
}

nginx
until_true test -s "$T/pid"
same "in the background" "an upgrade/a reload" "$(after "$(cat "$T/pid")" | paste -s -d /)"
until_true test ! -e "$T/pid"
"$T/usr/sbin/nginx" -p "$T" -e "$T/log" -c "$T/conf" -g 'daemon off;' &
front=$!
until_true test -s "$T/pid"
same "in front" "nothing/a reload" "$(after $front | paste -s -d /)"
until_true test ! -e "$T/pid"
same "the log" "yes" "$(grep -q "crit.*changing binary signal is ignored" "$T/log" && echo yes)"
exit $failed
