/* A fork storm: makes COUNT orphans, each of which ends with its own code, then
 * says "storm over" and ends with CODE when a line comes in.
 *
 *     storm COUNT CODE
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_orphans(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t pid;
        while ((pid = fork()) < 0)
            usleep(100);
        if (pid == 0)
            _exit(i & 0xff);
    }
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1, code = argc > 2 ? atoi(argv[2]) : 0;
    for (int batch = 0; batch < count / 100; batch++) {
        /* The parent of a batch ends at once: its hundred become orphans. */
        pid_t pid = fork();
        if (pid == 0) {
            make_orphans(100);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
    puts("storm over");
    fflush(stdout);
    getchar();
    return code;
}
