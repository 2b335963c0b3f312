#!/bin/sh
# What nginx says of $hostname when it has started.
set -e
config=/languages/nginx.conf
nginx -c "$config" # the port is open when this returns
curl --silent --fail http://127.0.0.1:8080/
nginx -c "$config" -s quit
