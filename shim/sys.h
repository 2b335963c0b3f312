/* System calls by name, with the types of their arguments. Each returns what the kernel
 * returns: -errno on failure.
 *
 * The launcher and the shim run in every container, a hundred times on a host: a static
 * libc would cost each of them start-up work (relocations, tunables, locale) and hundreds
 * of kilobytes, for a few dozen system calls. So they make the calls themselves, and so
 * does hostname.so, which must work under any libc. Arguments that are always zero here
 * are left out. Structures are declared by the kernel's own headers (linux/, asm/), which
 * the caller includes. */
#ifndef INITD_SYS_H
#define INITD_SYS_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#include "system_call.h"

struct __kernel_timespec;
struct __user_cap_data_struct;
struct __user_cap_header_struct;
struct clone_args;
struct new_utsname;
struct pollfd;
struct rlimit64;
struct siginfo;
struct stat;
struct statfs;

/* The kernel's view of signals, the same on both machines: libc's headers have structures
 * of another layout under the usual names. Bit N - 1 stands for signal N. */
typedef uint64_t signal_set;

struct signal_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    signal_set mask;
};

/* ---- descriptors and files --------------------------------------------------------- */

/* Never with O_CREAT: that would need a mode. */
ALWAYS_INLINE int sys_openat(int directory, const char *path, int flags)
{
    return (int)system_call3(__NR_openat, directory, (long)path, flags);
}

ALWAYS_INLINE long sys_read(int fd, void *to, size_t size)
{
    return system_call3(__NR_read, fd, (long)to, (long)size);
}

ALWAYS_INLINE long sys_write(int fd, const void *from, size_t size)
{
    return system_call3(__NR_write, fd, (long)from, (long)size);
}

ALWAYS_INLINE long sys_pwrite64(int fd, const void *from, size_t size, long at)
{
    return system_call4(__NR_pwrite64, fd, (long)from, (long)size, at);
}

ALWAYS_INLINE int sys_memfd_create(const char *name, unsigned flags)
{
    return (int)system_call2(__NR_memfd_create, (long)name, flags);
}

ALWAYS_INLINE int sys_mkdirat(int directory, const char *path, int mode)
{
    return (int)system_call3(__NR_mkdirat, directory, (long)path, mode);
}

ALWAYS_INLINE int sys_unlinkat(int directory, const char *path, int flags)
{
    return (int)system_call3(__NR_unlinkat, directory, (long)path, flags);
}

ALWAYS_INLINE int sys_fchmodat(int directory, const char *path, int mode)
{
    return (int)system_call3(__NR_fchmodat, directory, (long)path, mode);
}

ALWAYS_INLINE int sys_close(int fd)
{
    return (int)system_call1(__NR_close, fd);
}

ALWAYS_INLINE int sys_close_range(unsigned first, unsigned last)
{
    return (int)system_call3(__NR_close_range, first, last, 0);
}

ALWAYS_INLINE int sys_dup3(int from, int to, int flags)
{
    return (int)system_call3(__NR_dup3, from, to, flags);
}

ALWAYS_INLINE int sys_fcntl(int fd, int command, int argument)
{
    return (int)system_call3(__NR_fcntl, fd, command, argument);
}

ALWAYS_INLINE int sys_ioctl(int fd, unsigned request, void *argument)
{
    return (int)system_call3(__NR_ioctl, fd, request, (long)argument);
}

ALWAYS_INLINE int sys_pipe2(int ends[2], int flags)
{
    return (int)system_call2(__NR_pipe2, (long)ends, flags);
}

ALWAYS_INLINE int sys_fstat(int fd, struct stat *status)
{
    return (int)system_call2(__NR_fstat, fd, (long)status);
}

ALWAYS_INLINE int sys_fstatfs(int fd, struct statfs *status)
{
    return (int)system_call2(__NR_fstatfs, fd, (long)status);
}

ALWAYS_INLINE int sys_newfstatat(int directory, const char *path, struct stat *status, int flags)
{
    return (int)system_call4(__NR_newfstatat, directory, (long)path, (long)status, flags);
}

