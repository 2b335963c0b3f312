/* The command line of this process, as ps and pgrep -f show it: see command_line.h. */
#define _GNU_SOURCE
#include "process_title.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define NOT_NUL   ' '
#define READ_SIZE 4096

/* How long the words are that begin at `first`, each with its NUL. 0 where they are not this
 * process's command line, or nobody can see that. */
static size_t length_of_words(const char *first)
{
    char seen[READ_SIZE];
    size_t length = 0;
    ssize_t count;
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return 0;
    while ((count = read(file, seen, sizeof seen)) > 0) {
        if (memcmp(first + length, seen, (size_t)count) != 0)
            break;
        length += (size_t)count;
    }
    close(file);
    return count == 0 ? length : 0;
}

/* Behind the words are the variables, and then the name that was executed. A title may reach into
 * the variables, which Python has a copy of. */
static size_t room_from(const char *first, size_t length)
{
    const char *executed = (const char *)getauxval(AT_EXECFN);
    int is_behind = executed >= first + length;
    return is_behind && environ && *environ ? (size_t)(executed - first) : length;
}

int initd_set_title(const char *title)
{
    static char *first; /* found once: a child that is forked has them at the same place */
    static size_t length;
    if (!first) {
        length = length_of_words(program_invocation_name);
        first = program_invocation_name;
    }
    size_t wanted = strlen(title) + 1, room = length ? room_from(first, length) : 0;
    if (!room)
        return -ENOENT;
    size_t written = wanted < room ? wanted : room;
    memset(first, 0, length);
    memcpy(first, title, written - 1);
    first[written - 1] = 0;
    if (written < length)
        first[length - 1] = NOT_NUL;
    return 0;
}
