#!/bin/bash
# What:     `nf start` (node-foreman) with two processes; one of them ends with 3. /bin/sh is dash.
# Version:  foreman 3.0.1 (npm; its latest), dash 0.5.12 (Debian 12's /bin/sh).
# Expected: as the other runners of Procfiles: the rest is told to stop, and nf ends with a
#           failure. Or, failing that, the process is started again.
# Seen:     "[DONE] Killing all processes with signal SIGINT", and then nothing. nf starts each line
#           by `/bin/sh -c` and signals that shell alone; dash forks even for a single command
#           (bash would exec it), takes the INT, and goes on waiting for its child, which gets none.
#           The other process keeps running, and so does nf; the code is told as "null", not 3.
# Matters:  the container lives on with one process fewer; a restart policy never gets its turn.
#           INT sent to nf itself has the same outcome: it must be KILLed at each stop.
#           Cure: begin each line of the Procfile with "exec".
set -eu
. "$(dirname "$0")/common.bash"
npm_install foreman@3.0.1

start() {  # LINE OF THE PROCFILE FOR THE APP: starts nf, waits until the other process has ended
    rm -f "$T"/app.*
    printf 'app: %s\nother: sleep 1; exit 3\n' "$1" >"$T/Procfile"
    (cd "$T" && exec "$T/fresh" node_modules/.bin/nf start </dev/null >"$T/log" 2>&1) &
    echo $! >"$T/nf.pid"
    until_true test -s "$T/app.pid"
    until_true grep -q "Killing all processes" "$T/log"
    sleep 4
    app=$(cat "$T/app.pid"); nf=$(cat "$T/nf.pid")
}

[ "$(basename "$(readlink -f /bin/sh)")" = dash ] || { echo "needs dash as /bin/sh"; exit 2; }
start "$T/app"
same "what it says of the one that ended" "other.1 Exited with exit code null" \
    "$(sed -n 's/.*\(other.1 Exited.*\)/\1/p' "$T/log" | sed 's/\x1b\[[0-9;]*m//g')"
same "four seconds later: nf, the app" "alive alive" "$(alive "$nf") $(alive "$app")"
same "signals that the app got" "" "$(cat "$T/app.log" 2>/dev/null || true)"
kill -KILL "$nf" "$app"; wait "$nf" 2>/dev/null || true

start "exec $T/app"
same "with exec in the Procfile: nf, the app" "gone gone" "$(alive "$nf") $(alive "$app")"
same "signals that the app got" "INT done" "$(paste -s -d ' ' "$T/app.log")"
exit $failed
