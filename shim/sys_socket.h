/* System calls on sockets, as those of sys.h. */
#ifndef INITD_SYS_SOCKET_H
#define INITD_SYS_SOCKET_H

#include "sys.h"

struct sockaddr_un;

ALWAYS_INLINE int sys_socket(int family, int type)
{
    return (int)system_call3(__NR_socket, family, type, 0);
}

ALWAYS_INLINE int sys_connect(int connection, const struct sockaddr_un *address, size_t size)
{
    return (int)system_call3(__NR_connect, connection, (long)address, (long)size);
}

ALWAYS_INLINE int sys_bind(int server, const struct sockaddr_un *address, size_t size)
{
    return (int)system_call3(__NR_bind, server, (long)address, (long)size);
}

ALWAYS_INLINE int sys_listen(int server, int backlog)
{
    return (int)system_call2(__NR_listen, server, backlog);
}

ALWAYS_INLINE int sys_setsockopt(int connection, int level, int option, const void *value,
                                 size_t size)
{
    return (int)system_call5(__NR_setsockopt, connection, level, option, (long)value, (long)size);
}

ALWAYS_INLINE int sys_getsockopt(int connection, int level, int option, void *value, int *size)
{
    return (int)system_call5(__NR_getsockopt, connection, level, option, (long)value, (long)size);
}

/* On a connection, which needs no address. */
ALWAYS_INLINE long sys_sendto(int connection, const void *from, size_t size, int flags)
{
    return system_call6(__NR_sendto, connection, (long)from, (long)size, flags, 0, 0);
}

ALWAYS_INLINE long sys_recv(int connection, void *to, size_t size, int flags)
{
    return system_call6(__NR_recvfrom, connection, (long)to, (long)size, flags, 0, 0);
}

/* Who has connected is asked by SO_PEERCRED. */
ALWAYS_INLINE int sys_accept4(int server, int flags)
{
    return (int)system_call4(__NR_accept4, server, 0, 0, flags);
}

#endif
