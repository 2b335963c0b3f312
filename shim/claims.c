#include "claims.h"

#include <asm/stat.h>
#include <asm/statfs.h>

#include "sys.h"
#include "text.h"

#define LISTEN_PID     "LISTEN_PID="
#define LISTEN_PIDFDID "LISTEN_PIDFDID="
#define WATCHDOG_PID   "WATCHDOG_PID="
#define PID_FS_MAGIC   0x50494446 /* linux/magic.h since 6.9: "PIDF" */
#define LONGEST_NUMBER 20

/* The entry whose name this is; 0 if there is none. */
static char **entry_of(char **envp, const char *name)
{
    for (; *envp; envp++)
        if (text_starts_with(*envp, name))
            return envp;
    return 0;
}

static int names(const char *value, int pid)
{
    char number[LONGEST_NUMBER + 1] = "";
    text_append_number(number, sizeof number, (unsigned)pid);
    return text_equals(value, number);
}

/* Whether there is one that names init; then it is `claim` with this process's pid. */
static int claim_pid(int init_pid, char **envp, const char *name, char *claim, size_t size)
{
    char **entry = entry_of(envp, name);
    if (!entry || !names(*entry + text_length(name), init_pid))
        return 0;
    text_append(claim, size, name);
    text_append_number(claim, size, (unsigned)sys_getpid());
    *entry = claim;
    return 1;
}

/* A number that no other process gets until the machine is restarted; 0 before Linux 6.9,
 * whose pidfds all have the same. */
static uint64_t own_pidfd_id(void)
{
    struct statfs system;
    struct stat state;
    uint64_t id = 0;
    int pidfd = sys_pidfd_open(sys_getpid());
    if (pidfd < 0)
        return 0;
    if (sys_fstatfs(pidfd, &system) == 0 && system.f_type == PID_FS_MAGIC &&
        sys_fstat(pidfd, &state) == 0)
        id = state.st_ino;
    sys_close(pidfd);
    return id;
}

/* What can't be told is left out: then LISTEN_PID alone counts. */
static void remove_entry(char **entry)
{
    do
        entry[0] = entry[1];
    while (*entry++);
}

static void claim_pidfd_id(char **envp)
{
    static char claim[sizeof LISTEN_PIDFDID + LONGEST_NUMBER] = LISTEN_PIDFDID;
    char **entry = entry_of(envp, LISTEN_PIDFDID);
    uint64_t id = entry ? own_pidfd_id() : 0;
    if (id) {
        text_append_number(claim, sizeof claim, id);
        *entry = claim;
    } else if (entry) {
        remove_entry(entry);
    }
}

void claim_variables(int init_pid, char **envp)
{
    static char listener[sizeof LISTEN_PID + LONGEST_NUMBER];
    static char watched[sizeof WATCHDOG_PID + LONGEST_NUMBER];
    if (claim_pid(init_pid, envp, LISTEN_PID, listener, sizeof listener))
        claim_pidfd_id(envp);
    claim_pid(init_pid, envp, WATCHDOG_PID, watched, sizeof watched);
}
