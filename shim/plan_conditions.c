#include "plan_conditions.h"

#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/utsname.h>

#include "access.h"
#include "environment.h"
#include "hosts_line.h"
#include "sys.h"
#include "text.h"

#define READ_AT_ONCE 4096

static int has_scheme(const char *value)
{
    for (; *value; value++)
        if (text_starts_with(value, "://"))
            return 1;
    return 0;
}

/* Like initd/core/injected.py: what an engine sets for a service that is called initd. */
static int is_injected(const char *variable)
{
    if (text_starts_with(variable, OWN_VARIABLES "VERSION="))
        return 1;
    for (const char *at = variable + sizeof OWN_VARIABLES - 2; *at && *at != '='; at++)
        if (text_starts_with(at, "_SERVICE_HOST=") || text_starts_with(at, "_SERVICE_PORT=") ||
            text_starts_with(at, "_SERVICE_PORT_") ||
            (text_starts_with(at, "_PORT=") && has_scheme(at + sizeof "_PORT=" - 1)) ||
            (text_starts_with(at, "_PORT_") && at[6] >= '0' && at[6] <= '9'))
            return 1;
    return 0;
}

int is_own(const char *variable)
{
    return text_starts_with(variable, OWN_VARIABLES) && !is_injected(variable);
}

/* Without waiting, if there is a device or a pipe instead of a file. */
int open_input(const char *path)
{
    return sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int same_bytes(const char *one, const char *other, size_t size)
{
    while (size && *one == *other)
        one++, other++, size--;
    return !size;
}

/* Byte for byte: for a few kilobytes that costs less than a checksum, and is certain. */
static int file_equals(const char *path, const char *content, size_t size)
{
    char piece[READ_AT_ONCE];
    int file = open_input(path);
    long got;
    if (file < 0)
        return 0;
    while ((got = sys_read(file, piece, sizeof piece)) > 0) {
        if ((size_t)got > size || !same_bytes(piece, content, (size_t)got))
            break;
        content += got;
        size -= (size_t)got;
    }
    sys_close(file);
    return got == 0 && size == 0;
}

static int is_absent(const char *path)
{
    int there = access_to(path, ACCESS_EXISTS);
    return there == -ENOENT || there == -ENOTDIR;
}

int word_holds(struct plan *plan, const struct record *record)
{
    int at = plan->words_seen++;
    const char *word = at < plan->argc ? plan->argv[at] : 0;
    if (word && text_equals(at ? word : base_name(word), record->bytes))
        return 1;
    plan_unusable(plan, "the command line", " differs");
    return 0;
}

int variable_holds(struct plan *plan, const struct record *record)
{
    const char *given = *find_variable(plan->envp, record->bytes);
    plan->own_seen += is_own(record->bytes);
    if (given && text_equals(given, record->bytes))
        return 1;
    record->bytes[name_length(record->bytes)] = 0;
    plan_unusable(plan, record->bytes, given ? " has a different value" : " is not set");
    return 0;
}

int unset_holds(struct plan *plan, const struct record *record)
{
    if (!*find_variable(plan->envp, record->bytes))
        return 1;
    plan_unusable(plan, record->bytes, " is set");
    return 0;
}

int content_holds(struct plan *plan, const struct record *record)
{
    if (plan->path && file_equals(plan->path, record->bytes, record->size))
        return 1;
    plan_unusable(plan, plan->path ? plan->path : "", " has changed since the image was built");
    return 0;
}

int absent_holds(struct plan *plan, const struct record *record)
{
    if (is_absent(record->bytes))
        return 1;
    plan_unusable(plan, record->bytes, " did not exist when the image was built");
    return 0;
}

/* Whether `name.` occurs in the text, as initd/core/hostname/container.py searches. */
static int has_domain_of(const char *text, const char *name)
{
    for (; *text; text++) {
        size_t at = 0;
        while (name[at] && lower(text[at]) == lower(name[at]))
            at++;
        if (!name[at] && text[at] == '.')
            return 1;
    }
    return 0;
}

/* Otherwise, or if the file is too long to tell, Python decides which name the app sees, and
 * whether it resolves. */
int hosts_hold(struct plan *plan, const struct record *record)
{
    static struct new_utsname kernel_names;
    static char text[HOSTS_LONGEST + 1];
    int file = open_input(record->bytes);
    long size = 0;
    if (file >= 0) {
        size = sys_read(file, text, HOSTS_LONGEST);
        sys_close(file);
    }
    text[size > 0 ? size : 0] = 0;
    if (sys_uname(&kernel_names) == 0 && size < HOSTS_LONGEST &&
        !has_domain_of(kernel_names.nodename, "") && !has_domain_of(text, kernel_names.nodename))
        return 1;
    plan_unusable(plan, "the host name", " is fully qualified, or has a domain in /etc/hosts");
    return 0;
}
