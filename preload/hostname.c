/* hostname.so, preloaded into the app: its programs see the workload's name.
 *
 * It overrides three functions: gethostname, uname, and __gethostname_chk, which
 * fortified programs call in place of the first. The name comes from
 *
 *     INITD_HOSTNAME        in the environment, which init sets for the app
 *     /run/initd/hostname   one line, for programs that lost their environment; or
 *                           hostnames/NUMBER beside it, of this pid namespace alone
 *
 * in this order, except that the file wins over a variable that is not a full
 * name. If neither has a name, the kernel's answer stands. So it does if what is
 * there is not a valid host name: that would break its readers, which is worse
 * than the container's own short name.
 *
 * One file has to serve every libc, and every process of the container loads it.
 * So it is linked with no library, makes its own system calls, allocates and
 * locks nothing, and sets errno only to report a failure. Its references to libc
 * are weak, and it works without them.
 */
#include <linux/auxvec.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/utsname.h>
#include <stddef.h>

#include "../shim/contract.h"
#include "../shim/signals.h"
#include "../shim/sys.h"

#define EXPORTED __attribute__((visibility("default")))
#define WEAK     __attribute__((weak))

_Static_assert(HOSTNAME_LONGEST == __NEW_UTS_LEN, "uname's field has no room for a longer name");
#define NAME_SIZE   (HOSTNAME_LONGEST + 1)
#define VALUE_SIZE  (NAME_SIZE + 1) /* room for one character too many */
#define NUMBER_SIZE 32              /* a namespace, as /proc names it */

/* ---- what a libc may have ------------------------------------------------ */

extern WEAK char **environ;
extern WEAK unsigned long getauxval(unsigned long type);
extern WEAK int *__errno_location(void);
extern WEAK const char *gnu_get_libc_version(void);
extern WEAK __attribute__((noreturn)) void __chk_fail(void);

static int fail(int error)
{
    if (__errno_location)
        *__errno_location() = error;
    return -1;
}

/* ---- a name -------------------------------------------------------------- */

static int allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
}

struct name {
    size_t length; /* 0: there is none */
    char text[NAME_SIZE];
};

/* The length of the name in `text`, which ends at `end` or at NUL; 0 if it is not a valid
 * name. initd/core/hostname/rules.py has the same rule, and a test compares the two. */
static size_t length_of_name(const char *text, char end)
{
    size_t label = 0; /* characters since the last dot */
    for (size_t length = 0; length <= HOSTNAME_LONGEST; length++) {
        char c = text[length];
        int over = c == 0 || c == end;
        if ((over || c == '.') && (label == 0 || text[length - 1] == '-'))
            return 0;
        if (over)
            return length;
        if (!allowed(c) || (c == '-' && label == 0))
            return 0;
        label = c == '.' ? 0 : label + 1;
        if (label > HOSTNAME_LONGEST_LABEL)
            return 0;
    }
    return 0;
}

typedef unsigned long word;

/* By words, of which the last may overlap the one before: every call of gethostname copies. */
static void copy(char *to, const char *from, size_t size)
{
    size_t at = 0;
    for (; at + sizeof(word) <= size; at += sizeof(word))
        __builtin_memcpy(to + at, from + at, sizeof(word));
    if (size >= sizeof(word))
        __builtin_memcpy(to + size - sizeof(word), from + size - sizeof(word), sizeof(word));
    else
        for (; at < size; at++)
            to[at] = from[at];
}

static void take_name(struct name *name, const char *text, char end)
{
    name->length = length_of_name(text, end);
    copy(name->text, text, name->length);
    name->text[name->length] = 0;
}

/* ---- the variable -------------------------------------------------------- */

enum sight { UNSEEN, UNSET, SET };

/* The value, if `entry` is VARIABLE=value; else 0. */
static const char *value_of(const char *entry)
{
    for (const char *at = HOSTNAME_VARIABLE "="; *at; at++)
        if (*entry++ != *at)
            return 0;
    return entry;
}

/* A value that is too long for a name is cut, to one that is still too long. */
static void copy_value(char *value, const char *from)
{
    size_t at = 0;
    for (; at < VALUE_SIZE - 1 && from[at]; at++)
        value[at] = from[at];
    value[at] = 0;
}

