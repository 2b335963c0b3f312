/*
 * Orphans that end one at a time, as in most containers: a health check's command, a shell script
 * that leaves a child behind.
 *
 *     trickle FIFO COUNT
 *
 * Speaks like storm.c, and makes the next orphan when the last one has been reaped and init has
 * had time to wait again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GAP_NS = 1000000, LOOK_NS = 100000 };

static void report(int fifo)
{
    struct timespec now;
    int64_t stamp;

    clock_gettime(CLOCK_MONOTONIC, &now);
    stamp = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    if (write(fifo, &stamp, sizeof stamp) != (ssize_t)sizeof stamp)
        _exit(1);
}

static void wait_ns(long ns)
{
    struct timespec time = {.tv_nsec = ns};

    nanosleep(&time, NULL);
}

/* Its pid: it lives until its parent has ended, and so is init's to reap. */
static pid_t make_orphan(void)
{
    int ends[2], gate[2];
    pid_t orphan = -1, parent;
    char go;

    if (pipe(ends) != 0 || pipe(gate) != 0)
        _exit(1);
    if ((parent = fork()) == 0) {
        pid_t child = fork();
        if (child == 0) {
            close(gate[1]);
            _exit((int)read(gate[0], &go, 1));
        }
        _exit(write(ends[1], &child, sizeof child) != (ssize_t)sizeof child);
    }
    if (read(ends[0], &orphan, sizeof orphan) != (ssize_t)sizeof orphan)
        _exit(1);
    waitpid(parent, NULL, 0);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        close(gate[i]);
    }
    return orphan;
}

int main(int argc, char **argv)
{
    char path[4096], go;
    int fifo, start;

    if (argc != 3 || (fifo = open(argv[1], O_WRONLY | O_CLOEXEC)) < 0)
        return 2;
    snprintf(path, sizeof path, "%s.go", argv[1]);
    if ((start = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return 2;
    report(fifo);
    if (read(start, &go, 1) != 1)
        return 2;
    for (int left = atoi(argv[2]); left > 0; left--) {
        pid_t orphan = make_orphan();
        while (kill(orphan, 0) == 0 || errno != ESRCH)
            wait_ns(LOOK_NS);
        wait_ns(GAP_NS);
    }
    report(fifo);
    for (;;)
        pause();
}
