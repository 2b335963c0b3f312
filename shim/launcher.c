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

/* What Python is told of the start plan; 0: there is none. */
static const char *handed_on;

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
    char path[PATH_SIZE];
    const char *arguments[argc + 7];
    int count = 0;

    arguments[count++] = path;
    arguments[count++] = "-I";
    arguments[count++] = "-S";
    if (handed_on) {
        arguments[count++] = "-X";
        arguments[count++] = handed_on;
    }
    arguments[count++] = script;
    for (int i = 1; i < argc; i++)
        arguments[count++] = argv[i];
    arguments[count] = 0;

    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        if (join(path, tries[i][0], tries[i][1], tries[i][2], ""))
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

int program(int argc, char **argv, char **envp)
{
    set_signal_mask(ALL_SIGNALS);

    char bin[PATH_SIZE], prefix[PATH_SIZE], library[PATH_SIZE];
    open_standard_descriptors();
    close_inherited();
    if (argc > 1 && text_equals(argv[1], "health")) {
        int code = health(argv + 2, envp);
        if (code != NOT_UNDERSTOOD)
            return code;
    }
    if (KERNEL(__NR_getpid, 0, 0, 0, 0, 0) == 1)
        handed_on = start_by_plan(argc, argv, envp);
    find_self(bin, envp);
    cut_last_part(bin);
    join(prefix, bin, "", "", "");
    cut_last_part(prefix);
    if (join(library, prefix, "/lib/", "", ""))
        try_each_version(bin, library, argc, argv, envp);
    /* Fedora and its kin install what has compiled parts, as this has, into lib64. */
    if (join(library, prefix, "/lib64/", "", ""))
        try_each_version(bin, library, argc, argv, envp);

    complain("initd: cannot find its Python package and an interpreter for it: looked for ");
    complain(prefix);
    complain("/{lib,lib64}/python3.*/{site,dist}-packages/initd, and for that python3.* in ");
    complain(bin);
    complain(", /usr/local/bin and /usr/bin; install initd with pip instead of copying the file\n");
    return EXIT_CONFIGURATION;
}
