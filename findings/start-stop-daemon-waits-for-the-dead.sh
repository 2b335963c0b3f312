#!/bin/bash
# What:     `start-stop-daemon --start --background --notify-await` of a program that ends before it
#           is ready, of one that sends ERRNO=, and of one that is never ready.
# Version:  dpkg 1.21.23 (Debian 12).
# Expected: a program that is gone can't get ready: its end is told of at once, with its status, as
#           systemd does for Type=notify. A start that failed leaves nothing behind: the program is
#           ended, and its pid file removed.
# Seen:     the end is not noticed. It waits for all of --notify-timeout (60 s by default), and says
#           "timed out waiting for a notification". ERRNO= ends the wait at once. Either way the
#           program that is still there goes on, and the pid file stays.
# Matters:  a crash at start costs a minute and looks like slowness; a start that "failed" may be
#           running, and the next one makes two.
set -eu
. "$(dirname "$0")/common.bash"
debian dpkg=1.21.23

cat >"$T/speaker" <<'PYTHON'
#!/usr/bin/python3
import os, socket, sys, time
open(os.path.dirname(sys.argv[0]) + "/speaker.pid", "w").write(str(os.getpid()))
talk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
talk.connect(os.environ["NOTIFY_SOCKET"])
word = sys.argv[1]
if word == "exit":
    sys.exit(3)
if word != "silent":
    talk.send(word.encode())
time.sleep(60)
PYTHON
chmod +x "$T/speaker"

started() {  # WORD: exit status, seconds, what is left
    begun=$(date +%s); status=0
    "$T/sbin/start-stop-daemon" --start --background --make-pidfile --pidfile "$T/made.pidfile" \
        --notify-await --notify-timeout 4 --startas "$T/speaker" -- "$1" >"$T/said" 2>&1 || status=$?
    seconds=$(($(date +%s) - begun))
    pid=$(cat "$T/speaker.pid")
    echo "$status, after $([ $seconds -ge 3 ] && echo 'the time-out' || echo 'no time'), program" \
        "$(alive "$pid"), pid file $([ -e "$T/made.pidfile" ] && echo stays || echo removed):" \
        "$(sed 's/.*start-stop-daemon: //' "$T/said")"
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$T/made.pidfile"
}

same "control: ready" "0, after no time, program alive, pid file stays: " "$(started READY=1)"
same "ends with 3 before it is ready" \
    "2, after the time-out, program gone, pid file stays: timed out waiting for a notification" \
    "$(started exit)"
same "never ready" \
    "2, after the time-out, program alive, pid file stays: timed out waiting for a notification" \
    "$(started silent)"
same "says that it failed" \
    "2, after no time, program alive, pid file stays: program failed to initialize (Permission denied)" \
    "$(started ERRNO=13)"
exit $failed