ALWAYS_INLINE int sys_faccessat(int directory, const char *path, int mode)
{
    return (int)system_call3(__NR_faccessat, directory, (long)path, mode);
}

ALWAYS_INLINE long sys_readlinkat(int directory, const char *path, char *to, size_t size)
{
    return system_call4(__NR_readlinkat, directory, (long)path, (long)to, (long)size);
}

/* struct linux_dirent64 of getdents64(2), which no header of the kernel's declares. */
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

ALWAYS_INLINE long sys_getdents64(int fd, void *entries, size_t size)
{
    return system_call3(__NR_getdents64, fd, (long)entries, (long)size);
}

/* Without a signal mask. */
ALWAYS_INLINE int sys_ppoll(struct pollfd *watched, unsigned count,
                            const struct __kernel_timespec *timeout)
{
    return (int)system_call4(__NR_ppoll, (long)watched, count, (long)timeout, 0);
}

ALWAYS_INLINE int sys_signalfd4(int fd, const signal_set *signals, int flags)
{
    return (int)system_call4(__NR_signalfd4, fd, (long)signals, sizeof *signals, flags);
}

/* ---- signals ----------------------------------------------------------------------- */

ALWAYS_INLINE int sys_rt_sigaction(int number, const struct signal_action *action,
                                   struct signal_action *before)
{
    return (int)system_call4(__NR_rt_sigaction, number, (long)action, (long)before,
                             sizeof(signal_set));
}

ALWAYS_INLINE int sys_rt_sigprocmask(int how, const signal_set *mask, signal_set *before)
{
    return (int)system_call4(__NR_rt_sigprocmask, how, (long)mask, (long)before,
                             sizeof(signal_set));
}

/* The signal's number, without a timeout. */
ALWAYS_INLINE int sys_rt_sigtimedwait(const signal_set *signals, struct siginfo *info,
                                      const struct __kernel_timespec *timeout)
{
    return (int)system_call4(__NR_rt_sigtimedwait, (long)signals, (long)info, (long)timeout,
                             sizeof *signals);
}

ALWAYS_INLINE int sys_kill(int pid, int number)
{
    return (int)system_call2(__NR_kill, pid, number);
}

ALWAYS_INLINE int sys_pidfd_send_signal(int pidfd, int number)
{
    return (int)system_call4(__NR_pidfd_send_signal, pidfd, number, 0, 0);
}

ALWAYS_INLINE int sys_tgkill(int pid, int thread, int number)
{
    return (int)system_call3(__NR_tgkill, pid, thread, number);
}

/* ---- processes --------------------------------------------------------------------- */

ALWAYS_INLINE int sys_clone(unsigned long flags)
{
    return (int)system_call2(__NR_clone, (long)flags, 0);
}

ALWAYS_INLINE int sys_clone3(const struct clone_args *arguments, size_t size)
{
    return (int)system_call2(__NR_clone3, (long)arguments, (long)size);
}

ALWAYS_INLINE int sys_execve(const char *path, char *const argv[], char *const envp[])
{
    return (int)system_call3(__NR_execve, (long)path, (long)argv, (long)envp);
}

__attribute__((noreturn)) ALWAYS_INLINE void sys_exit_group(int code)
{
    for (;;)
        system_call1(__NR_exit_group, code);
}

ALWAYS_INLINE int sys_waitid(int type, int pid, struct siginfo *info, int options)
{
    return (int)system_call5(__NR_waitid, type, pid, (long)info, options, 0);
}

ALWAYS_INLINE int sys_wait4(int pid, int *status, int options)
{
    return (int)system_call4(__NR_wait4, pid, (long)status, options, 0);
}

ALWAYS_INLINE int sys_pidfd_open(int pid)
{
    return (int)system_call2(__NR_pidfd_open, pid, 0);
}

ALWAYS_INLINE int sys_getpid(void)
{
    return (int)system_call0(__NR_getpid);
}

ALWAYS_INLINE int sys_getppid(void)
{
    return (int)system_call0(__NR_getppid);
}

ALWAYS_INLINE int sys_gettid(void)
{
    return (int)system_call0(__NR_gettid);
}

ALWAYS_INLINE int sys_getpgid(int pid)
{
    return (int)system_call1(__NR_getpgid, pid);
}

