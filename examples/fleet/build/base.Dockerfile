# What the app stands on: programs that change seldom, so hosts pull this layer seldom. Built by
# build/base, from the mirror that the machine uses; images of commits are built on it offline.
#   docker build --file base.Dockerfile DIRECTORY      with initd's file in it
FROM debian:bookworm-slim AS programs
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
        rake ruby ruby-bundler ruby-rack ruby-redis unicorn \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1000 --home-dir /app --no-create-home app \
 && mkdir -m 755 /app /container /etc/initd

FROM programs
COPY initd /usr/local/bin/