static enum sight see_in_environment(char *value, char **entries)
{
    for (; *entries; entries++) {
        const char *found = value_of(*entries);
        if (found) {
            copy_value(value, found);
            return SET;
        }
    }
    return UNSET;
}

/* One entry of /proc/self/environ, as far as it has been read. */
struct entry {
    size_t length;
    char text[sizeof HOSTNAME_VARIABLE + VALUE_SIZE];
};

/* Takes the next byte; the variable's value if that byte has ended its entry, else 0. */
static const char *take_byte(struct entry *entry, char c)
{
    if (entry->length < sizeof entry->text - 1)
        entry->text[entry->length++] = c;
    if (c)
        return 0;
    entry->text[entry->length] = 0;
    entry->length = 0;
    return value_of(entry->text);
}

/* The environment that exec gave, for callers that ask before libc knows it: glibc runs a
 * program's preinit functions before it sets `environ`. */
static enum sight see_in_proc(char *value)
{
    struct entry entry = {.length = 0};
    char chunk[256];
    long got;
    int file = sys_openat(AT_FDCWD, "/proc/self/environ", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return UNSEEN;
    enum sight sight = UNSET;
    while (sight == UNSET && (got = sys_read(file, chunk, sizeof chunk)) > 0)
        for (long at = 0; at < got && sight == UNSET; at++) {
            const char *found = take_byte(&entry, chunk[at]);
            if (found) {
                copy_value(value, found);
                sight = SET;
            }
        }
    sys_close(file);
    return sight;
}

/* /etc/ld.so.preload loads this into set-user-id programs too, whose environment comes from
 * an untrusted caller. If libc can't tell, the environment is not trusted either. */
static enum sight see_variable(char *value)
{
    if (!getauxval)
        return UNSEEN;
    if (getauxval(AT_SECURE))
        return UNSET;
    char **entries = &environ ? environ : 0;
    return entries ? see_in_environment(value, entries) : see_in_proc(value);
}

/* ---- the file ------------------------------------------------------------ */

/* A pipe or a terminal, which this process must not wait for, or a file. */
static int open_file(int directory, const char *path)
{
    return sys_openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Where containers share /run: a file with the number of the pid namespace. Mostly there is no
 * such directory, and no program's start is to pay for more than that look. Negative then. */
static int open_own_file(void)
{
    int directory = sys_openat(AT_FDCWD, HOSTNAMES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return directory;
    char link[NUMBER_SIZE] = ""; /* pid:[4026531836] */
    long length = sys_readlinkat(AT_FDCWD, "/proc/self/ns/pid", link, sizeof link);
    link[length > 0 ? length - 1 : 0] = 0;
    int file = length > 0 ? open_file(directory, link + sizeof "pid:[" - 1) : -ENOENT;
    sys_close(directory);
    return file;
}

static void take_name_from_file(struct name *name)
{
    name->length = 0;
    char line[VALUE_SIZE]; /* includes the newline, or the name is too long */
    int file = open_own_file();
    if (file < 0)
        file = open_file(AT_FDCWD, HOSTNAME_FILE);
    if (file < 0)
        return;
    long got = sys_read(file, line, sizeof line - 1);
    sys_close(file);
    if (got <= 0)
        return;
    line[got] = 0;
    take_name(name, line, '\n');
}

/* ---- keeping it ---------------------------------------------------------- */

/* The name is looked up once, and its bytes are kept. The environment can't be
 * read again later: another thread's setenv moves it, and programs that rewrite
 * their title overwrite it.
 *
 * Nothing ever waits here. A writer may have been interrupted by the signal
 * handler that asks, or be a thread that a forked child does not have. So each
 * writer fills a place of its own, the first to finish has it kept, and a caller
 * that finds no free place uses a copy on its stack. Invariant: a place is written
 * only by the caller that took it, before it is kept, and never again. */
#define PLACES 4
static struct name places[PLACES];
static unsigned places_taken;
static const struct name *kept; /* 0 until known */

static void keep(const struct name *name)
{
    if (__atomic_load_n(&places_taken, __ATOMIC_RELAXED) >= PLACES)
        return;
    unsigned number = __atomic_fetch_add(&places_taken, 1, __ATOMIC_RELAXED);
    if (number >= PLACES)
        return;
    struct name *place = &places[number];
    place->length = name->length;
    copy(place->text, name->text, name->length + 1);
    const struct name *unknown = 0;
    __atomic_compare_exchange_n(&kept, &unknown, place, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* A short name, or a template: what the container was given, before init made a full name
 * of it. The app has the full name in its environment; a `docker exec` shell has the
 * container's variable, and finds the full name in the file. */
static int is_init_to_be_asked(const struct name *said)
{
    for (size_t at = 0; at < said->length; at++)
        if (said->text[at] == '.')
            return 0;
    return 1;
}

/* An empty value asks for the kernel's answer. */
static void take_name_of_value(struct name *name, const char *value)
{
    take_name(name, value, 0);
    if (*value && is_init_to_be_asked(name)) {
        take_name_from_file(name);
        if (!name->length)
            take_name(name, value, 0);
    }
}

/* The first look. If the environment can't be seen yet, a later answer may differ: so this
 * one is not kept. */
static const struct name *look(struct name *scratch)
{
    char value[VALUE_SIZE];
    enum sight sight = see_variable(value);
    if (sight == SET)
        take_name_of_value(scratch, value);
    else
        take_name_from_file(scratch);
    if (sight != UNSEEN)
        keep(scratch);
    return scratch;
}

/* The name to answer with, in `scratch` or kept; length 0: the kernel's. */
static const struct name *workload_name(struct name *scratch)
{
    const struct name *known = __atomic_load_n(&kept, __ATOMIC_ACQUIRE);
    return known ? known : look(scratch);
}

/* While there is one thread and the environment is as exec left it. Callers that ask before
 * this runs (constructors of other libraries) take the first look themselves. Without
 * arguments, because musl passes none. */
__attribute__((constructor)) static void look_at_load(void)
{
    struct name scratch;
    workload_name(&scratch);
}

/* ---- what programs call -------------------------------------------------- */

/* If the buffer is too small, glibc copies what fits, does not terminate it, and fails; musl
 * cuts, terminates, and succeeds. Programs rely on what their own libc does. */
static int answer(char *buffer, size_t size, const char *name, size_t length)
{
    if (!buffer && size)
        return fail(EFAULT);
    if (size > length) {
        copy(buffer, name, length + 1);
        return 0;
    }
    copy(buffer, name, size);
    if (gnu_get_libc_version)
        return fail(ENAMETOOLONG);
    if (size)
        buffer[size - 1] = 0;
    return 0;
}

static int tell_kernels_name(char *buffer, size_t size)
{
    struct new_utsname system;
    int result = sys_uname(&system);
    size_t length = 0;
    if (result < 0)
        return fail(-result);
    while (system.nodename[length])
        length++;
    return answer(buffer, size, system.nodename, length);
}

/* A function of its own: a call of the exported name might be bound to another library's,
 * if that comes first. */
static int tell_name(char *buffer, size_t size)
{
    struct name scratch;
    const struct name *name = workload_name(&scratch);
    return name->length ? answer(buffer, size, name->text, name->length)
                        : tell_kernels_name(buffer, size);
}

EXPORTED int gethostname(char *buffer, size_t size)
{
    return tell_name(buffer, size);
}

EXPORTED int uname(struct new_utsname *system)
{
    int result = sys_uname(system);
    if (result < 0)
        return fail(-result);
    struct name scratch;
    const struct name *name = workload_name(&scratch);
    if (!name->length)
        return 0;
    copy(system->nodename, name->text, name->length);
    /* If the kernel's name is longer, the rest of it is cleared. */
    for (size_t at = name->length; at < NAME_SIZE && system->nodename[at]; at++)
        system->nodename[at] = 0;
    return 0;
}

/* ---- fortified programs -------------------------------------------------- */

/* abort(), without libc. The signal has no effect on pid 1 of a namespace: hence the exit. */
__attribute__((noreturn)) static void die(void)
{
    reset_disposition(SIGNAL_ABRT);
    set_signal_mask(0);
    sys_tgkill(sys_getpid(), sys_gettid(), SIGNAL_ABRT);
    sys_exit_group(EXIT_SIGNAL + SIGNAL_ABRT);
}

EXPORTED int __gethostname_chk(char *buffer, size_t size, size_t object_size)
{
    if (size <= object_size)
        return tell_name(buffer, size);
    if (__chk_fail)
        __chk_fail();
    die();
}
