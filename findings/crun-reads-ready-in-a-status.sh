#!/bin/bash
# What:     crun with NOTIFY_SOCKET set: what it passes on of what the container's program sends over
#           sd_notify.
# Version:  crun 1.8.1 (Debian 12). Needs root.
# Expected: sd_notify(3) is lines of NAME=VALUE, and a line READY=1 alone says that the start is over.
#           STATUS= is free text. The rest that concerns a manager (STATUS=, RELOADING=1, STOPPING=1,
#           WATCHDOG=1) is passed on, as a program without a container in between would be heard.
# Seen:     it looks for READY=1 anywhere in the datagram: "STATUS=not READY=1 yet" and "XREADY=1" make
#           it say READY=1 outside, with BARRIER=1 behind it. Nothing else is ever passed on: no
#           STATUS=, no RELOADING=1, no STOPPING=1, no WATCHDOG=1.
# Matters:  a program that reports its progress in words is ready for systemd, and for podman with
#           --sdnotify=container, before it is; and its WATCHDOG=1 is heard by nobody. An init in the
#           container that passes datagrams upwards must send no status that quotes READY=1.
set -eu
. "$(dirname "$0")/common.bash"
debian crun=1.8.1-1+deb12u1
listen

mkdir -p "$T/bundle/rootfs"
cat >"$T/bundle/rootfs/say" <<'PERL'
#!/usr/bin/perl
use Socket;
socket(my $talk, AF_UNIX, SOCK_DGRAM, 0) or die;
for my $said (@ARGV) {
    $said =~ s/; /\n/g;
    send($talk, $said, 0, sockaddr_un($ENV{NOTIFY_SOCKET})) or die "$!";
    select undef, undef, undef, 0.3;
}
select undef, undef, undef, 0.5;
PERL
chmod +x "$T/bundle/rootfs/say"

cat >"$T/spec" <<'PYTHON'
import json, os, sys
spec = json.load(open("config.json"))
mounts = [each for each in spec["mounts"] if each["type"] != "cgroup"]
for folder in ("/usr", "/bin", "/lib", "/lib64"):
    if os.path.isdir(folder):
        mounts.append({"destination": folder, "type": "bind", "source": os.path.realpath(folder),
                       "options": ["rbind", "ro"]})
spec["process"].update(terminal=False, args=["/say", *sys.argv[1:]])
spec["root"] = {"path": "rootfs"}
spec["mounts"] = mounts
spec["linux"].pop("resources", None)
json.dump(spec, open("config.json", "w"))
PYTHON

said() {  # MESSAGE...: what is heard outside
    cd "$T/bundle"
    rm -f config.json
    : >"$T/notify.log"
    LD_LIBRARY_PATH=$libraries "$T/usr/bin/crun" spec
    python3 "$T/spec" "$@"
    # It wants version 2 of the control groups alone, which not every machine has mounted.
    LD_LIBRARY_PATH=$libraries unshare --mount --cgroup sh -c \
        'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec "$@"' \
        sh "$T/usr/bin/crun" --root "$T/state" --cgroup-manager=disabled run "finding-$$" >&2
    tr -d '\0' <"$T/notify.log" | paste -sd'|'
    cd /
}

READY="READY=1|BARRIER=1"
same "control: READY=1" "$READY" "$(said READY=1)"
same "control: no READY=1" "" "$(said STATUS=loading READY=0)"
same "a status that says not yet" "$READY" "$(said "STATUS=not READY=1 yet")"
same "another name that ends so" "$READY" "$(said XREADY=1)"
same "with a status" "$READY" "$(said "READY=1; STATUS=up")"
same "all that comes before and after" "$READY|$READY" \
    "$(said STATUS=loading READY=1 STATUS=up RELOADING=1 READY=1 WATCHDOG=1 STOPPING=1)"
same "not ready, all else" "" "$(said STATUS=loading WATCHDOG=1 RELOADING=1 STOPPING=1)"
exit $failed
