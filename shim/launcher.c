/* initd, the file: what the kernel execs as pid 1.
 *
 * pid 1 with a default disposition loses a signal: the kernel drops a SIGTERM
 * that arrives while an interpreter boots. A signal that is blocked stays
 * pending instead, across exec too. So this program blocks, before anything
 * else, and then becomes the Python that belongs to it:
 *
 *     PREFIX/bin/initd                                      this file
 *     PREFIX/lib/python3.N/{site,dist}-packages/initd       its package, or lib64
 *     PREFIX/bin/python3.N, else PREFIX/bin/python3,
 *     else /usr/local/bin/python3.N, else /usr/bin/python3.N
 *
 * PREFIX is where this file is. Where it has been copied or mounted without its package
 * (as dockerd mounts its --init-path at /sbin/docker-init), /usr/local, /usr and
 * /opt/initd are looked into as well.
 *
 * Called by the name of another init (a link, a mount), it says so to the Python:
 * `--as NAME` comes first then, see initd/cli/drop_in.py and docs/drop-in.md. Those inits
 * pass on the descriptors that they have inherited, so they are not closed here.
 *
 * Isolated and without `site`, because environment variables of the app must
 * not reach init, and because `site` costs milliseconds and megabytes.
 *
 * One verb it answers without any Python: `initd health`, see health.h. And where
 * `initd compile` has left a start plan, the app starts before there is any: start_plan.h.
 */
#include "kernel.h"

#include <linux/auxvec.h>

#include "health.h"
#include "start_plan.h"

#define PATH_SIZE 4096
#define EXIT_CONFIGURATION 125
#define NAME_SIZE 64

/* Inits that this file stands in for, under their names. */
static const char *const peers[] = {"tini", "tini-static", "docker-init", "dumb-init",
                                    "catatonit", 0};

struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* Where there is no /dev/null: the reading end of a pipe that nobody writes to. It
 * reads as empty, and refuses what is written. (A directory would do, but Python
 * does not start with one for its stdin.) */
static void open_nothing(void)
{
    int ends[2];
    if (KERNEL(__NR_pipe2, ends, 0, 0, 0, 0) == 0)
        KERNEL(__NR_close, ends[1], 0, 0, 0, 0);
}

/* Descriptors 0, 1 and 2 must exist, or the first file that init opens becomes
 * the app's stderr. */
static void open_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (KERNEL(__NR_fcntl, descriptor, F_GETFD, 0, 0, 0) == -EBADF &&
            KERNEL(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR, 0, 0) < 0)
            open_nothing();
}

/* What else was left open is nobody's: held here it would keep a pipe's reader
 * waiting for ever. Before Linux 5.9 it stays open; the shim closes it for the app. */
static void close_inherited(void)
{
    KERNEL(__NR_close_range, 3, ~0U, 0, 0, 0);
}

/* The path of this file: links resolved where /proc is mounted. */
static void find_self(char *path, char **envp)
{
    long length = KERNEL(__NR_readlinkat, AT_FDCWD, "/proc/self/exe", path, PATH_SIZE - 1, 0);
    path[length > 0 ? length : 0] = 0;
    if (length > 0)
        return;
    while (*envp)
        envp++;
    for (const uint64_t *entry = (const uint64_t *)(envp + 1); entry[0]; entry += 2)
        if (entry[0] == AT_EXECFN)
            text_append(path, PATH_SIZE, (const char *)(uintptr_t)entry[1]);
}

/* Cuts the last part; "/a/b" becomes "/a", "/a" becomes "". */
static void cut_last_part(char *path)
{
    size_t at = text_length(path);
    while (at && path[at - 1] != '/')
        at--;
    path[at ? at - 1 : 0] = 0;
}

/* BLOCKED:IGNORED, a bit for each signal, as this program was given them: another init
 * hands that on to the app. Empty where there are none, as in any container. */
static char began_with[48];

static void append_number(char *text, uint64_t value)
{
    char digits[21];
    size_t at = sizeof digits - 1;
    digits[at] = 0;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    text_append(text, sizeof began_with, digits + at);
}

static void note_signals(signal_set blocked)
{
    signal_set ignored = 0;
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        struct signal_action action = {0};
        KERNEL(__NR_rt_sigaction, number, 0, &action, sizeof action.mask, 0);
        if (action.handler == (void (*)(int))1) /* SIG_IGN */
            ignored |= one_signal(number);
    }
    if (!blocked && !ignored)
        return;
    append_number(began_with, blocked);
    text_append(began_with, sizeof began_with, ":");
    append_number(began_with, ignored);
}

static int is_peer(const char *name)
{
    const char *last = name;
    for (; *name; name++)
        if (*name == '/')
            last = name + 1;
    for (const char *const *peer = peers; *peer; peer++)
        if (text_equals(last, *peer))
            return 1;
    return 0;
}

static int join(char *path, const char *a, const char *b, const char *c, const char *d)
{
    path[0] = 0;
    return text_append(path, PATH_SIZE, a) && text_append(path, PATH_SIZE, b) &&
           text_append(path, PATH_SIZE, c) && text_append(path, PATH_SIZE, d);
}

