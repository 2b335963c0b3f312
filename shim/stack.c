#include "stack.h"

#include <linux/mman.h>
#include <linux/resource.h>

#include "sys.h"
#include "text.h"

/* What the launcher and its interpreter find enough; and of what the words take, so much never makes
 * the kernel be asked for the limit. */
#define ENOUGH    (32 << 10)
#define FEW       (32 << 10)
#define NEW_STACK (1 << 20)

/* What an interpreter maps until it can report an error of its own, and somewhat more. */
#define LEAST_SPACE (16 << 20)

/* Bytes of the words, the variables and the pointers to them: the kernel puts them in one piece. */
static size_t taken(char **argv, char **envp)
{
    char **end = envp;
    while (*end)
        end++;
    const char *first = *argv ? *argv : *envp;
    const char *last = end > envp ? end[-1] : *argv ? envp[-2] : 0;
    size_t strings = first ? (size_t)(last - first) + text_length(last) : 0;
    return strings + (size_t)(end - argv) * sizeof *argv;
}

int stack_is_short(char **argv, char **envp)
{
    size_t used = taken(argv, envp);
    struct rlimit64 limit = {0, 0};
    if (used < FEW || sys_own_limit(RLIMIT_STACK, &limit) < 0)
        return 0;
    return limit.rlim_cur < used + ENOUGH;
}

int memory_is_short(void)
{
    struct rlimit64 limit = {0, 0};
    if (sys_own_limit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur >= LEAST_SPACE)
        return 0;
    write_stderr("initd: cannot start: the limit of address space (ulimit -v) is below 16 MiB\n");
    return 1;
}

/* The words behind the last one that the kernel has put there: auxv ends with two zeros. */
static long *end_of(char **envp)
{
    while (*envp)
        envp++;
    long *entry = (long *)(envp + 1);
    while (entry[0])
        entry += 2;
    return entry + 2;
}

long *roomy_stack(long *stack)
{
    char **argv = (char **)(stack + 1), **envp = argv + stack[0] + 1;
    if (!stack_is_short(argv, envp))
        return stack;
    size_t count = (size_t)(end_of(envp) - stack);
    size_t size = NEW_STACK + count * sizeof *stack;
    long room = sys_mmap(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    if (room < 0 && room > -4096)
        return stack;
    uintptr_t top = ((uintptr_t)room + NEW_STACK) & ~(uintptr_t)15;
    for (size_t at = 0; at < count; at++)
        ((long *)top)[at] = stack[at];
    return (long *)top;
}
