/* The machine's system call instruction, inline: no function stands between the caller and
 * the kernel, so that a child that shares the caller's stack does not return over it. */
#ifndef INITD_SYSTEM_CALL_H
#define INITD_SYSTEM_CALL_H

#if defined(__x86_64__)

static inline long kernel(long number, long a, long b, long c, long d, long e)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

static inline long kernel(long number, long a, long b, long c, long d, long e)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "memory");
    return x0;
}

#else
#error "initd's C programs know x86-64 and AArch64; add this machine's system call instruction here"
#endif

#define KERNEL(number, a, b, c, d, e)                                                        \
    kernel((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

#endif
