"""Builds `initd.linux._kernel`: the system calls that Python's built-in modules lack.

cffi in API mode, limited to the stable ABI, so that one wheel serves every
Python from 3.11 on. Each function is one system call or the smallest sequence
that must not be interrupted by Python; none decides anything. All of them return
-errno on failure, so that no exception machinery is needed to call them.
"""

from cffi import FFI

ffibuilder = FFI()

ffibuilder.cdef(
    """
    int initd_signalfd(void);
    int initd_pidfd_open(int pid);
    int initd_pidfd_send_signal(int pidfd, int number);
    int initd_become_subreaper(void);
    int initd_set_parent_death_signal(int number);
    int initd_effective_capabilities(uint64_t *mask);
    int initd_spawn_with_pid(int pid, const char *path, char *const argv[],
                             char *const envp[], int report);
    int initd_suspend(void);
    int initd_bind(const char *path, int type);
    int initd_accept(int server);
    long initd_peer_uid(int connection);
    int initd_send(int connection, const char *data, size_t size);
    int initd_trim(void);
    """
)

ffibuilder.set_source(
    "initd.linux._kernel",
    r"""
    #define _GNU_SOURCE
    #include <errno.h>
    #include <fcntl.h>
    #include <linux/capability.h>
    #include <linux/sched.h>
    #include <signal.h>
    #include <stdint.h>
    #include <string.h>
    #include <malloc.h>
    #include <sys/prctl.h>
    #include <sys/signalfd.h>
    #include <sys/socket.h>
    #include <sys/syscall.h>
    #include <sys/un.h>
    #include <unistd.h>

    #define REPORT_DESCRIPTOR 3

    static int answer(long result)
    {
        return result < 0 ? -errno : (int)result;
    }

    /* All that is blocked is to be read; the launcher has blocked it. */
    static int initd_signalfd(void)
    {
        sigset_t all;
        sigfillset(&all);
        return answer(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    }

    static int initd_pidfd_open(int pid)
    {
        return answer(syscall(SYS_pidfd_open, pid, 0));
    }

    static int initd_pidfd_send_signal(int pidfd, int number)
    {
        return answer(syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0));
    }

    static int initd_become_subreaper(void)
    {
        return answer(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
    }

    static int initd_set_parent_death_signal(int number)
    {
        return answer(prctl(PR_SET_PDEATHSIG, number, 0, 0, 0));
    }

    static int initd_effective_capabilities(uint64_t *mask)
    {
        struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
        struct __user_cap_data_struct data[2];
        if (syscall(SYS_capget, &header, data) < 0)
            return -errno;
        *mask = (uint64_t)data[1].effective << 32 | data[0].effective;
        return 0;
    }

    /* A fork that asks for a pid, which neither posix_spawn nor vfork can. Without
     * CLONE_VM the child has its own copy of this stack; it makes nothing but
     * system calls, because after a raw clone3 libc's own state is not set up. And
     * without CLONE_VFORK init does not sleep if somebody stops the child before its
     * exec; a child that can't execute ends, and is reaped as a lost shim. */
    static int initd_spawn_with_pid(int wanted, const char *path, char *const argv[],
                                    char *const envp[], int report)
    {
        pid_t tid = wanted;
        struct clone_args args;
        memset(&args, 0, sizeof args);
        args.exit_signal = SIGCHLD;
        args.set_tid = (uint64_t)(uintptr_t)&tid;
        args.set_tid_size = 1;
        long pid = syscall(SYS_clone3, &args, sizeof args);
        if (pid != 0)
            return answer(pid);
        if (report == REPORT_DESCRIPTOR)
            fcntl(report, F_SETFD, 0);
        else
            dup2(report, REPORT_DESCRIPTOR);
        execve(path, argv, envp);
        _exit(127);
    }

    /* Not by SIGTSTP: that is blocked, and it does nothing to an orphaned group. */
    static int initd_suspend(void)
    {
        return answer(kill(getpid(), SIGSTOP));
    }

    #define BACKLOG 16

    /* Who sent a datagram is noted when it is sent (unix(7)): asked for before the name
     * exists, so that nobody is ever too early. */
    static int make_ready(int fd, const struct sockaddr_un *address, int type)
    {
        int yes = 1;
        if (type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) < 0)
            return -errno;
        if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0)
            return -errno;
        return answer(type == SOCK_STREAM ? listen(fd, BACKLOG) : 0);
    }

    static int initd_bind(const char *path, int type)
    {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        if (strlen(path) >= sizeof address.sun_path)
            return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            return -errno;
        int error = make_ready(fd, &address, type);
        if (error == 0)
            return fd;
        close(fd);
        return error;
    }

    static int initd_accept(int server)
    {
        return answer(accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
    }

    /* As the kernel noted at connect (SO_PEERCRED, unix(7)). */
    static long initd_peer_uid(int connection)
    {
        struct ucred peer;
        socklen_t size = sizeof peer;
        if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
            return -errno;
        return (long)peer.uid;
    }

    static int initd_send(int connection, const char *data, size_t size)
    {
        return answer(send(connection, data, size, MSG_DONTWAIT | MSG_NOSIGNAL));
    }

    /* Start-up reads and drops much; what is free at the heap's end goes back. */
    static int initd_trim(void)
    {
    #ifdef __GLIBC__
        return malloc_trim(0);
    #else
        return 0;
    #endif
    }
    """,
    extra_compile_args=["-Wall", "-Wextra", "-Wno-unused-parameter", "-Os"],
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
