# An image that holds initd alone, to copy it from. The context is the directory with the file:
#   docker build -t initd -f examples/one-file/image.Dockerfile build
FROM scratch
COPY initd /
