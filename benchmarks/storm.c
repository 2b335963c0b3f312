/*
 * A storm of orphans: what an init has to reap when a shell script, a build or a crashed server
 * leaves its children behind.
 *
 *     storm FIFO COUNT
 *
 * Says over FIFO when it has started (an 8-byte stamp), waits until something can be read from
 * FIFO.go, makes COUNT processes that end at once and whose parent has ended, and says over FIFO
 * when the last of them is an orphan. Static, and small: its own forks shall cost little.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 100, FULL_NS = 100000 };

static void report(int fifo)
{
    struct timespec now;
    int64_t stamp;

    clock_gettime(CLOCK_MONOTONIC, &now);
    stamp = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    if (write(fifo, &stamp, sizeof stamp) != (ssize_t)sizeof stamp)
        _exit(1);
}

/* No pid is left while an init lags behind: that is what a storm does, so wait and go on. */
static pid_t insist(void)
{
    struct timespec gap = {.tv_nsec = FULL_NS};
    pid_t pid;

    while ((pid = fork()) < 0)
        nanosleep(&gap, NULL);
    return pid;
}

static void make_orphans(int count)
{
    for (int i = 0; i < count; i++)
        if (insist() == 0)
            _exit(0);
    _exit(0); /* before they are waited for: from now on they are init's */
}

int main(int argc, char **argv)
{
    char path[4096], go;
    int fifo, gate;

    if (argc != 3 || (fifo = open(argv[1], O_WRONLY | O_CLOEXEC)) < 0)
        return 2;
    snprintf(path, sizeof path, "%s.go", argv[1]);
    if ((gate = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return 2;
    report(fifo);
    if (read(gate, &go, 1) != 1)
        return 2;
    for (int left = atoi(argv[2]); left > 0; left -= BATCH) {
        pid_t parent = insist();
        if (parent == 0)
            make_orphans(left < BATCH ? left : BATCH);
        waitpid(parent, NULL, 0);
    }
    report(fifo);
    for (;;)
        pause();
}
