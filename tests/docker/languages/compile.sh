#!/bin/sh
# The programs that Debian has no package of, into /compiled.
set -eu
mkdir -p /compiled
cd /languages

gcc -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 fortified.c -o /compiled/fortified
gcc -O2 name.c -o /compiled/glibc
gcc -O2 -static name.c -o /compiled/glibc-static
musl-gcc -O2 name.c -o /compiled/musl

cd go
export PATH="$PATH:/usr/lib/go-1.19/bin" GO111MODULE=off GOCACHE=/tmp/go-cache
CGO_ENABLED=0 go build -ldflags -s -o /compiled/go-static
CGO_ENABLED=1 go build -ldflags -s -o /compiled/go-cgo
rm -rf "$GOCACHE"

# Which loader each has: none, glibc's or musl's.
cd /compiled
for program in *; do
    readelf --program-headers --wide "$program" |
        sed -n "s/.*program interpreter: .*\(ld-[a-z]*\).*/$program \1/p"
done > /tmp/loaders
mv /tmp/loaders /compiled/loaders
