/* The app of the process tests. It says who it is and which signals it gets, a line
 * each, so that tests wait for events.
 *
 *     victim [SIGNAL=CODE]...
 *
 *     ready PID PPID PGID SID
 *     got NUMBER
 *
 * `15=0` ends with 0 on SIGTERM; what is not named is only reported.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int codes[65];
    memset(codes, -1, sizeof codes);
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        int number = atoi(argv[i]);
        if (equals && number > 0 && number <= 64)
            codes[number] = atoi(equals + 1);
    }
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    printf("ready %d %d %d %d\n", getpid(), getppid(), getpgrp(), getsid(0));
    fflush(stdout);
    for (;;) {
        int number;
        if (sigwait(&all, &number) != 0)
            continue;
        printf("got %d\n", number);
        fflush(stdout);
        if (codes[number] >= 0)
            return codes[number];
    }
}
