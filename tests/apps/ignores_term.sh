#!/bin/sh
# Ignores TERM, and so does what it becomes: an ignored signal stays ignored across exec.
trap '' TERM
echo ready
exec sleep 1000
