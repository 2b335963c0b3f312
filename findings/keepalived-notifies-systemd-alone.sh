#!/bin/bash
# What:     keepalived as an sd_notify sender: `keepalived --dont-fork`, one BFD instance on lo.
# Version:  keepalived 2.2.7 (Debian 1:2.2.7-1+b2, built with SYSTEMD_NOTIFY). Needs root.
# Expected: with NOTIFY_SOCKET set it says READY=1, RELOADING=1 and STOPPING=1 to whoever listens
#           there. That is sd_notify's whole contract, and what the other senders do.
# Seen:     not one datagram, unless its parent is pid 1 and the name of pid 1 is "systemd".
#           A shell that is renamed to that and is pid 1 gets all of them:
#           READY=1; MAINPID=N / RELOADING=1 / READY=1; MAINPID=N / STOPPING=1.
# Matters:  under any other init, or below a shell or a shim, keepalived is never "ready", and
#           whoever waits for READY=1 waits until the start times out. Nothing is logged.
set -eu
. "$(dirname "$0")/common.bash"
debian keepalived=1:2.2.7-1+b2
listen

cat >"$T/conf" <<END
global_defs {
    router_id test
    script_user root
}
bfd_instance one {
    neighbor_ip 127.0.0.1
    source_ip 127.0.0.1
}
END

# The first process of a pid namespace, called $1: starts keepalived, reloads it and stops it.
cat >"$T/run" <<'END'
ip=$1 log=$2; shift 2
$ip link set lo up
"$@" >"$log" 2>&1 &
has() { for _ in $(seq 100); do grep -q "$1" "$log" && return; sleep 0.1; done; exit 2; }
has "Startup complete"; sleep 0.5
kill -HUP $!; has "Reload complete"; sleep 0.5
kill -TERM $!; wait
END

sent_to() {  # NAME OF PID 1: what is heard
    : >"$T/notify.log"
    cp "$(readlink -f /bin/sh)" "$T/$1"
    unshare --net --pid --fork --mount-proc --kill-child "$T/$1" "$T/run" \
        "$(command -v ip)" "$T/log" env LD_LIBRARY_PATH="$libraries" "$T/usr/sbin/keepalived" \
        --dont-fork --log-console --use-file="$T/conf" \
        --pid="$T/k1" --vrrp_pid="$T/k2" --checkers_pid="$T/k3" --bfd_pid="$T/k4" || true
    grep -q "Stopped Keepalived" "$T/log" || echo "did not run"
    sleep 0.3
    grep -v '^$' "$T/notify.log" | sed 's/MAINPID=[0-9]*/MAINPID=N/' | paste -s -d '/' -
}

same "below a pid 1 called init" "" "$(sent_to init)"
same "below a pid 1 called systemd" \
    "READY=1; MAINPID=N/RELOADING=1/READY=1; MAINPID=N/STOPPING=1" "$(sent_to systemd)"
exit $failed
