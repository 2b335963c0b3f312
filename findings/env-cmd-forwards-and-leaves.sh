#!/bin/bash
# What:     env-cmd, an npm wrapper that runs a program with the variables of an .env file.
# Version:  env-cmd 11.0.0 (npm).
# Expected: one of the two things that wrappers do with TERM and INT: pass them on, wait, and end
#           with the program's exit code; or know nothing of signals, so that the program never
#           hears of the stop. It does end with the program's exit code (7) when none is sent.
# Seen:     both halves of the wrong kind: the program gets the signal and begins its orderly end,
#           and env-cmd dies of the same signal at once, without waiting for it.
# Matters:  pid 1 sees its main process gone (143) and ends the container, in the midst of a
#           drain that had begun so well. The app's log shows a correct handler, cut short; the
#           program's exit code is never seen.
set -eu
. "$(dirname "$0")/common.bash"
npm_install env-cmd@11.0.0
echo A=1 >"$T/.env"

same "control: exit code of a program that just ends" "status 7" "$(
    "$T/node_modules/.bin/env-cmd" -f "$T/.env" sh -c 'exit 7' || echo "status $?")"

for signal in TERM INT; do
    rm -f "$T"/app.*
    "$T/fresh" "$T/node_modules/.bin/env-cmd" -f "$T/.env" "$T/app" &
    until_true test -s "$T/app.pid"
    kill -s $signal $!
    status=0; wait $! 2>"$T/killed" || status=$?
    app=$(cat "$T/app.pid")
    same "$signal: env-cmd's status" $((128 + $(kill -l $signal))) $status
    same "$signal: the app at this moment" "alive" "$(alive "$app")"
    until_true grep -q "done" "$T/app.log"
    same "$signal: what the app did, alone, to its end" "$signal done" \
        "$(paste -s -d ' ' "$T/app.log")"
done
exit $failed
