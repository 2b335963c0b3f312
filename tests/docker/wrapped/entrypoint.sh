#!/bin/sh
# An image's entrypoint that sets something up and stays in front of its command.
set -e
umask 022
"$@"