ALWAYS_INLINE int sys_setpgid(int pid, int group)
{
    return (int)system_call2(__NR_setpgid, pid, group);
}

ALWAYS_INLINE int sys_setsid(void)
{
    return (int)system_call0(__NR_setsid);
}

/* The process's name, as ps(1) shows it. */
ALWAYS_INLINE int sys_set_name(const char *name)
{
    return (int)system_call2(__NR_prctl, 15 /* PR_SET_NAME */, (long)name);
}

ALWAYS_INLINE int sys_prctl(int option, int argument)
{
    return (int)system_call5(__NR_prctl, option, argument, 0, 0, 0);
}

ALWAYS_INLINE int sys_prlimit64(int pid, int resource, const struct rlimit64 *limit)
{
    return (int)system_call4(__NR_prlimit64, pid, resource, (long)limit, 0);
}

ALWAYS_INLINE int sys_own_limit(int resource, struct rlimit64 *limit)
{
    return (int)system_call4(__NR_prlimit64, 0, resource, 0, (long)limit);
}

ALWAYS_INLINE int sys_setpriority(int which, int who, int niceness)
{
    return (int)system_call3(__NR_setpriority, which, who, niceness);
}

ALWAYS_INLINE int sys_umask(int mask)
{
    return (int)system_call1(__NR_umask, mask);
}

ALWAYS_INLINE int sys_chdir(const char *path)
{
    return (int)system_call1(__NR_chdir, (long)path);
}

ALWAYS_INLINE int sys_fchdir(int directory)
{
    return (int)system_call1(__NR_fchdir, directory);
}

/* Memory of our own, all zero. */
ALWAYS_INLINE long sys_mmap(size_t size, int protection, int flags)
{
    return system_call6(__NR_mmap, 0, (long)size, protection, flags, -1, 0);
}

ALWAYS_INLINE int sys_madvise(uintptr_t from, size_t size, int advice)
{
    return (int)system_call3(__NR_madvise, (long)from, (long)size, advice);
}

/* The beginning of a file. */
ALWAYS_INLINE int sys_munmap(long at, size_t size)
{
    return (int)system_call2(__NR_munmap, at, (long)size);
}

ALWAYS_INLINE long sys_mmap_file(size_t size, int protection, int flags, int fd)
{
    return system_call6(__NR_mmap, 0, (long)size, protection, flags, fd, 0);
}

/* ---- users and capabilities -------------------------------------------------------- */

ALWAYS_INLINE unsigned sys_geteuid(void)
{
    return (unsigned)system_call0(__NR_geteuid);
}

ALWAYS_INLINE int sys_setgroups(int count, const unsigned *groups)
{
    return (int)system_call2(__NR_setgroups, count, (long)groups);
}

ALWAYS_INLINE int sys_setresgid(unsigned real, unsigned effective, unsigned saved)
{
    return (int)system_call3(__NR_setresgid, real, effective, saved);
}

ALWAYS_INLINE int sys_setresuid(unsigned real, unsigned effective, unsigned saved)
{
    return (int)system_call3(__NR_setresuid, real, effective, saved);
}

ALWAYS_INLINE int sys_capget(struct __user_cap_header_struct *header,
                             struct __user_cap_data_struct *sets)
{
    return (int)system_call2(__NR_capget, (long)header, (long)sets);
}

ALWAYS_INLINE int sys_capset(struct __user_cap_header_struct *header,
                             const struct __user_cap_data_struct *sets)
{
    return (int)system_call2(__NR_capset, (long)header, (long)sets);
}

/* ---- time and the machine ---------------------------------------------------------- */

ALWAYS_INLINE int sys_clock_gettime(int clock, struct __kernel_timespec *time)
{
    return (int)system_call2(__NR_clock_gettime, clock, (long)time);
}

ALWAYS_INLINE int sys_nanosleep(const struct __kernel_timespec *time)
{
    return (int)system_call2(__NR_nanosleep, (long)time, 0);
}

ALWAYS_INLINE int sys_uname(struct new_utsname *names)
{
    return (int)system_call1(__NR_uname, (long)names);
}

#endif
