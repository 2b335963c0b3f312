/* initd.linux._kernel: system calls that Python's built-in modules lack. Each function is
 * one system call, or the shortest sequence that Python must not interrupt; none decides
 * anything. All return -errno on failure. kernel_binding.c makes them a Python module. */
#ifndef INITD_KERNEL_MODULE_H
#define INITD_KERNEL_MODULE_H

#include <stddef.h>
#include <stdint.h>

/* Of a field of struct new_utsname, with its NUL (uname(2)). */
#define INITD_HOSTNAME_SIZE 65

int initd_signalfd(void);
int initd_pidfd_open(int pid);
int initd_pidfd_send_signal(int pidfd, int number);
int initd_become_subreaper(void);
int initd_set_parent_death_signal(int number);
int initd_effective_capabilities(uint64_t *mask);
int initd_spawn_with_pid(int pid, const char *path, char *const argv[], char *const envp[],
                         int report, int number);
int initd_suspend(void);
int initd_leave_terminal(void);
int initd_bind(const char *path, int type);
int initd_listen_inet(const char *address, int port);
int initd_channel(int ends[2]);
int initd_keep_descriptors(const int *kept, size_t count);
int initd_cut_bounding_set(void);
int initd_give_up_capabilities(void);
int initd_accept(int server);
long initd_peer_uid(int connection);
int initd_send(int connection, const char *data, size_t size);
int initd_send_datagram(const char *path, size_t length, const char *data, size_t size);
int initd_trim(void);
/* Reaps at most `limit` children that have ended, up to the first that is one of `known` or has
 * not ended; returns how many. `*more` says whether there is anything left to look at. */
int initd_reap_strangers(const int *known, size_t count, int limit, int *more);
int initd_kernel_hostname(char *name, size_t size);

#endif
