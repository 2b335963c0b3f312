#!/bin/bash
# What:     `foreman start` (Ruby) with two processes, one of which is killed by a signal.
# Version:  foreman 0.87.2 (Debian ruby-foreman 0.87.2-2).
# Expected: a failure. foreman ends with the code of the first process that ended, as it does for
#           a process that exits with 3; a death by KILL (say, out of memory) or SEGV would be
#           128 + N, or at least not 0.
# Seen:     a process that a signal ended has no code, so the next one to end is asked for its
#           own: the neighbours, which foreman has just told to stop. If those die of its TERM,
#           or end with 0, foreman ends with 0. One that ends its stop with 7 gives 7.
# Matters:  an out-of-memory kill is a success for init and for "restart on failure", and
#           the failure code that is seen may belong to a process that was in order.
set -eu
. "$(dirname "$0")/common.bash"
debian ruby-foreman=0.87.2-2 ruby-thor=1.2.1-2 ruby3.1
lib=usr/lib/ruby/3.1.0 arch=usr/lib/$(uname -m)-linux-gnu/ruby/3.1.0
gems=$(find "$T/usr/share" -path '*gems/foreman-*/lib' -type d | head -1)

status_of() {  # NEIGHBOUR, FAILING LINE: foreman's exit status
    printf 'neighbour: %s\nfailing: sleep 1; %s\n' "$1" "$2" >"$T/Procfile"
    status=0
    (cd "$T" && LD_LIBRARY_PATH=$libraries RUBYLIB=$T/$lib:$T/$arch:/$lib:/$arch \
        timeout 60 "$T/usr/bin/ruby3.1" --disable-gems -I "$gems" -I "$T/usr/lib/ruby/vendor_ruby" \
        "${gems%/lib}/bin/foreman" start) >"$T/log" 2>&1 || status=$?
    grep -q "$3" "$T/log" || { cat "$T/log" >&2; echo "did not run: "; }
    echo $status
}

same "control: exit 3" 3 "$(status_of "exec $T/app" "exit 3" "exited with code 3")"
for signal in KILL SEGV; do
    same "$signal, the neighbour dies of foreman's TERM" 0 \
        "$(status_of "exec sleep 100" "kill -$signal \$\$" "terminated by SIG$signal")"
done
same "KILL, the neighbour ends its stop with 7" 7 \
    "$(status_of "exec $T/app" 'kill -KILL $$' "terminated by SIGKILL")"
exit $failed
