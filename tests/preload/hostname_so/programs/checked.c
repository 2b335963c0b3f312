/* LENGTH: the fortified function by its name, of 32 bytes, for a libc that has none.
 * SIGABRT is blocked and ignored, as it may be in a program: it has to die of it all the same. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

extern __attribute__((weak)) int __gethostname_chk(char *buffer, size_t size, size_t object_size);

int main(int argc, char **argv)
{
    char buffer[32];
    sigset_t abort_signal;
    sigemptyset(&abort_signal);
    sigaddset(&abort_signal, SIGABRT);
    sigprocmask(SIG_BLOCK, &abort_signal, NULL);
    signal(SIGABRT, SIG_IGN);
    if (argc != 2 || !__gethostname_chk)
        return 3;
    if (__gethostname_chk(buffer, (size_t)atoi(argv[1]), sizeof buffer))
        return 1;
    puts(buffer);
    return 0;
}
