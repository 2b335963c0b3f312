#!/bin/bash
# What:     /proc/PID/status (SigBlk, SigCgt) of an init that has blocked its signals and waits
#           for them: tini, dumb-init, catatonit -P, each left alone.
# Version:  tini 0.19.0, dumb-init 1.2.5, catatonit 0.1.7 (Debian 12), Linux 6.
# Expected: TERM stands in SigBlk. Each has blocked it by sigprocmask(2) as its first act, and
#           nothing unblocks it: sigwait(3) and sigtimedwait(2) are documented to take a pending
#           signal that stays blocked.
# Seen:     for as long as the wait lasts the kernel takes what is waited for out of the mask
#           that it shows. tini and Python's sigwait show TERM as neither blocked nor caught nor
#           ignored, just as a program that TERM kills; it is blocked only in the moments between
#           two waits. dumb-init shows it as caught, by a handler that is never called.
#           catatonit waits by a signalfd, and shows TERM as blocked.
# Matters:  who reads masks to tell what a signal will do (to find who handles it, or when an
#           init is ready) mistakes an init that handles TERM for one that dies of it, nearly
#           always; and the other way round if he looks at the right moment.
set -eu
. "$(dirname "$0")/common.bash"
debian tini=0.19.0-1+b3 dumb-init=1.2.5-2 catatonit=0.1.7-1+b2

cat >"$T/sigwait" <<'PYTHON'
#!/usr/bin/python3
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print(signal.sigwait({signal.SIGTERM}).name)
PYTHON
chmod +x "$T/sigwait"

bit() {  # PID, FIELD: is TERM in it?
    mask=$(sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status")
    [ $((0x${mask: -8} >> 14 & 1)) = 1 ] && echo yes || echo no
}

seen() {  # COMMAND...: what most of 200 looks say, once it waits; then it is told to end
    "$@" >"$T/said" 2>&1 &
    pid=$!
    echo $pid >"$T/seen.pid"
    until_true grep -q "^State:.*sleeping" "/proc/$pid/status"; sleep 1
    for _ in $(seq 200); do
        echo "blocked $(bit $pid SigBlk), caught $(bit $pid SigCgt), ignored $(bit $pid SigIgn)"
    done | sort | uniq -c | sort -rn | sed -n '1s/^ *[0-9]* *//p'
    kill -TERM $pid; status=0; wait $pid || status=$?
    echo "ends with $status"
}

same "tini" "blocked no, caught no, ignored no/ends with 143" \
    "$(seen "$T/usr/bin/tini" -s -- sleep 100 | paste -s -d /)"
same "dumb-init" "blocked no, caught yes, ignored no/ends with 143" \
    "$(seen "$T/usr/bin/dumb-init" sleep 100 | paste -s -d /)"
same "Python's sigwait" "blocked no, caught no, ignored no/ends with 0" \
    "$(seen "$T/sigwait" | paste -s -d /)"
same "catatonit" "blocked yes, caught no, ignored no/ends with 143" \
    "$(seen "$T/usr/bin/catatonit" -- sleep 100 | paste -s -d /)"
exit $failed
