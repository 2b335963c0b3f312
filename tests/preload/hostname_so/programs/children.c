/* NAME: the name in a child of fork, in a child of vfork and in a signal handler that
 * interrupts the question itself. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERRUPTIONS 200

static const char *expected;
static volatile sig_atomic_t interruptions, wrong;

static int is_expected(void)
{
    char name[256];
    return gethostname(name, sizeof name) == 0 && strcmp(name, expected) == 0;
}

static void interrupt(int number)
{
    (void)number;
    interruptions++;
    if (!is_expected())
        wrong++;
}

static int status_of(pid_t child)
{
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static int in_fork(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(!is_expected());
    return status_of(child);
}

static int in_vfork(void)
{
    pid_t child = vfork();
    if (child == 0)
        _exit(!is_expected());
    return status_of(child);
}

static int in_handler(void)
{
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    signal(SIGALRM, interrupt);
    setitimer(ITIMER_REAL, &often, NULL);
    while (interruptions < INTERRUPTIONS)
        if (!is_expected())
            wrong++;
    setitimer(ITIMER_REAL, &never, NULL);
    return wrong;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 1;
    expected = argv[1];
    printf("fork: %d\n", in_fork());
    printf("vfork: %d\n", in_vfork());
    printf("parent: %d\n", !is_expected());
    printf("handler: %d\n", in_handler());
    return 0;
}
