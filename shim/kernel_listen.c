#define _GNU_SOURCE
#include "kernel_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int answer(int result)
{
    return result < 0 ? -errno : result;
}

/* SO_PASSCRED is set before the name exists: the kernel notes the sender of a datagram when
 * it is sent (unix(7)), and none must come too early. */
static int make_ready(int fd, const struct sockaddr *name, socklen_t size, int type)
{
    int option = name->sa_family == AF_UNIX ? SO_PASSCRED : SO_REUSEADDR;
    int yes = 1;
    if ((type == SOCK_DGRAM || name->sa_family != AF_UNIX) &&
        setsockopt(fd, SOL_SOCKET, option, &yes, sizeof yes) < 0)
        return -errno;
    if (bind(fd, name, size) < 0)
        return -errno;
    return answer(type == SOCK_STREAM ? listen(fd, BACKLOG) : 0);
}

static int unbound(int family, int type)
{
    return answer(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int give_name(int fd, const struct sockaddr *name, socklen_t size, int type)
{
    if (fd < 0)
        return fd;
    int error = make_ready(fd, name, size, type);
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

static int bound(const struct sockaddr *name, socklen_t size, int type)
{
    return give_name(unbound(name->sa_family, type), name, size, type);
}

int initd_bind(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    return bound((const struct sockaddr *)&address, sizeof address, type);
}

/* One socket for all addresses of both families, whatever net.ipv6.bindv6only says (ipv6(7)). A
 * kernel without IPv6 has no such socket: then for those of IPv4. */
static int bound_everywhere(in_port_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = port};
    int no = 0;
    int fd = unbound(AF_INET6, SOCK_STREAM);
    if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0)
        return give_name(fd, (const struct sockaddr *)&v6, sizeof v6, SOCK_STREAM);
    if (fd >= 0)
        close(fd);
    return bound((const struct sockaddr *)&v4, sizeof v4, SOCK_STREAM);
}

/* By number only: pid 1 looks up no names. "" is all of them. */
int initd_listen_inet(const char *address, int port)
{
    if (!*address)
        return bound_everywhere(htons((uint16_t)port));
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return bound((const struct sockaddr *)&v4, sizeof v4, SOCK_STREAM);
    if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
        return bound((const struct sockaddr *)&v6, sizeof v6, SOCK_STREAM);
    return -EINVAL;
}
