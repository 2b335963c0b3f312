/* From fork to the app: what the shim's child does, step by step. A step that fails ends
 * it all: an app with half of what was asked for would fail later, and worse. */
#ifndef INITD_BECOME_H
#define INITD_BECOME_H

#include <asm/ioctls.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/resource.h>

#include "kernel.h"
#include "orders.h"
#include "report.h"

#define EXIT_SHIM 125
#define PATH_SIZE 4096
#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What the child says when it can't become the app. */
struct failure {
    int stage;
    int error;
};

static long own_group(const struct orders *orders)
{
    if (orders->same_group)
        return 0;
    return orders->session ? KERNEL(__NR_setsid, 0, 0, 0, 0, 0)
                           : KERNEL(__NR_setpgid, 0, 0, 0, 0, 0);
}

static long take_terminal(const struct orders *orders)
{
    /* The child is not in the foreground yet: this would stop it with SIGTTOU,
     * were that not still blocked. */
    int self = (int)KERNEL(__NR_getpid, 0, 0, 0, 0, 0);
    if (orders->terminal && orders->session) {
        KERNEL(__NR_ioctl, 0, TIOCSCTTY, 0, 0, 0); /* no terminal, or another session's */
        return 0;
    }
    return orders->terminal ? KERNEL(__NR_ioctl, 0, TIOCSPGRP, &self, 0, 0) : 0;
}

static long set_limit(const struct limit *limit)
{
    return KERNEL(__NR_prlimit64, 0, limit->resource, &limit->value, 0, 0);
}

static long set_niceness(const struct orders *orders)
{
    return orders->has_niceness
               ? KERNEL(__NR_setpriority, PRIO_PROCESS, 0, orders->niceness, 0, 0)
               : 0;
}

/* proc(5): the kernel takes a number, and asks for CAP_SYS_RESOURCE where it is lower
 * than any before. */
static long set_oom_score(const struct orders *orders)
{
    if (!orders->oom_score)
        return 0;
    long file = KERNEL(__NR_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0, 0);
    if (file < 0)
        return file;
    long written = KERNEL(__NR_write, file, orders->oom_score, text_length(orders->oom_score), 0, 0);
    KERNEL(__NR_close, file, 0, 0, 0, 0);
    return written;
}

/* While there may still be CAP_SETPCAP. What is not in the set, or not known to this
 * kernel (-EINVAL), need not be dropped. */
