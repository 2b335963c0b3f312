/* hostname.so, preloaded into the app: its programs see the workload's name.
 *
 * It stands in front of three functions: gethostname, uname, and what fortified
 * programs call in place of the first, __gethostname_chk. The name comes from
 *
 *     INITD_HOSTNAME        in the environment, which init sets for the app
 *     /run/initd/hostname   one line, for what has lost its environment
 *
 * in this order, but that a variable which is no full name gives way to the file.
 * Where neither gives one the kernel's answer stands. So it does for a name that
 * is none: a word that breaks its readers is worse than the container's own short
 * name.
 *
 * One file has to serve every libc, and every process of the container carries
 * it. Hence it is linked with no library, makes its system calls itself, takes
 * no memory and no lock, and touches errno only to report a failure. What it
 * asks of a libc it asks weakly, and lives without.
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

_Static_assert(HOSTNAME_LONGEST == __NEW_UTS_LEN, "uname's field holds no longer name");
#define NAME_SIZE  (HOSTNAME_LONGEST + 1)
#define VALUE_SIZE (NAME_SIZE + 1) /* with one character too many */

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

/* How many characters of `text` are a name that ends in `end`, or with the text; 0 when that
 * is no name. initd/core/hostname.py has the same rule: a test holds the two together. */
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

/* By words, the last of which overlaps the one before it: every call of gethostname copies. */
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

/* What is too long for a name is cut, and still too long. */
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

/* What exec gave, for those who ask before libc knows it: glibc runs a program's preinit
 * functions before it sets `environ`. */
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

/* /etc/ld.so.preload loads this into set-user-id programs too, and there the
 * environment is the caller's word. A libc that can't tell is not believed. */
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

static void take_name_from_file(struct name *name)
{
    name->length = 0;
    char line[VALUE_SIZE]; /* the newline is within, or the name is too long */
    /* Whatever stands there, a pipe or a terminal, this process must not wait for it. */
    int file = sys_openat(AT_FDCWD, HOSTNAME_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
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

/* The name is looked for once and its bytes are kept. The environment can't be
 * asked again: another thread's setenv moves it, and programs that rewrite
 * their title write over it.
 *
 * Nobody ever waits here. A writer may have been interrupted by the signal
 * handler that asks, or be a thread that a forked child does not have; so each
 * writes a place of its own, the first to be done has it kept, and who finds no
 * place goes on with a copy on its stack. Invariant: a place is written by who
 * took it, before it is kept, and never again. */
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

/* What a container was given may be a template, or a short name that a domain was to
 * follow: init has put the app's own environment right, and a `docker exec` shell has what
 * the container was given. There the file, where there is one, has what init made of it. */
static int is_init_to_be_asked(const struct name *said)
{
    for (size_t at = 0; at < said->length; at++)
        if (said->text[at] == '.')
            return 0;
    return 1;
}

/* An empty value is the way to see the kernel's answer. */
static void take_name_of_value(struct name *name, const char *value)
{
    take_name(name, value, 0);
    if (*value && is_init_to_be_asked(name)) {
        take_name_from_file(name);
        if (!name->length)
            take_name(name, value, 0);
    }
}

/* The first look. Where the environment can't be seen yet, the answer may be another one
 * later: it is given, and not kept. */
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

/* The name to answer with, in `scratch` or kept; of length 0: the kernel's. */
static const struct name *workload_name(struct name *scratch)
{
    const struct name *known = __atomic_load_n(&kept, __ATOMIC_ACQUIRE);
    return known ? known : look(scratch);
}

/* While there is one thread and the environment is as exec left it. What asks
 * before this runs (constructors of other libraries) makes the first look
 * itself. No arguments: musl passes none. */
__attribute__((constructor)) static void look_at_load(void)
{
    struct name scratch;
    workload_name(&scratch);
}

/* ---- what programs call -------------------------------------------------- */

/* Into a buffer that is too small glibc copies what fits, without an end, and
 * fails; musl cuts, ends it, and is content. Programs are written for their own. */
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

/* Within this file a function of its own: the exported name may be bound to somebody
 * else's, who stands further in front. */
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
    /* Where the kernel's name is the longer one, no rest of it stays behind. */
    for (size_t at = name->length; at < NAME_SIZE && system->nodename[at]; at++)
        system->nodename[at] = 0;
    return 0;
}

/* ---- fortified programs -------------------------------------------------- */

/* abort() where there is none. The signal does not reach the pid 1 of a
 * namespace, hence the exit behind it. */
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
