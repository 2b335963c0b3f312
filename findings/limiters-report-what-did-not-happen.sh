#!/bin/bash
# What:     TERM to `timelimit -t 100 app` and to `cpulimit -l 90 -- app`, long before any limit.
# Version:  timelimit 1.9.2, cpulimit 2.8 (Debian 12).
# Expected: both catch TERM, so both pass it on or end the app; and the exit status says that this
#           was no success.
# Seen:     neither touches the app, which goes on. timelimit says "terminated by signal 15 during
#           the run period", which is what happened to timelimit, and ends with 70, the status of a
#           fault in a program; left alone it repeats the app's own. cpulimit ends with 0, as if the
#           app had done so.
# Matters:  behind either an app loses its stop signal, and init is told of a success, or of a fault
#           in place of a stop.
set -eu
. "$(dirname "$0")/common.bash"
debian timelimit=1.9.2-1 cpulimit=2.8-1

told() {  # COMMAND...: exit status, what became of the app, what was said
    rm -f "$T/app.pid" "$T/app.log"
    "$T/fresh" "$@" "$T/app" >"$T/said" 2>&1 &
    until_true test -s "$T/app.pid"
    app=$(cat "$T/app.pid"); sleep 0.5
    kill -TERM $!
    status=0; wait $! || status=$?
    sleep 1.5
    echo "$status, app $(alive "$app"), got $(cat "$T/app.log" 2>/dev/null || echo nothing)"
    kill -KILL "$app"
}

status=0; "$T/usr/bin/timelimit" -t 100 sh -c 'exit 7' || status=$?
same "control: timelimit, left alone" 7 $status
same "timelimit" "70, app alive, got nothing" "$(told "$T/usr/bin/timelimit" -t 100)"
same "what it says" "terminated by signal 15 during the run period" "$(sed 's/^[^ ]* //' "$T/said")"
same "cpulimit" "0, app alive, got nothing" "$(told "$T/usr/bin/cpulimit" -l 90 --)"
exit $failed
