/* What a C library does before main(). Sanitizers need libc's own start and main():
 * INITD_HOSTED. */
#include "entry.h"

#include "stack.h"
#include "sys.h"

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
    sys_exit_group(program(argc, argv, argv + argc + 1));
}

#if defined(__x86_64__)
__asm__(".global _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n"
        " call roomy_stack\n mov %rax,%rsp\n mov %rax,%rdi\n and $-16,%rsp\n call enter\n");
#else
__asm__(".global _start\n_start:\n mov x29,#0\n mov x30,#0\n mov x0,sp\n bl roomy_stack\n"
        " mov sp,x0\n mov x30,#0\n b enter\n");
#endif

#endif
