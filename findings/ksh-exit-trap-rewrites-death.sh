#!/bin/bash
# What:     a script with `trap ... EXIT` and none for TERM, in five shells; TERM to the shell while
#           a child runs in front.
# Version:  mksh 59c, ksh93u+m 1.0.4, zsh 5.9, beside bash and dash (Debian 12).
# Expected: the shell dies of TERM (143 for who waits), having run the trap (bash) or not (dash:
#           POSIX leaves it open). The trap's last command must not change what the shell died of.
# Seen:     mksh: runs the trap and exits with 0. ksh93: runs it and exits with 15, neither killed
#           by a signal nor 143. zsh does as dash. mksh also keeps the TERM to itself until the
#           child in front has ended by itself, with an EXIT trap or none, as if TERM had a trap.
# Matters:  an entrypoint that cleans up by an EXIT trap turns each stop, and each death by TERM,
#           into a success under mksh, and under ksh93 into a failure that no list of clean
#           codes has.
set -eu
. "$(dirname "$0")/common.bash"
debian mksh=59c-28+deb12u1 ksh93u+m=1.0.4-3 zsh=5.9-4+b15

end_of() {  # SHELL, SCRIPT: how it ends and what it says, if TERM comes while sleep runs
    rm -f "$T/child.pid"
    cat >"$T/script" <<END
$2
perl -e 'open F, ">", "$T/child.pid"; print F "\$\$\n"; close F; sleep 2'
echo after
END
    # shellcheck disable=SC2016  # the dollars are perl's
    CHILD=$T/child.pid LD_LIBRARY_PATH=$libraries timeout 20 perl -e '
        if (!($pid = fork)) { exec @ARGV; die }
        select undef, undef, undef, 0.05 until -s $ENV{CHILD};
        select undef, undef, undef, 0.2; kill TERM => $pid; $sent = time; waitpid $pid, 0;
        print $? & 127 ? "killed by " . ($? & 127) : "exit " . ($? >> 8);
        print time - $sent >= 1 ? ", late" : ", at once", "\n"' "$1" "$T/script" 2>&1 |
        paste -s -d ' ' -
}

trap_on_exit='trap "echo cleaned" EXIT'
same "bash" "cleaned killed by 15, at once" "$(end_of bash "$trap_on_exit")"
same "dash" "killed by 15, at once" "$(end_of dash "$trap_on_exit")"
same "zsh" "killed by 15, at once" "$(end_of "$T/bin/zsh" "$trap_on_exit")"
same "mksh" "cleaned exit 0, late" "$(end_of "$T/bin/mksh" "$trap_on_exit")"
same "ksh93" "cleaned exit 15, at once" "$(end_of "$T/bin/ksh93" "$trap_on_exit")"
same "mksh without a trap" "exit 143, late" "$(end_of "$T/bin/mksh" "")"
exit $failed
