#!/bin/bash
# What:     two USR2 to `haproxy -W` (reload), the second while the first is still being followed.
# Version:  haproxy 2.6.12 (Debian 12).
# Expected: the second is followed too. The master has it blocked (SigBlk) while it reloads, and
#           what is blocked waits; whoever writes a file and then tells haproxy may go by that.
# Seen:     a USR2 that comes while it is blocked never counts. Before the master lets it in, it sets USR2 to
#           be ignored for a moment (SigIgn), and that throws away what waits. The file that was
#           written between the two is not read until somebody asks again; nothing in the log.
# Matters:  a watch that tells haproxy of each change loses the last of two close ones. Tell it
#           more seldom than it takes to read its files, or ask again later.
set -eu
. "$(dirname "$0")/common.bash"
debian haproxy=2.6.12-1+deb12u4
export LD_LIBRARY_PATH=$libraries

config() {  # WORD: what it answers. Many backends, so that reading takes a while.
    cat <<END
defaults
    mode http
    timeout connect 2s
    timeout client 1m
    timeout server 1m
frontend web
    bind unix@$T/web.sock
    http-request return status 200 content-type text/plain string "$1"
END
    for n in $(seq 10000); do printf 'backend b%d\n    server s 127.0.0.1:9\n' "$n"; done
}
for word in one two three; do config $word >"$T/$word"; done
answer() { curl -s --unix-socket "$T/web.sock" http://x/; }
answers() { [ "$(answer)" = "$1" ]; }
mask() { echo $((0x$(sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status") >> 11 & 1)); }
blocked() { [ "$(mask "$1" SigBlk)" = 1 ]; }

round() {  # WHEN: the answer in the end
    cp "$T/one" "$T/haproxy.cfg"
    "$T/usr/sbin/haproxy" -W -f "$T/haproxy.cfg" >"$T/log" 2>&1 &
    pid=$!; echo $pid >"$T/haproxy.pid"
    until_true answers one; sleep 1
    cp "$T/two" "$T/new"; mv "$T/new" "$T/haproxy.cfg"
    kill -USR2 $pid
    case $1 in
    meanwhile) until blocked $pid; do :; done; sleep 0.2 ;;  # the file has been read by then
    later) until_true answers two; sleep 1 ;;
    esac
    cp "$T/three" "$T/new"; mv "$T/new" "$T/haproxy.cfg"
    before=$(mask $pid SigBlk); kill -USR2 $pid
    sleep 3
    echo "blocked $before, then $(answer)"
    kill -TERM $pid; wait $pid || true
}

same "control: the second comes when the first is done" "blocked 0, then three" "$(round later)"
for _ in 1 2 3 4 5; do round meanwhile; done >"$T/rounds"
cat "$T/rounds"
same "of those that came while it was blocked, followed" 0 \
    "$(grep "blocked 1" "$T/rounds" | grep -c three || true)"
same "and there were some" yes "$(grep -q "blocked 1" "$T/rounds" && echo yes)"
exit $failed
