#include "python.h"

#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "access.h"
#include "contract.h"
#include "handover.h"
#include "stack.h"
#include "text.h"

#define PATH_SIZE 4096
#define NAME_SIZE 64
/* PYTHON -I -S -X HANDOVER -X DESCRIPTORS SCRIPT --as NAME --signals MASKS, and the end. */
#define WORDS_ADDED 12

/* ---- paths -------------------------------------------------------------------------- */

static int join(char *path, const char *a, const char *b, const char *c)
{
    path[0] = 0;
    return text_append(path, PATH_SIZE, a) && text_append(path, PATH_SIZE, b) &&
           text_append(path, PATH_SIZE, c);
}

/* The path of this file: links resolved where /proc is mounted. */
static void find_self(char *path, char **envp)
{
    long length = sys_readlinkat(AT_FDCWD, "/proc/self/exe", path, PATH_SIZE - 1);
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

/* ---- the command line --------------------------------------------------------------- */

/* 0 when out of memory. */
static char **command_line(const struct invocation *invocation, char *handed, char *python,
                           char *script)
{
    size_t size = sizeof(char *) * ((size_t)invocation->argc + WORDS_ADDED);
    long room = sys_mmap(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    if (room <= 0)
        return 0;
    char **words = (char **)room, **at = words;

    *at++ = python;
    *at++ = "-I";
    *at++ = "-S";
    if (handed) {
        *at++ = "-X";
        *at++ = handed;
    }
    if (invocation->descriptors) {
        *at++ = "-X";
        *at++ = invocation->descriptors;
    }
    *at++ = script;
    if (invocation->as_peer) {
        char *signals = signals_given(invocation);
        *at++ = PEER_OPTION;
        *at++ = invocation->argv[0];
        if (signals) {
            *at++ = SIGNALS_OPTION;
            *at++ = signals;
        }
    }
    for (int i = 1; i < invocation->argc; i++)
        *at++ = invocation->argv[i];
    return words; /* the rest is zero */
}

/* What the container is given for its app is not for init: a library in a directory of the app's
 * would run with init's rights at the next start. Where nothing runs after all, nobody minds. */
static void hide_variables(char **envp)
{
    static const char *const names[] = {HIDDEN_VARIABLES};
    for (; *envp; envp++)
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (**envp == names[i][0] && text_starts_with(*envp, names[i]))
                **envp = (char)(**envp | HIDDEN_BIT);
}

/* ---- looking ------------------------------------------------------------------------ */

/* These return only if no interpreter of theirs could be executed, or if none is to be by now:
 * then they return `sleeps`. */

static int try_version(struct invocation *invocation, const char *bin, const char *version,
                       char *script)
{
    const char *tries[][2] = {
        {bin, version},
        {bin, "python3"},
        {"/usr/local/bin", version},
        {"/usr/bin", version},
    };
    const size_t count = sizeof tries / sizeof tries[0];
    char path[PATH_SIZE];
    char **words = 0;

    for (size_t at = 0; at < count; at++) {
        if (!join(path, tries[at][0], "/", tries[at][1]))
            continue;
        if (!words && access_to(path, ACCESS_EXECUTABLE) < 0)
            continue;
        if (!words) {
            char *handed = handover(invocation);
            if (invocation->sleeps)
                break;
            if (!invocation->woken && memory_is_short())
                sys_exit_group(EXIT_OWN);
            words = command_line(invocation, handed, path, script);
            hide_variables(invocation->envp); /* what a plan starts has got them as they are */
        }
        if (words)
            sys_execve(path, words, invocation->envp);
    }
    return invocation->sleeps;
}

static int find_package(char *script, const char *library, const char *version)
{
    static const char *const places[] = {"/site-packages", "/dist-packages"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (join(script, library, version, places[i]) &&
            text_append(script, PATH_SIZE, "/initd/__main__.py") &&
            access_to(script, ACCESS_READABLE) == 0)
            return 1;
    return 0;
}

static int try_each_version(struct invocation *invocation, const char *bin, const char *library)
{
    _Alignas(struct directory_entry) char entries[PATH_SIZE];
    char script[PATH_SIZE];
    int directory = sys_openat(AT_FDCWD, library, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long size;

    if (directory < 0)
        return 0;
    while (!invocation->sleeps && (size = sys_getdents64(directory, entries, sizeof entries)) > 0)
        for (long at = 0; at < size;) {
            const struct directory_entry *entry = (const void *)(entries + at);
            at += entry->length;
            if (text_starts_with(entry->name, "python3.") && text_length(entry->name) < NAME_SIZE &&
                find_package(script, library, entry->name) &&
                try_version(invocation, bin, entry->name, script))
                break;
        }
    sys_close(directory);
    return invocation->sleeps;
}

static int try_prefix(struct invocation *invocation, const char *prefix)
{
    /* Fedora and its kin install packages with compiled parts, such as this, into lib64. */
    static const char *const libraries[] = {"/lib/", "/lib64/"};
    char bin[PATH_SIZE], library[PATH_SIZE];

    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        if (join(bin, prefix, "/bin", "") && join(library, prefix, libraries[i], "") &&
            try_each_version(invocation, bin, library))
            return 1;
    return 0;
}

/* An interpreter that finds too little of a stack crashes before it can say so. */
static int has_too_many_words(const struct invocation *invocation)
{
    if (invocation->woken || !stack_is_short(invocation->argv, invocation->envp))
        return 0;
    write_stderr("initd: the words and variables leave too little of the stack (ulimit -s): give "
                 "fewer, or raise the limit, for example with docker run --ulimit stack=8388608\n");
    return 1;
}

void become_python(struct invocation *invocation)
{
    static const char *const elsewhere[] = {"/usr/local", "/usr", "/opt/initd"};
    char prefix[PATH_SIZE];

    if (has_too_many_words(invocation))
        return;

    find_self(prefix, invocation->envp);
    cut_last_part(prefix);
    cut_last_part(prefix);
    int sleeps = try_prefix(invocation, prefix);
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0] && !sleeps; i++)
        sleeps = try_prefix(invocation, elsewhere[i]);
    if (sleeps)
        return;

    if (invocation->woken)
        return; /* the sleeper knows what to say */
    write_stderr("initd: cannot find its Python package and an interpreter for it: looked for ");
    write_stderr("lib/python3.*/{site,dist}-packages/initd, lib64/... and bin/python3.* in ");
    write_stderr(prefix[0] ? prefix : "/");
    write_stderr(
        ", /usr/local, /usr and /opt/initd; install initd-runtime there with pip, in this image\n");
}
