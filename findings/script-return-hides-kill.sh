#!/bin/bash
# What:     script(1) with --return as the wrapper that gives a program a terminal.
# Version:  util-linux 2.38.1 (Debian bsdutils 1:2.38.1-5+deb12u3).
# Expected: TERM to `script` reaches the program, and --return hands its exit code on: the manual
#           promises the child's status, in the shell's way (128 + N) where a signal ended it.
# Seen:     "Session terminated, killing shell... ...killed.", two seconds, then status 0,
#           whether the program was killed by KILL or ended by itself with 7 in the meantime.
# Matters:  init sees a clean end where the program was killed. No grace period of an engine is
#           ever used: two seconds are all there is, and INT is treated in the same way.
set -eu
. "$(dirname "$0")/common.bash"
debian bsdutils=1:2.38.1-5+deb12u3

# bash, unlike dash, execs a single command: the program is script's own child.
export SHELL=/bin/bash

# Nobody reads the terminal during these two seconds, so the programs write to files.
cat >"$T/slow" <<END
#!/bin/sh
echo \$\$ >"$T/slow.pid"
trap 'echo got TERM >"$T/slow.log"' TERM
while :; do sleep 0.1; done
END
chmod +x "$T/slow"

stop() {  # SIGNAL PROGRAM: sends the signal to script, prints its exit status
    rm -f "$T"/slow.pid "$T"/app.pid
    "$T/fresh" "$T/usr/bin/script" --quiet --return --command "$T/$2" /dev/null \
        </dev/null >"$T/out" 2>&1 &
    until_true test -s "$T/$2.pid"
    sleep 0.3
    began=$(date +%s%N)
    kill -s "$1" $!
    status=0; wait $! || status=$?
    [ $(($(date +%s%N) - began)) -gt 1900000000 ] || status="$status, too early"
    echo "status $status"
}

same "control: the program ends by itself" "status 7" "$(
    "$T/usr/bin/script" --quiet --return --command "exit 7" /dev/null </dev/null >/dev/null ||
    echo "status $?")"
same "TERM, program outlasts it" "status 0" "$(stop TERM slow)"
same "the program did get TERM" "got TERM" "$(cat "$T/slow.log")"
slow=$(cat "$T/slow.pid")
# shellcheck disable=SC2317  # called by until_true
is_gone() { [ "$(alive "$slow")" = gone ]; }
until_true is_gone
echo "as written: and was then killed"
same "INT, program outlasts it" "status 0" "$(stop INT slow)"
same "TERM, program ends with 7 in between" "status 0" "$(stop TERM app)"
exit $failed
