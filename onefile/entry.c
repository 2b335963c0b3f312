/* Where the kernel enters the one file. Everything here runs before libc's start, and most
 * calls never get that far: the shim, the health client and a start by plan touch no page of
 * libc or Python. This is linked apart from libc (build.py), so the functions that the
 * compiler calls are shim/memory.c's: libc's own don't work before its start. */
#include "../shim/handover.h"
#include "../shim/launcher.h"
#include "../shim/python.h"
#include "../shim/stack.h"
#include "../shim/sys.h"
#include "../shim/text.h"

#include "handed.h"

/* pid 2 is this file too, executed by this name. */
#define SHIM_NAME "ppidshim"

int shim_program(int argc, char **argv, char **envp); /* ppidshim.c's program() */

struct handed initd_handed;
static long *first_stack;

/* The kernel leaves argc at the stack pointer, argv behind it, envp behind argv. */
__attribute__((noreturn, used)) static void enter(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;

    const char *name = argc ? base_name(argv[0]) : "";

    if (name[0] == SHIM_NAME[0] && text_equals(name, SHIM_NAME)) {
        sys_set_name(SHIM_NAME); /* exec has named it as the file */
        sys_exit_group(shim_program(argc, argv, envp));
    }
    first_stack = stack;
    sys_exit_group(launch(name, argc, argv, envp));
}

#if defined(__x86_64__)
__asm__(".global initd_entry\n"
        "initd_entry:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call roomy_stack\n"
        " mov %rax,%rsp\n mov %rax,%rdi\n and $-16,%rsp\n call enter\n");
#else
__asm__(".global initd_entry\n"
        "initd_entry:\n mov x29,#0\n mov x30,#0\n mov x0,sp\n bl roomy_stack\n mov sp,x0\n"
        " mov x30,#0\n b enter\n");
#endif

/* libc's start, as if the kernel had entered there. */
__attribute__((noreturn)) static void enter_libc(long *stack)
{
#if defined(__x86_64__)
    __asm__ volatile("mov %0,%%rsp\n xor %%ebp,%%ebp\n xor %%edx,%%edx\n jmp _start" ::"r"(stack));
#else
    __asm__ volatile("mov sp,%0\n mov x29,#0\n mov x30,#0\n mov x0,#0\n b _start" ::"r"(stack));
#endif
    __builtin_unreachable();
}

void become_python(struct invocation *invocation)
{
    initd_handed.option = handover(invocation);
    /* A planned start that sleeps at once needs no interpreter yet. */
    if (invocation->sleeps || (!invocation->woken && memory_is_short()))
        return;
    initd_handed.descriptors = invocation->descriptors;
    initd_handed.woken = invocation->woken != 0;
    if (invocation->as_peer) {
        initd_handed.called = invocation->argv[0];
        initd_handed.signals = signals_given(invocation);
    }
    enter_libc(first_stack);
}