static int find_package(char *script, const char *library, const char *version)
{
    static const char *const places[] = {"/site-packages", "/dist-packages", 0};
    for (const char *const *place = places; *place; place++) {
        char directory[PATH_SIZE];
        if (join(directory, library, version, *place, "") &&
            join(script, directory, "/initd/__main__.py", "", "") &&
            KERNEL(__NR_faccessat, AT_FDCWD, script, 4 /* R_OK */, 0, 0) == 0)
            return 1;
    }
    return 0;
}

/* What Python is told of the start plan; 0: there is none. Asked for when there is an
 * interpreter to become, and once: an image that has lost its Python is not to start an
 * app that nobody then looks after, and no image two. */
static const char *handed_on(int argc, char **argv, char **envp)
{
    static int asked;
    static const char *handed;
    if (!asked++ && KERNEL(__NR_getpid, 0, 0, 0, 0, 0) == 1 && !(argc && is_peer(argv[0])))
        handed = start_by_plan(argc, argv, envp);
    return handed;
}

/* Returns only when no interpreter of this version could be executed. */
static void become(const char *bin, const char *version, const char *script, int argc,
                   char **argv, char **envp)
{
    const char *tries[][3] = {
        {bin, "/", version},
        {bin, "/", "python3"},
        {"/usr/local/bin", "/", version},
        {"/usr/bin", "/", version},
    };
    const size_t last = sizeof tries / sizeof tries[0] - 1;
    char path[PATH_SIZE];
    const char *arguments[argc + 11];
    size_t at = 0;
    int count = 0;

    while (!join(path, tries[at][0], tries[at][1], tries[at][2], "") ||
           KERNEL(__NR_faccessat, AT_FDCWD, path, 1 /* X_OK */, 0, 0) < 0)
        if (at++ == last)
            return;
    const char *handed = handed_on(argc, argv, envp);

    arguments[count++] = path;
    arguments[count++] = "-I";
    arguments[count++] = "-S";
    if (handed) {
        arguments[count++] = "-X";
        arguments[count++] = handed;
    }
    arguments[count++] = script;
    if (argc && is_peer(argv[0])) {
        arguments[count++] = "--as";
        arguments[count++] = argv[0];
        if (began_with[0]) {
            arguments[count++] = "--signals";
            arguments[count++] = began_with;
        }
    }
    for (int i = 1; i < argc; i++)
        arguments[count++] = argv[i];
    arguments[count] = 0;

    for (; at <= last; at++)
        if (join(path, tries[at][0], tries[at][1], tries[at][2], ""))
            KERNEL(__NR_execve, path, arguments, envp, 0, 0);
}

static void try_each_version(const char *bin, const char *library, int argc, char **argv,
                             char **envp)
{
    _Alignas(struct directory_entry) char entries[PATH_SIZE];
    char script[PATH_SIZE];
    long directory = KERNEL(__NR_openat, AT_FDCWD, library, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);
    long size;

    if (directory < 0)
        return;
    while ((size = KERNEL(__NR_getdents64, directory, entries, sizeof entries, 0, 0)) > 0)
        for (long at = 0; at < size;) {
            const struct directory_entry *entry = (const void *)(entries + at);
            at += entry->length;
            if (text_starts(entry->name, "python3.") && text_length(entry->name) < NAME_SIZE &&
                find_package(script, library, entry->name))
                become(bin, entry->name, script, argc, argv, envp);
        }
    KERNEL(__NR_close, directory, 0, 0, 0, 0);
}

/* Returns only when there was nothing to become. */
static void try_prefix(const char *prefix, int argc, char **argv, char **envp)
{
    /* Fedora and its kin install what has compiled parts, as this has, into lib64. */
    static const char *const libraries[] = {"/lib/", "/lib64/", 0};
    char bin[PATH_SIZE], library[PATH_SIZE];

    for (const char *const *each = libraries; *each; each++)
        if (join(bin, prefix, "/bin", "", "") && join(library, prefix, *each, "", ""))
            try_each_version(bin, library, argc, argv, envp);
}

int program(int argc, char **argv, char **envp)
{
    signal_set mask = ALL_SIGNALS, blocked = 0;
    KERNEL(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, &blocked, sizeof mask, 0);

    static const char *const elsewhere[] = {"/usr/local", "/usr", "/opt/initd", 0};
    char prefix[PATH_SIZE];
    int as_peer = argc && is_peer(argv[0]);
    open_standard_descriptors();
    if (as_peer)
        note_signals(blocked);
    else
        close_inherited();
    /* Ignored by whoever executed this, as exec keeps it, the kernel would reap in init's
     * place, and tell nobody how an app has ended that the shim did not outlive. */
    default_disposition(SIGNAL_CHLD);
    if (!as_peer && argc > 1 && text_equals(argv[1], "health")) {
        int code = health(argv + 2, envp);
        if (code != NOT_UNDERSTOOD)
            return code;
    }
    find_self(prefix, envp);
    cut_last_part(prefix);
    cut_last_part(prefix);
    try_prefix(prefix, argc, argv, envp);
    for (const char *const *each = elsewhere; *each; each++)
        try_prefix(*each, argc, argv, envp);

    complain("initd: cannot find its Python package and an interpreter for it: looked for ");
    complain("lib/python3.*/{site,dist}-packages/initd, lib64/... and bin/python3.* in ");
    complain(prefix[0] ? prefix : "/");
    complain(", /usr/local, /usr and /opt/initd; install initd there with pip, in this image\n");
    return EXIT_CONFIGURATION;
}
