# A server of Debian's, with initd from its image:
#   docker build -t web -f examples/one-file/debian.Dockerfile examples/one-file
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light \
 && rm -rf /var/lib/apt/lists/*

COPY --from=initd /initd /usr/local/bin/

ENV INITD_CHECK="web http http://127.0.0.1/"
ENTRYPOINT ["initd", "--"]
CMD ["nginx", "-g", "daemon off;"]
HEALTHCHECK --interval=5s CMD ["initd", "health"]
