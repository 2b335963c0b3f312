# The file itself, from the build's context:
#   docker build -t web -f examples/one-file/file.Dockerfile build
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light \
 && rm -rf /var/lib/apt/lists/*

COPY initd /usr/local/bin/

ENV INITD_CHECK="web http http://127.0.0.1/"
ENTRYPOINT ["initd", "--"]
CMD ["nginx", "-g", "daemon off;"]
HEALTHCHECK --interval=5s CMD ["initd", "health"]
