# In the place of gcr.io/distroless/base-debian12, where no registry can be reached: Debian's C
# library and its loader, users, and no program at all.
FROM debian:bookworm-slim AS made
RUN mkdir -p /root/etc /root/tmp /root/lib64 && chmod 1777 /root/tmp \
 && cp --parents -L /lib/*-linux-gnu/libc.so.6 /lib/*-linux-gnu/libm.so.6 /root \
 && for loader in /lib64/ld-linux-*; do [ ! -e "$loader" ] || cp -L "$loader" /root/lib64/; done \
 && for loader in /lib/ld-linux-*; do [ ! -e "$loader" ] || cp -L "$loader" /root/lib/; done \
 && printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' > /root/etc/passwd \
 && printf 'root:x:0:\nnobody:x:65534:\n' > /root/etc/group

FROM scratch
COPY --from=made /root /
