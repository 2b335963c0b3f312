# A static app and nothing else. The file with the user's name is for INITD_USER:
#   docker build -t app -f examples/one-file/scratch.Dockerfile examples/one-file
FROM debian:bookworm-slim AS app
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev musl-tools
COPY app.c /
RUN gcc -static -O2 -Wall -Wextra -Werror app.c -o app

FROM scratch
COPY passwd /etc/
COPY --from=app /app /
COPY --from=initd /initd /

ENV INITD_USER=nobody INITD_CHECK="app http http://127.0.0.1:8080/"
ENTRYPOINT ["/initd", "--"]
CMD ["/app"]
HEALTHCHECK --interval=5s CMD ["/initd", "health"]
