/* The app under an init, and the app's children: says what it gets, does what it is told.
 *
 *     puppet BASE NAME
 *
 * It reports to the abstract socket BASE and takes its orders at BASE/NAME:
 *
 *     NAME ready BLOCKED IGNORED    the signals that it came into life with, as bit masks
 *     NAME got NUMBER
 *     NAME done                     the order has been carried out
 *
 *     exit CODE          raise NUMBER (with its default action)
 *     default NUMBER     from now on that signal does what it does by default
 *     fork NAME          group NAME: in a process group of its own; session NAME
 *     orphan NAME        its parent is gone before it is ready
 *     front              takes the terminal for its own group
 *     look               nothing: whatever was pending has been told before this is done
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *base;
static char name[64];
static int orders, signals;
static sigset_t taken;

static socklen_t address(struct sockaddr_un *to, const char *more)
{
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    int length = snprintf(to->sun_path + 1, sizeof to->sun_path - 1, "%s%s", base, more);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

static void tell(const char *what)
{
    char line[256];
    struct sockaddr_un to;
    socklen_t size = address(&to, "");
    int length = snprintf(line, sizeof line, "%s %s", name, what);
    while (sendto(orders, line, (size_t)length, 0, (struct sockaddr *)&to, size) < 0)
        if (errno != EINTR)
            _exit(97); /* the director has gone home */
}

static void open_ears(void)
{
    char path[80];
    struct sockaddr_un here;
    snprintf(path, sizeof path, "/%s", name);
    orders = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = address(&here, path);
    if (orders < 0 || bind(orders, (struct sockaddr *)&here, size) < 0) {
        perror("puppet");
        _exit(96);
    }
    signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void say_ready(void)
{
    char line[256], blocked[32] = "?", ignored[32] = "?";
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status)) {
        sscanf(line, "SigBlk: %31s", blocked);
        sscanf(line, "SigIgn: %31s", ignored);
    }
    if (status)
        fclose(status);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, number == SIGCHLD ? SIG_IGN : SIG_DFL); /* its own leave no zombies */
    taken = all;
    sigdelset(&taken, SIGCHLD);
    open_ears();
    snprintf(line, sizeof line, "ready %s %s", blocked, ignored);
    tell(line);
}

static void be_born(const char *own)
{
    snprintf(name, sizeof name, "%s", own);
    close(orders);
    close(signals);
}

/* Returns 1 in the child. */
static int beget(const char *way, const char *own)
{
    if (fork() != 0)
        return 0;
    if (!strcmp(way, "group"))
        setpgid(0, 0);
    if (!strcmp(way, "session"))
        setsid();
    if (!strcmp(way, "orphan")) {
        int parent = getpid();
        if (fork() != 0)
            _exit(0);
        while (getppid() == parent)
            usleep(200);
    }
    be_born(own);
    say_ready();
    return 1;
}

static void end_by(int number)
{
    signal(number, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    _exit(95);
}

static void let_be(int number)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigdelset(&taken, number);
    signalfd(signals, &taken, 0);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static void obey(const char *order)
{
    char verb[32] = "", object[64] = "";
    sscanf(order, "%31s %63s", verb, object);
    if (!strcmp(verb, "exit"))
        _exit(atoi(object));
    if (!strcmp(verb, "raise"))
        end_by(atoi(object));
    if (!strcmp(verb, "default"))
        let_be(atoi(object));
    else if (!strcmp(verb, "front"))
        tcsetpgrp(STDIN_FILENO, getpgrp());
    else if (*object && beget(verb, object))
        return; /* the child: its first word was "ready" */
    tell("done");
}

static void hear(void)
{
    struct signalfd_siginfo info;
    char line[32];
    while (read(signals, &info, sizeof info) == sizeof info) {
        snprintf(line, sizeof line, "got %u", info.ssi_signo);
        tell(line);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 94;
    base = argv[1];
    snprintf(name, sizeof name, "%s", argv[2]);
    say_ready();
    for (;;) {
        struct pollfd watched[] = {{signals, POLLIN, 0}, {orders, POLLIN, 0}};
        char order[128];
        poll(watched, 2, -1);
        hear();
        if (watched[1].revents & POLLIN) {
            ssize_t length = recv(orders, order, sizeof order - 1, 0);
            if (length > 0) {
                order[length] = 0;
                obey(order);
            }
        }
    }
}
