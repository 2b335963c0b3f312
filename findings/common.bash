# Shared by the findings: a temp folder that goes away with all that was started, pinned
# packages that are unpacked into it and never installed, and a program to be wrapped.
T=$(mktemp -d)
cleanup() {
    cat "$T"/*.pid 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
    rm -rf "$T"
}
trap cleanup EXIT

# debian PACKAGE=VERSION...: unpacks them, and what they need and this machine lacks, into $T.
debian() {
    mkdir -p "$T/archives/partial"
    apt-get -qq -y --download-only --no-install-recommends --reinstall --allow-downgrades \
        -o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Dir::Cache::archives="$T/archives" \
        install "$@" >"$T/apt.log" 2>&1 || { cat "$T/apt.log" >&2; exit 2; }
    for deb in "$T"/archives/*.deb; do dpkg -x "$deb" "$T"; done
    libraries=$T/usr/lib/$(uname -m)-linux-gnu:$T/lib/$(uname -m)-linux-gnu
}

# npm_install NAME@VERSION...: into $T/node_modules.
npm_install() { npm install --silent --no-audit --no-fund --prefix "$T" "$@"; }

# $T/app takes a second to end after TERM or INT, and then exits with 7. It notes what it gets.
cat >"$T/app" <<'PERL'
#!/usr/bin/perl
my ($folder) = $0 =~ m{(.*)/};
sub note { open my $f, '>>', "$folder/$_[0]" or die; syswrite $f, "$_[1]\n"; }
$SIG{$_} = sub { note("app.log", $_[0]); $end ||= time + 1; } for qw(TERM INT);
note("app.pid", $$);
until ($end && time > $end) { select undef, undef, undef, 0.1; }
note("app.log", "done");
exit 7;
PERL
chmod +x "$T/app"

# "$T/fresh" PROGRAM...: with INT as it is by default; a script's background jobs ignore it.
printf '#!/usr/bin/perl\n$SIG{INT} = "DEFAULT"; exec @ARGV; die $!;\n' >"$T/fresh"
chmod +x "$T/fresh"

# listen: notes each sd_notify datagram as a line of $T/notify.log, its own lines joined by "; ".
listen() {
    rm -f "$T/notify.log"
    python3 - "$T" <<'PYTHON' &
import os, socket, sys
folder = sys.argv[1]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if os.path.exists(folder + "/notify"):
    os.unlink(folder + "/notify")
listener.bind(folder + "/notify")
with open(folder + "/notify.log", "w", buffering=1) as log:
    while True:
        lines = listener.recv(4096).decode().split("\n")
        log.write("; ".join(line for line in lines if line) + "\n")
PYTHON
    echo $! >>"$T/listener.pid"
    disown
    until_true test -e "$T/notify.log"
    export NOTIFY_SOCKET=$T/notify
}

# until_true COMMAND...: waits for it to succeed, ten seconds at most.
until_true() {
    for _ in $(seq 100); do "$@" && return; sleep 0.1; done
    echo "gave up: $*" >&2
    exit 2
}

# alive PID: "alive", or "gone", which a zombie that nobody has reaped yet is, too.
alive() {
    case $(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) in
    "" | Z) echo gone ;; *) echo alive ;;
    esac
}

# same WHAT EXPECTED SEEN: the finding still holds, or the script fails.
failed=0
same() {
    if [ "$2" = "$3" ]; then echo "as written: $1: $3"
    else echo "CHANGED: $1: was '$2', is '$3'"; failed=1; fi
}
