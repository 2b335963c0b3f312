/* The app of the tests of sleep. It does what it is told on stdin, a letter and a number a line,
 * and says what it gets:
 *
 *     actor [SIGNAL=CODE[*TIMES]]...
 *
 *     ready PID
 *     got NUMBER          a signal; `15=7*2` ends with 7 at the second one
 *     reaped              o5: five orphans have ended, and init has reaped them
 *     x7                  ends with 7
 *     k9                  ends by signal 9
 *     d2                  leaves two daemons, which only KILL ends
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORPHANS_AT_MOST 64

static int codes[65], times[65];

static void end_by(int number)
{
    sigset_t none;
    sigemptyset(&none);
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Each is the child of a child that has ended. */
static void make_orphans(int count)
{
    int ends[2], pids[ORPHANS_AT_MOST];

    if (pipe(ends))
        return;
    for (int i = 0; i < count; i++) {
        int child = fork();
        if (child == 0) {
            int orphan = fork();
            if (orphan == 0)
                _exit(3);
            ssize_t written = write(ends[1], &orphan, sizeof orphan);
            _exit(written < 0);
        }
        waitpid(child, NULL, 0);
        if (read(ends[0], &pids[i], sizeof pids[i]) < 0)
            return;
    }
    for (int i = 0; i < count; i++)
        while (kill(pids[i], 0) == 0)
            usleep(1000);
    close(ends[0]);
    close(ends[1]);
    printf("reaped\n");
}

/* Each in a session of its own; they ignore what can be ignored, since all signals are blocked. */
static void leave_daemons(int count)
{
    for (int i = 0; i < count; i++) {
        int child = fork();
        if (child == 0) {
            if (fork() == 0) {
                setsid();
                for (;;)
                    pause();
            }
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}

static void do_as_told(const char *line)
{
    int number = atoi(line + 1);
    switch (*line) {
    case 'o': make_orphans(number < ORPHANS_AT_MOST ? number : ORPHANS_AT_MOST); break;
    case 'd': leave_daemons(number); break;
    case 'x': exit(number);
    case 'k': end_by(number);
    }
}

static void hear(int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        int number = (int)info.ssi_signo;
        if (number == SIGCHLD && info.ssi_code != SI_USER)
            continue;
        printf("got %d\n", number);
        if (codes[number] >= 0 && --times[number] <= 0)
            exit(codes[number]);
    }
}

int main(int argc, char **argv)
{
    memset(codes, -1, sizeof codes);
    for (int i = 1; i < argc; i++) {
        int number, code, count = 1;
        if (sscanf(argv[i], "%d=%d*%d", &number, &code, &count) >= 2) {
            codes[number] = code;
            times[number] = count;
        }
    }
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    struct pollfd watched[] = {{signalfd(-1, &all, SFD_NONBLOCK), POLLIN, 0}, {0, POLLIN, 0}};
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0);
    printf("ready %d\n", getpid());
    while (poll(watched, 2, -1) >= 0) {
        char line[32];
        if (watched[0].revents)
            hear(watched[0].fd);
        if (!watched[1].revents)
            continue;
        if (fgets(line, sizeof line, stdin))
            do_as_told(line);
        else
            watched[1].fd = -1;
    }
}
