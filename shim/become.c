#include "become.h"

#include <asm/ioctls.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/resource.h>

#include "claims.h"
#include "contract.h"
#include "environment.h"
#include "report.h"
#include "secrets.h"
#include "signals.h"
#include "sys.h"
#include "text.h"

#define PATH_SIZE    4096
#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define CAPABILITIES 64

static int make_group(const struct options *options)
{
    if (options->same_group)
        return 0;
    return options->session ? sys_setsid() : sys_setpgid(0, 0);
}

static int take_terminal(const struct options *options)
{
    /* The child is not in the foreground yet: this would stop it with SIGTTOU,
     * were that not still blocked. */
    int self = sys_getpid();
    if (options->terminal && options->session) {
        sys_ioctl(0, TIOCSCTTY, 0); /* fails without a terminal, or if it is another session's */
        return 0;
    }
    return options->terminal ? sys_ioctl(0, TIOCSPGRP, &self) : 0;
}

static int set_limit(const struct limit *limit)
{
    struct rlimit64 value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
    return sys_prlimit64(0, limit->resource, &value);
}

static int set_niceness(const struct options *options)
{
    return options->has_niceness ? sys_setpriority(PRIO_PROCESS, 0, options->niceness) : 0;
}

/* proc(5): the kernel requires CAP_SYS_RESOURCE for a number that is lower than any before. */
static int set_oom_score(const struct options *options)
{
    if (!options->oom_score)
        return 0;
    int file = sys_openat(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return file;
    long written = sys_write(file, options->oom_score, text_length(options->oom_score));
    sys_close(file);
    return (int)written;
}

/* Before CAP_SETPCAP may be gone. Capabilities that are not in the set, or that this kernel
 * does not know (-EINVAL), need not be dropped. */
static int cut_bounding_set(const struct options *options)
{
    int result = 0;
    for (int capability = 0; capability < CAPABILITIES && result >= 0; capability++)
        if (options->dropped >> capability & 1 && sys_prctl(PR_CAPBSET_READ, capability) == 1)
            result = sys_prctl(PR_CAPBSET_DROP, capability);
    return result;
}

static int set_groups(const struct options *options)
{
    return options->has_user ? sys_setgroups(options->group_count, options->groups) : 0;
}

static int set_group(const struct options *options)
{
    unsigned group = options->group;
    return options->has_user ? sys_setresgid(group, group, group) : 0;
}

static int set_user(const struct options *options)
{
    unsigned user = options->user;
    return options->has_user ? sys_setresuid(user, user, user) : 0;
}

/* After the change of user, which needs them. What leaves the inheritable set leaves the
 * ambient one, too (capabilities(7)). */
static int drop_capabilities(const struct options *options)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    if (!options->dropped)
        return 0;
    int result = sys_capget(&header, sets);
    for (int half = 0; half < 2; half++) {
        uint32_t kept = (uint32_t) ~(options->dropped >> 32 * half);
        sets[half].effective &= kept;
        sets[half].permitted &= kept;
        sets[half].inheritable &= kept;
    }
    return result < 0 ? result : sys_capset(&header, sets);
}

static int set_no_new_privileges(const struct options *options)
{
    return options->no_new_privileges ? sys_prctl(PR_SET_NO_NEW_PRIVS, 1) : 0;
}

/* With the rights that it was left with: the app's user may have no way into it. */
static int return_to_directory(const struct options *options)
{
    return options->left ? sys_fchdir(options->left) : 0;
}

static int enter_directory(const struct options *options)
{
    return options->directory ? sys_chdir(options->directory) : 0;
}

/* As execvp(3) does: /bin/sh PATH ARG... instead of COMMAND ARG... The place of the "--" in
 * front of the command is used for the additional word. */
static int execute_by_shell(char *path, char **command, char **envp)
{
    char *before[] = {command[-1], command[0]};
    command[-1] = "/bin/sh";
    command[0] = path;
    int result = sys_execve(command[-1], command - 1, envp);
    command[-1] = before[0];
    command[0] = before[1];
    return result;
}

static int execute(const struct options *options, char *path, char **envp)
{
    int result = sys_execve(path, options->command, envp);
    if (result == -ENOEXEC && options->shell)
        result = execute_by_shell(path, options->command, envp);
    return result;
}

/* Like a shell: a name without a slash is searched for along PATH. If a file was found but
 * may not be executed, that is the error, rather than that none was found. */
static int execute_along_path(const struct options *options, char **envp)
{
    char *name = options->command[0];
    for (const char *at = name; *at; at++)
        if (*at == '/')
            return execute(options, name, envp);
    if (!*name)
        return -ENOENT;

    const char *path = environment_value(envp, "PATH=");
    int verdict = -ENOENT;
    for (const char *at = path ? path : PATH_DEFAULT; at;) {
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
        int result = execute(options, candidate, envp);
        if (result == -EACCES)
            verdict = -EACCES;
        else if (result != -ENOENT && result != -ENOTDIR)
            return result;
    }
    return verdict;
}

static void ignore(signal_set signals)
{
    struct signal_action action = {.handler = SIGNAL_IGNORED};
    for (int number = 1; number <= SIGNAL_LAST; number++)
        if (signals & signal_bit(number))
            sys_rt_sigaction(number, &action, 0);
}

void become_app(const struct options *options, int failures, char **envp)
{
    /* The order matters: limits, priorities and the bounding set need root's rights,
     * the nice value what a limit may permit, the directory is entered with the user's. */
    static const struct {
        int stage;
        int (*step)(const struct options *);
    } steps[] = {
        {STAGE_GROUP, make_group},
        {STAGE_TERMINAL, take_terminal},
        {STAGE_NICE, set_niceness},
        {STAGE_CAPABILITIES, cut_bounding_set},
        {STAGE_USER_GROUPS, set_groups},
        {STAGE_USER_GROUP, set_group},
        {STAGE_USER, set_user},
        {STAGE_CAPABILITIES, drop_capabilities},
        {STAGE_NO_NEW_PRIVILEGES, set_no_new_privileges},
        {STAGE_DIRECTORY, enter_directory},
    };
    /* The OOM score early, because it opens a file: the app's limits might not allow that, nor the kernel,
     * which gives files of /proc to root once a process has secrets. */
    struct failure failure = {STAGE_DIRECTORY, 0};
    int result = return_to_directory(options);

    if (result >= 0) {
        failure.stage = STAGE_OOM_SCORE;
        result = set_oom_score(options);
    }

    if (result >= 0 && options->secrets) {
        failure.stage = STAGE_SECRETS;
        result = add_secrets(options->secrets, &envp);
    }
    for (int i = 0; i < options->limit_count && result >= 0; i++) {
        failure.stage = STAGE_LIMITS + STAGE_DETAIL * i;
        result = set_limit(&options->limits[i]);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result >= 0; i++) {
        failure.stage = steps[i].stage;
        result = steps[i].step(options);
    }
    if (result >= 0) {
        if (options->mask >= 0)
            sys_umask(options->mask);
        claim_variables(options->init_pid, envp);
        failure.stage = STAGE_EXEC;
        ignore(options->ignored);
        set_signal_mask(options->blocked);
        result = execute_along_path(options, envp);
    }
    failure.error = -result;
    sys_write(failures, &failure, sizeof failure);
    sys_exit_group(EXIT_OWN);
}
