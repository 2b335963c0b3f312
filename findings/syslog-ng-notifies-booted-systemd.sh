#!/bin/bash
# What:     syslog-ng in front (-F) as an sd_notify sender, from Debian's Type=notify service.
# Version:  syslog-ng 3.38.1 (Debian syslog-ng-core 3.38.1-5+deb12u1). Needs root.
# Expected: with NOTIFY_SOCKET set it says READY=1 at its start, RELOADING=1 and READY=1 around a
#           reload, and STOPPING=1 at its end. NOTIFY_SOCKET is all that sd_notify(3) asks for.
# Seen:     nothing at all, unless the folder /run/systemd/system exists (sd_booted(3)'s test).
#           Where it does, the reload and the end are told by STATUS= alone: a reload is
#           STATUS=Reloading configuration (date) and an empty STATUS=, the end is
#           STATUS=Shutting down... (date); neither RELOADING=1 nor STOPPING=1 is ever sent.
# Matters:  containers have no such folder: an init that gates readiness on notify waits for ever.
#           And who routes by STOPPING=1 goes on sending until the process is gone.
set -eu
. "$(dirname "$0")/common.bash"
debian syslog-ng-core=3.38.1-5+deb12u1
listen

cat >"$T/conf" <<END
@version: 3.38
source here { internal(); };
destination there { file("$T/messages"); };
log { source(here); destination(there); };
END

cat >"$T/run" <<'END'
# In a mount namespace of its own: an empty /run, with the folder only if asked for.
mount -t tmpfs none /run
[ "$2" = plain ] || mkdir -p /run/systemd/system
log=$1/messages; app=$1/usr/sbin/syslog-ng
has() { for _ in $(seq 100); do grep -qs "$1" "$log" && return; sleep 0.1; done; exit 2; }
"$app" --foreground --no-caps --cfgfile="$1/conf" --persist-file="$1/persist" \
    --control="$1/control" --pidfile="$1/pidfile" --module-path="$3" &
has "starting up"; sleep 1
kill -HUP $!; has "Configuration reload finished"; sleep 0.5
kill -TERM $!; wait $!
END

sent() {  # plain or booted: what is heard
    : >"$T/notify.log"; rm -f "$T/messages" "$T/persist"
    LD_LIBRARY_PATH=$libraries:$T/usr/lib/syslog-ng unshare --mount \
        sh "$T/run" "$T" "$1" "$(find "$T/usr/lib/syslog-ng" -name 'libaffile.so' -printf '%h')" ||
        echo "did not run"
    sed 's/ ([^)]*)//' "$T/notify.log" | paste -s -d '/' -
}

reload=STATUS=Reloading\ configuration/STATUS=
same "without /run/systemd/system" "" "$(sent plain)"
same "with /run/systemd/system" \
    "STATUS=Starting up.../READY=1/STATUS=/$reload/STATUS=Shutting down..." \
    "$(sent booted)"
exit $failed
