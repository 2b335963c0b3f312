/* Part of kernel_module.h's functions, in a file of its own. */
#ifndef INITD_KERNEL_LISTEN_H
#define INITD_KERNEL_LISTEN_H

/* The descriptor of a unix socket with that path, or of a TCP socket at that address; or -errno. */
int initd_bind(const char *path, int type);
int initd_listen_inet(const char *address, int port);

#endif
