#include "control_server.h"

#include <asm/stat.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/un.h>

#include "contract.h"
#include "sys.h"
#include "sys_socket.h"
#include "text.h"

#define BACKLOG          128
#define SOCKET_MODE      0600
#define DIRECTORY_MODE   0755
#define OTHERS_MAY_WRITE 022
#define RUN              "/run"

/* The kernel's headers leave these to the C library. */
#define FAMILY_UNIX  1
#define STREAM       1
#define NON_BLOCKING 04000

static int look_at(const char *path, struct stat *there)
{
    return sys_newfstatat(AT_FDCWD, path, there, AT_SYMLINK_NOFOLLOW);
}

/* ---- the socket ---------------------------------------------------------------------- */

static int new_socket(void)
{
    return sys_socket(FAMILY_UNIX, STREAM | NON_BLOCKING);
}

static int try_to_bind(const struct sockaddr_un *address)
{
    int server = new_socket();
    if (server < 0)
        return server;
    /* bind creates the file: it must not have a wider mode even briefly */
    int before = sys_umask(0777 & ~SOCKET_MODE);
    int result = sys_bind(server, address, sizeof *address);
    sys_umask(before);
    if (result == 0)
        result = sys_listen(server, BACKLOG);
    if (result == 0)
        return server;
    sys_close(server);
    return result;
}

/* Whether it is a socket that nobody listens at: an init that was killed has left it. */
static int is_dead(const struct sockaddr_un *address)
{
    struct stat there;
    if (look_at(address->sun_path, &there) < 0 || !S_ISSOCK(there.st_mode))
        return 0;
    int client = new_socket();
    if (client < 0)
        return 0;
    int result = sys_connect(client, address, sizeof *address);
    sys_close(client);
    return result < 0 && result != -EAGAIN; /* EAGAIN: its queue is full */
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = FAMILY_UNIX};
    if (!text_append(address.sun_path, sizeof address.sun_path, path))
        return -ENAMETOOLONG;
    int server = try_to_bind(&address);
    if (server == -EADDRINUSE && is_dead(&address)) {
        sys_unlinkat(AT_FDCWD, path, 0);
        server = try_to_bind(&address);
    }
    return server;
}

/* ---- its directory ------------------------------------------------------------------- */

static int make(const char *directory)
{
    int result = sys_mkdirat(AT_FDCWD, directory, DIRECTORY_MODE);
    /* regardless of init's umask: every user reads the file with the host name */
    return result < 0 ? result : sys_fchmodat(AT_FDCWD, directory, DIRECTORY_MODE);
}

/* Whether nobody but root and init's user can put files there. */
static int is_own(const char *directory)
{
    struct stat there;
    return look_at(directory, &there) == 0 && S_ISDIR(there.st_mode) &&
           (there.st_uid == 0 || there.st_uid == sys_geteuid()) &&
           !(there.st_mode & OTHERS_MAY_WRITE);
}

static int own_directory_of(const char *path)
{
    char directory[UNIX_PATH_MAX] = "";
    text_append(directory, sizeof directory, path);
    directory[text_length(path) - text_length(SOCKET_PATH_END)] = 0;
    int result = make(directory);
    if (result == -ENOENT && text_starts_with(path, RUN "/")) {
        make(RUN); /* an image made from scratch has none */
        result = make(directory);
    }
    return result == 0 || (result == -EEXIST && is_own(directory));
}

/* ---- places -------------------------------------------------------------------------- */

/* Writes the path of a default place; 0 behind the last one. */
static int default_path(char path[UNIX_PATH_MAX], unsigned place)
{
    static const char *const starts[] = {SOCKET_PATH, SOCKET_PATH_TMP, SOCKET_PATH_SHM};
    if (place >= sizeof starts / sizeof starts[0])
        return 0;
    path[0] = 0;
    text_append(path, UNIX_PATH_MAX, starts[place]);
    if (place) {
        text_append_number(path, UNIX_PATH_MAX, sys_geteuid());
        text_append(path, UNIX_PATH_MAX, SOCKET_PATH_END);
    }
    return 1;
}

static int is_default(const char *path)
{
    char other[UNIX_PATH_MAX];
    for (unsigned place = 0; default_path(other, place); place++)
        if (text_equals(path, other))
            return 1;
    return 0;
}

int open_control_socket(const char *path, unsigned *place)
{
    char default_place[UNIX_PATH_MAX];

    *place = 0;
    if (path)
        return !is_default(path) || own_directory_of(path) ? listen_at(path) : -EPERM;
    for (; default_path(default_place, *place); ++*place) {
        int server = own_directory_of(default_place) ? listen_at(default_place) : -EPERM;
        if (server >= 0 || server == -EADDRINUSE)
            return server;
    }
    return -ENOENT;
}

void close_control_socket(int server, const char *path, unsigned place)
{
    char default_place[UNIX_PATH_MAX];

    if (path || default_path(default_place, place))
        sys_unlinkat(AT_FDCWD, path ? path : default_place, 0);
    sys_close(server);
}
