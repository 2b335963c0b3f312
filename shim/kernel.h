/* The kernel's calls without a C library.
 *
 * The launcher and the shim run in every container, a hundred times on a host:
 * a static libc would cost each of them start-up work (relocations, tunables,
 * locale) and hundreds of kilobytes, for a dozen system calls. So they make
 * the calls themselves. Constants and structures come from the kernel's own
 * headers (linux/, asm/), which need no libc.
 *
 * Every call returns what the kernel returns: -errno on failure.
 */
#ifndef INITD_KERNEL_H
#define INITD_KERNEL_H

#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <stddef.h>
#include <stdint.h>

#include "system_call.h"

/* ---- signals ------------------------------------------------------------ */

/* The kernel's view, the same on both machines; libc headers would bring
 * structures of another layout under the same names. */
#define SIGNAL_LAST 64
#define SIGNAL_HUP 1
#define SIGNAL_ILL 4
#define SIGNAL_TRAP 5
#define SIGNAL_ABRT 6
#define SIGNAL_BUS 7
#define SIGNAL_FPE 8
#define SIGNAL_KILL 9
#define SIGNAL_SEGV 11
#define SIGNAL_PIPE 13
#define SIGNAL_INT 2
#define SIGNAL_TERM 15
#define SIGNAL_CHLD 17
#define SIGNAL_CONT 18
#define SIGNAL_STOP 19
#define SIGNAL_SYS 31

typedef uint64_t signal_set;

static inline signal_set one_signal(int number)
{
    return 1ULL << (number - 1);
}

/* All but the synchronous faults: a fault that is blocked when it is raised
 * kills the process all the same, but without the core that would explain it. */
#define ALL_SIGNALS                                                                          \
    (~(one_signal(SIGNAL_SEGV) | one_signal(SIGNAL_BUS) | one_signal(SIGNAL_FPE) |           \
       one_signal(SIGNAL_ILL) | one_signal(SIGNAL_TRAP) | one_signal(SIGNAL_ABRT) |          \
       one_signal(SIGNAL_SYS)))

struct signal_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    signal_set mask;
};

static inline long set_signal_mask(signal_set mask)
{
    return KERNEL(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, 0, sizeof mask, 0);
}

/* exec keeps what is ignored: CPython ignores SIGPIPE and SIGXFSZ, and an app
 * that inherits that writes on broken pipes for ever. */
static inline void default_disposition(int number)
{
    struct signal_action action = {0};
    KERNEL(__NR_rt_sigaction, number, &action, 0, sizeof action.mask, 0);
}

static inline void default_dispositions(void)
{
    for (int number = 1; number <= SIGNAL_LAST; number++)
        default_disposition(number);
}

/* ---- text --------------------------------------------------------------- */

static inline size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

static inline int text_starts(const char *text, const char *prefix)
{
    while (*prefix)
        if (*text++ != *prefix++)
            return 0;
    return 1;
}

static inline int text_equals(const char *one, const char *other)
{
    return text_starts(one, other) && !one[text_length(other)];
}

/* Appends, always terminated; returns 0 when it did not fit whole. */
static inline int text_append(char *buffer, size_t size, const char *text)
{
    size_t at = text_length(buffer);
    while (*text && at + 1 < size)
        buffer[at++] = *text++;
    buffer[at] = 0;
    return *text == 0;
}

static inline int text_append_number(char *buffer, size_t size, unsigned number)
{
    char digits[] = "4294967295"; /* as long as it can get */
    size_t at = sizeof digits - 1;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return text_append(buffer, size, digits + at);
}

static inline const char *environment_value(char **envp, const char *name_and_equals)
{
    for (; *envp; envp++)
        if (text_starts(*envp, name_and_equals))
            return *envp + text_length(name_and_equals);
    return 0;
}

static inline void complain(const char *text)
{
    KERNEL(__NR_write, 2, text, text_length(text), 0, 0);
}

__attribute__((noreturn)) static inline void leave(int code)
{
    for (;;)
        KERNEL(__NR_exit_group, code, 0, 0, 0, 0);
}

/* ---- entry -------------------------------------------------------------- */

/* A sanitizer needs libc's own start and main(); the product needs neither. */
int program(int argc, char **argv, char **envp);

#ifdef INITD_HOSTED

int main(int argc, char **argv, char **envp)
{
    return program(argc, argv, envp);
}

#else

/* The kernel leaves argc at the stack pointer, argv behind it, envp behind argv. */
__attribute__((noreturn, used)) static void enter(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    leave(program(argc, argv, argv + argc + 1));
}

#if defined(__x86_64__)
__asm__(".global _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call enter\n");
#else
__asm__(".global _start\n_start:\n mov x29,#0\n mov x30,#0\n mov x0,sp\n b enter\n");
#endif

/* The compiler may turn loops and initialisers into calls of these. */
void *memset(void *to, int byte, size_t size)
{
    for (char *at = to; size--;)
        *at++ = (char)byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
    const char *source = from;
    for (char *at = to; size--;)
        *at++ = *source++;
    return to;
}

#endif
#endif
