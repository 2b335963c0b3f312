#!/bin/sh
# Makes a data directory, then becomes the server.
set -e
/usr/lib/postgresql/15/bin/initdb --auth trust --no-sync /srv/data/pg >/dev/null
exec "$@"
