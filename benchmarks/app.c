/*
 * The app that every contender starts: static, so that its own start costs next to nothing.
 *
 *     app FIFO
 *
 * It takes the time as the first act of main, then answers over FIFO: one 8-byte stamp for the
 * start, one for each SIGUSR1, and a last one for SIGTERM, which ends it. It reports through a named pipe, not through an inherited
 * descriptor, because supervisors differ in which descriptors they hand down.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

static int report = -1;

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void answer(int64_t stamp)
{
    /* 8 bytes are far below PIPE_BUF: the write is whole or fails. */
    if (write(report, &stamp, sizeof stamp) != (ssize_t)sizeof stamp)
        _exit(1);
}

static void on_usr1(int number)
{
    (void)number;
    answer(monotonic_ns());
}

static void on_term(int number)
{
    (void)number;
    answer(monotonic_ns());
    _exit(0);
}

int main(int argc, char **argv)
{
    int64_t first = monotonic_ns();
    struct sigaction usr1 = {.sa_handler = on_usr1}, term = {.sa_handler = on_term};

    if (argc != 2 || (report = open(argv[1], O_WRONLY | O_CLOEXEC)) < 0)
        return 2;
    /* The mask is left as inherited: an init that hands down a blocked SIGUSR1 shall show. */
    sigaction(SIGUSR1, &usr1, NULL);
    sigaction(SIGTERM, &term, NULL);
    answer(first);
    for (;;)
        pause();
}