static long cut_bounding_set(const struct orders *orders)
{
    long result = 0;
    for (int capability = 0; capability < 64 && result >= 0; capability++)
        if (orders->dropped >> capability & 1 &&
            KERNEL(__NR_prctl, PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
            result = KERNEL(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    return result;
}

static long set_groups(const struct orders *orders)
{
    return orders->has_user
               ? KERNEL(__NR_setgroups, orders->group_count, orders->groups, 0, 0, 0)
               : 0;
}

static long set_group(const struct orders *orders)
{
    return orders->has_user
               ? KERNEL(__NR_setresgid, orders->group, orders->group, orders->group, 0, 0)
               : 0;
}

static long set_user(const struct orders *orders)
{
    return orders->has_user
               ? KERNEL(__NR_setresuid, orders->user, orders->user, orders->user, 0, 0)
               : 0;
}

/* After the change of user, which needs them. The kernel takes from the ambient set what
 * leaves the inheritable one (capabilities(7)). */
static long drop_capabilities(const struct orders *orders)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    if (!orders->dropped)
        return 0;
    long result = KERNEL(__NR_capget, &header, sets, 0, 0, 0);
    for (int half = 0; half < 2; half++) {
        uint32_t kept = (uint32_t)~(orders->dropped >> 32 * half);
        sets[half].effective &= kept;
        sets[half].permitted &= kept;
        sets[half].inheritable &= kept;
    }
    return result < 0 ? result : KERNEL(__NR_capset, &header, sets, 0, 0, 0);
}

static long renounce_privileges(const struct orders *orders)
{
    return orders->no_new_privileges ? KERNEL(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}

static long enter_directory(const struct orders *orders)
{
    return orders->directory ? KERNEL(__NR_chdir, orders->directory, 0, 0, 0, 0) : 0;
}

/* As execvp(3) has it, and a shell. */
static long execute_by_shell(const char *path, char **argv, char **envp)
{
    size_t count = 0;
    while (argv[count])
        count++;
    const char *words[count + 2];
    words[0] = "/bin/sh";
    words[1] = path;
    for (size_t at = 1; at <= count; at++)
        words[at + 1] = argv[at]; /* and what ends them */
    return KERNEL(__NR_execve, words[0], words, envp, 0, 0);
}

static long execute(const struct orders *orders, const char *path, char **envp)
{
    long result = KERNEL(__NR_execve, path, orders->command, envp, 0, 0);
    if (result == -ENOEXEC && orders->shell)
        result = execute_by_shell(path, orders->command, envp);
    return result;
}

/* Like a shell: a name without a slash is looked for along PATH, and a file
 * that is there but may not be executed is remembered over one that is not. */
static long execute_along_path(const struct orders *orders, char **envp)
{
    const char *name = orders->command[0];
    for (const char *at = name; *at; at++)
        if (*at == '/')
            return execute(orders, name, envp);
    if (!*name)
        return -ENOENT;

    const char *path = environment_value(envp, "PATH=");
    long verdict = -ENOENT;
    for (const char *at = path ? path : PATH_DEFAULT; at; ) {
        char candidate[PATH_SIZE];
        size_t length = 0;
        for (; *at && *at != ':'; at++)
            if (length < sizeof candidate - 2)
                candidate[length++] = *at;
        at = *at ? at + 1 : 0;
        if (length) /* an empty entry is the current directory */
            candidate[length++] = '/';
        candidate[length] = 0;
        if (!text_append(candidate, sizeof candidate, name))
            continue;
        long result = execute(orders, candidate, envp);
        if (result == -EACCES)
            verdict = -EACCES;
        else if (result != -ENOENT && result != -ENOTDIR)
            return result;
    }
    return verdict;
}

/* sd_listen_fds(3): the descriptors are for the process of this pid alone. */
static void claim_descriptors(char **envp)
{
    static char claim[] = "LISTEN_PID=0123456789";
    size_t at = sizeof "LISTEN_PID=" - 1;
    char digits[10];
    int count = 0;

    for (long pid = KERNEL(__NR_getpid, 0, 0, 0, 0, 0); pid; pid /= 10)
        digits[count++] = (char)('0' + pid % 10);
    while (count)
        claim[at++] = digits[--count];
    claim[at] = 0;
    for (; *envp; envp++)
        if (text_starts(*envp, "LISTEN_PID="))
            *envp = claim;
}

static void ignore(signal_set signals)
{
    struct signal_action action = {.handler = (void (*)(int))1}; /* SIG_IGN */
    for (int number = 1; number <= SIGNAL_LAST; number++)
        if (signals & one_signal(number))
            KERNEL(__NR_rt_sigaction, number, &action, 0, sizeof action.mask, 0);
}

__attribute__((noreturn)) static void become_app(const struct orders *orders, int complaints,
                                                 char **envp)
{
    /* The order matters: limits, priorities and the bounding set need root's rights,
     * the nice value what a limit may permit, the directory is entered with the user's. */
    static const struct {
        int stage;
        long (*step)(const struct orders *);
    } steps[] = {
        {STAGE_GROUP, own_group},
        {STAGE_TERMINAL, take_terminal},
        {STAGE_NICE, set_niceness},
        {STAGE_CAPABILITIES, cut_bounding_set},
        {STAGE_USER_GROUPS, set_groups},
        {STAGE_USER_GROUP, set_group},
        {STAGE_USER, set_user},
        {STAGE_CAPABILITIES, drop_capabilities},
        {STAGE_NO_NEW_PRIVILEGES, renounce_privileges},
        {STAGE_DIRECTORY, enter_directory},
    };
    /* It opens a file, which a limit of the app's might not leave room for. */
    struct failure failure = {STAGE_OOM_SCORE, 0};
    long result = set_oom_score(orders);

    for (int i = 0; i < orders->limit_count && result >= 0; i++) {
        failure.stage = STAGE_LIMITS + STAGE_DETAIL * i;
        result = set_limit(&orders->limits[i]);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result >= 0; i++) {
        failure.stage = steps[i].stage;
        result = steps[i].step(orders);
    }
    if (result >= 0) {
        if (orders->mask >= 0)
            KERNEL(__NR_umask, orders->mask, 0, 0, 0, 0);
        if (orders->listener)
            claim_descriptors(envp);
        failure.stage = STAGE_EXEC;
        ignore(orders->ignored);
        set_signal_mask(orders->blocked);
        result = execute_along_path(orders, envp);
    }
    failure.error = (int)-result;
    KERNEL(__NR_write, complaints, &failure, sizeof failure, 0, 0);
    leave(EXIT_SHIM);
}

#endif
