# A C library and no shell:
#   docker build -t app -f examples/one-file/distroless.Dockerfile examples/one-file
FROM debian:bookworm-slim AS app
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev musl-tools
COPY app.c /
RUN gcc -O2 -Wall -Wextra -Werror app.c -o app

FROM gcr.io/distroless/base-debian12
COPY --from=app /app /usr/bin/
COPY --from=initd /initd /usr/bin/

ENV INITD_USER=nobody INITD_CHECK="app http http://127.0.0.1:8080/"
ENTRYPOINT ["initd", "--"]
CMD ["app"]
HEALTHCHECK --interval=5s CMD ["initd", "health"]
