#!/bin/bash
# What:     `turbo run start` as a container's command, for one persistent task; TERM to it.
# Version:  turbo 2.11.11 (npm).
# Expected: TERM is passed on as TERM, and turbo ends with a failure if the task does: the task
#           exits with 7 when it is stopped, and turbo's own count says "0 successful, 1 total".
# Seen:     the task gets INT, not TERM; its end is waited for (right); and turbo exits with 0.
# Matters:  a program with a handler for TERM alone is cut at once behind turbo, and init sees a
#           clean end either way.
set -eu
. "$(dirname "$0")/common.bash"
npm_install turbo@2.11.11
export TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1
cat >"$T/package.json" <<END
{"name": "one", "packageManager": "npm@10.8.2", "scripts": {"start": "$T/app", "fail": "exit 7"}}
END
echo '{"lockfileVersion": 3, "packages": {}}' >"$T/package-lock.json"
echo '{"tasks": {"start": {"cache": false, "persistent": true}, "fail": {"cache": false}}}' \
    >"$T/turbo.json"
cd "$T"

status=0; node_modules/.bin/turbo run fail --ui=stream </dev/null >log 2>&1 || status=$?
same "control: a task that fails by itself" 7 $status

"$T/fresh" node_modules/.bin/turbo run start --ui=stream </dev/null >log 2>&1 &
echo $! >turbo.pid
until_true test -s app.pid
sleep 0.5
kill -TERM $!
status=0; wait $! || status=$?
same "what the task got" "INT done" "$(paste -s -d ' ' app.log)"
same "turbo's count" "0 successful, 1 total" \
    "$(sed -n 's/.*Tasks: *//p' log | sed 's/\x1b\[[0-9;]*m//g')"
same "turbo's exit status" 0 $status
exit $failed
