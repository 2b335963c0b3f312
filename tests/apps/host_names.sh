#!/bin/sh
# Asks each interpreter, in its own way, for the name of this host: lines of "program name".
set -e
echo "ruby $(ruby -rsocket -e 'print Socket.gethostname')"
echo "python3 $(python3 -c 'import socket; print(socket.gethostname())')"
echo "perl $(perl -MSys::Hostname -e 'print hostname')"
echo "node $(node -e 'process.stdout.write(require("os").hostname())')"
echo "php $(php -r 'echo gethostname();')"
echo "uname $(uname -n)"
