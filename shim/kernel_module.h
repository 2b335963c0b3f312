/* initd.linux._kernel: system calls that Python's built-in modules lack. Each function is
 * one system call, or the shortest sequence that Python must not interrupt; none decides
 * anything. All return -errno on failure. kernel_binding.c makes them a Python module. */
#ifndef INITD_KERNEL_MODULE_H
#define INITD_KERNEL_MODULE_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/signalfd.h>

/* Of a field of struct new_utsname, with its NUL (uname(2)). */
#define INITD_HOSTNAME_SIZE 65

int initd_signalfd(void);
int initd_pidfd_open(int pid);
int initd_pidfd_send_signal(int pidfd, int number);
int initd_become_subreaper(void);
int initd_is_subreaper(void);
int initd_hide_memory(void);
int initd_set_name(const char *name);
int initd_set_parent_death_signal(int number);
int initd_effective_capabilities(uint64_t *mask);
/* `descriptors`: each with the number that it is to have, and -1 behind the last. */
int initd_spawn(int pid, const char *path, char *const argv[], char *const envp[],
                const int *descriptors);
int initd_suspend(void);
int initd_leave_terminal(void);
int initd_channel(int ends[2]);
int initd_keep_descriptors(const int *kept, size_t count);
int initd_cut_bounding_set(void);
int initd_give_up_capabilities(void);
int initd_accept(int server);
long initd_peer_uid(int connection);
int initd_send(int connection, const char *data, size_t size);
int initd_send_datagram(const char *path, size_t length, const char *data, size_t size);
int initd_trim(void);
int initd_kernel_hostname(char *name, size_t size);

#define INITD_SIGNAL_RECORDS 32

struct initd_wait {
    struct pollfd *watched;
    size_t watched_count;
    int signals; /* a signalfd, which is among them */
    const int *known;
    size_t known_count;
    int milliseconds; /* negative: without an end */
    /* What came of it. */
    int reaped;
    long size; /* of what was read from `signals`; 0 if something else has happened, or nothing */
    struct signalfd_siginfo arrived[INITD_SIGNAL_RECORDS];
};

/* Waits, and reaps what is not known, until anything else happens or the time is over. */
int initd_wait_beyond_orphans(struct initd_wait *wait);

#endif
