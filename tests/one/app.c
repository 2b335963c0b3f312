/* An app: says who it is, and with an argument waits for SIGTERM, and exits with 3. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct utsname system;
    sigset_t wanted;
    int number;
    const char *home = getenv("HOME");
    (void)argv;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    uname(&system);
    printf("pid %d of %d, uid %d gid %d, home %s, host %s\n", (int)getpid(), (int)getppid(),
           (int)getuid(), (int)getgid(), home ? home : "none", system.nodename);
    fflush(stdout);
    if (argc < 2)
        return 7;
    sigwait(&wanted, &number);
    return 3;
}
