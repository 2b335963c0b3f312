# An app for musl, with a shell beside it:
#   docker build -t app -f examples/one-file/alpine.Dockerfile examples/one-file
FROM debian:bookworm-slim AS app
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev musl-tools
COPY app.c /
RUN musl-gcc -O2 -Wall -Wextra -Werror app.c -o app

FROM alpine:3
COPY --from=app /app /usr/bin/
COPY --from=initd /initd /usr/bin/

ENV INITD_USER=nobody INITD_CHECK="app http http://127.0.0.1:8080/"
ENTRYPOINT ["initd", "--"]
CMD ["app"]
HEALTHCHECK --interval=5s CMD ["initd", "health"]
