#define _GNU_SOURCE
#include "kernel_module.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "system_call.h"

#define EXIT_NOT_EXECUTED 127 /* nobody sees it: the parent reaps this child right here */

static int answer(long result)
{
    return result < 0 ? -errno : (int)result;
}

/* All signals: the launcher has blocked them. */
int initd_signalfd(void)
{
    sigset_t all;
    sigfillset(&all);
    return answer(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}

int initd_pidfd_open(int pid)
{
    return answer(syscall(SYS_pidfd_open, pid, 0));
}

int initd_pidfd_send_signal(int pidfd, int number)
{
    return answer(syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0));
}

int initd_become_subreaper(void)
{
    return answer(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
}

int initd_is_subreaper(void)
{
    int is_one = 0;
    return answer(prctl(PR_GET_CHILD_SUBREAPER, &is_one, 0, 0, 0)) < 0 ? 0 : is_one;
}

int initd_hide_memory(void)
{
    return answer(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

int initd_set_name(const char *name)
{
    return answer(prctl(PR_SET_NAME, name, 0, 0, 0));
}

int initd_set_parent_death_signal(int number)
{
    return answer(prctl(PR_SET_PDEATHSIG, number, 0, 0, 0));
}

int initd_effective_capabilities(uint64_t *mask)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    *mask = (uint64_t)data[1].effective << 32 | data[0].effective;
    return 0;
}

struct spawned {
    const char *path;
    char *const *argv;
    char *const *envp;
    const int *descriptors;
    volatile int failure;
};

static int hand_over(int descriptor, int number)
{
    if (descriptor == number) /* not by fcntl(2): a newer symbol since glibc 2.28 */
        return ioctl(descriptor, FIONCLEX);
    int result = dup2(descriptor, number);
    return result >= 0 ? result : dup3(descriptor, number, 0);
}

/* In the child, which shares its parent's memory: system calls only. */
__attribute__((noinline, noreturn)) static void execute_in_child(struct spawned *spawned)
{
    const int *each = spawned->descriptors;
    int result = 0;
    for (; each[0] >= 0 && result >= 0; each += 2)
        result = hand_over(each[0], each[1]);
    if (result >= 0)
        execve(spawned->path, spawned->argv, spawned->envp);
    spawned->failure = errno;
    _exit(EXIT_NOT_EXECUTED);
}

static long clone_with_pid(pid_t wanted)
{
    struct clone_args args;
    memset(&args, 0, sizeof args);
    args.flags = CLONE_VM | CLONE_VFORK;
    args.exit_signal = SIGCHLD;
    args.set_tid = (uint64_t)(uintptr_t)&wanted;
    args.set_tid_size = 1;
    return system_call2(SYS_clone3, (long)&args, sizeof args);
}

/* A vfork, which copies no page of the interpreter and faults none in again: it sleeps until the
 * child has executed. Before that, only SIGSTOP from outside can stop the child: all other signals
 * are blocked. Not by libc's posix_spawn, which can request no pid, and which fails where a list of
 * permitted calls answers clone3 with EPERM: glibc believes that of ENOSYS alone. The child's
 * part is a function of its own, so that it shares no stack slot with what comes after. */
__attribute__((noinline)) int initd_spawn(int wanted, const char *path, char *const argv[],
                                          char *const envp[], const int *descriptors)
{
    struct spawned spawned = {path, argv, envp, descriptors, 0};
    long pid = wanted ? clone_with_pid(wanted) : -EPERM;
    if (pid < 0) /* not permitted, not supported, or taken: then any pid will do */
        pid = system_call2(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0);
    if (pid == 0)
        execute_in_child(&spawned);
    if (pid > 0 && spawned.failure) {
        waitpid((pid_t)pid, NULL, 0);
        return -spawned.failure;
    }
    return (int)pid;
}

/* Not by SIGTSTP: that is blocked, and has no effect on an orphaned group. */
int initd_suspend(void)
{
    return answer(kill(getpid(), SIGSTOP));
}

int initd_leave_terminal(void)
{
    return answer(ioctl(0, TIOCNOTTY));
}

/* So that a storm of them does not keep anything waiting. */
#define ORPHANS_AT_ONCE 500

static void close_between(unsigned first, unsigned last)
{
    if (syscall(SYS_close_range, first, last, 0) == 0)
        return;
    for (unsigned fd = first; fd <= last && fd < 1024; fd++) /* before Linux 5.9 */
        close((int)fd);
}

/* Messages keep their boundaries: what one end sends whole, the other reads whole. */
int initd_channel(int ends[2])
{
    return answer(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
}

/* Closes all descriptors but these, which are sorted. */
int initd_keep_descriptors(const int *kept, size_t count)
{
    unsigned from = 0;
    for (size_t at = 0; at < count; at++) {
        if ((unsigned)kept[at] > from)
            close_between(from, (unsigned)kept[at] - 1);
        from = (unsigned)kept[at] + 1;
    }
    close_between(from, ~0U);
    return 0;
}

/* Before the change of user, which takes CAP_SETPCAP away. If that is missing already,
 * no_new_privs keeps the set from being used. */
int initd_cut_bounding_set(void)
{
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    return 0;
}

/* After it: no capability in any set, and none to be gained by exec. */
int initd_give_up_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return answer(syscall(SYS_capset, &header, none));
}

int initd_accept(int server)
{
    return answer(accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

/* The user that the kernel noted at connect (SO_PEERCRED, unix(7)). */
long initd_peer_uid(int connection)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return -errno;
    return (long)peer.uid;
}

int initd_send(int connection, const char *data, size_t size)
{
    return answer(send(connection, data, size, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* `@NAME` is one in the abstract namespace (unix(7)). The socket lives for this one message, so
 * none is left open while a receiver comes and goes. */
int initd_send_datagram(const char *path, size_t length, const char *data, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (length >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    socklen_t named = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    int sent = answer(sendto(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                             (const struct sockaddr *)&address, named));
    close(fd);
    return sent;
}

/* Not by libc's uname: if /etc/ld.so.preload names hostname.so, that overrides it in this
 * process, too. */
int initd_kernel_hostname(char *name, size_t size)
{
    struct utsname system;
    if (syscall(SYS_uname, &system) < 0)
        return -errno;
    if (strlen(system.nodename) >= size)
        return -ENAMETOOLONG;
    strcpy(name, system.nodename);
    return 0;
}

/* Start-up allocates and frees much: this gives back what is free at the heap's end. */
int initd_trim(void)
{
#ifdef __GLIBC__
    return malloc_trim(0);
#else
    return 0;
#endif
}

static int is_among(const int *known, size_t count, pid_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (known[i] == pid)
            return 1;
    return 0;
}

/* Up to the first child that is known or has not ended, which is for Python to see: then this
 * returns 0. */
static int reap_strangers(struct initd_wait *wait)
{
    for (int looks = 0; looks < ORPHANS_AT_ONCE; looks++) {
        siginfo_t child = {.si_pid = 0};
        if (waitid(P_ALL, 0, &child, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT) < 0)
            return errno == ECHILD; /* Python reaps where a list of permitted calls lacks this */
        if (child.si_pid == 0)
            return 1;
        int ended = child.si_code == CLD_EXITED || child.si_code == CLD_KILLED ||
                    child.si_code == CLD_DUMPED;
        if (!ended || is_among(wait->known, wait->known_count, child.si_pid) ||
            waitpid(child.si_pid, NULL, 0) < 0)
            return 0;
        wait->reaped++;
    }
    return 0;
}

/* Whether nothing but the signalfd is ready. */
static int only_signals(const struct initd_wait *wait)
{
    for (size_t i = 0; i < wait->watched_count; i++)
        if (wait->watched[i].revents && wait->watched[i].fd != wait->signals)
            return 0;
    return 1;
}

/* Whether the only signals that have come are of children. */
static int only_children(const struct initd_wait *wait)
{
    for (size_t i = 0; i < (size_t)wait->size / sizeof wait->arrived[0]; i++)
        if (wait->arrived[i].ssi_signo != SIGCHLD)
            return 0;
    return 1;
}

static int milliseconds_until(const struct timespec *end)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long left = (end->tv_sec - now.tv_sec) * 1000LL + (end->tv_nsec - now.tv_nsec) / 1000000;
    return left > 0 ? (int)left : 0;
}

int initd_wait_beyond_orphans(struct initd_wait *wait)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += wait->milliseconds / 1000;
    end.tv_nsec += wait->milliseconds % 1000 * 1000000L;
    wait->reaped = 0;
    do {
        int left = wait->milliseconds < 0 ? -1 : milliseconds_until(&end);
        wait->size = 0;
        int found = poll(wait->watched, wait->watched_count, left);
        if (found < 0 && errno != EINTR)
            return -errno;
        if (found <= 0 || !only_signals(wait))
            return 0;
        wait->size = read(wait->signals, wait->arrived, sizeof wait->arrived);
        if (wait->size < 0)
            wait->size = 0; /* somebody else has read it */
    } while (only_children(wait) && reap_strangers(wait));
    return 0;
}
