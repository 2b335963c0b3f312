#!/bin/sh
# An image's entrypoint script, as they are written: what the program needs, then the program. Here
# that is a redis (in a session of its own: a stop is not for it) with one job in its queue.
set -e
cd /apps
setsid redis-server --save "" --daemonize yes --logfile /dev/null >/dev/null
until redis-cli ping >/dev/null 2>&1; do sleep 0.05; done
sh -c "$ENQUEUE" >/dev/null
exec "$@"
