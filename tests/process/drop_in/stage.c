/* The stage on which an init performs: what the engine, the shell or the supervisor
 * around it would be. It starts the init and reports what becomes of it, a line each,
 * on the descriptor that -r names:
 *
 *     stage -r FD [-n] [-s] [-t] [-m] [-d FD]... [-b|-i|-p SIGNAL]... PROGRAM [ARG]...
 *
 *     init PID          it has been started
 *     between PID       -m: the process that is its parent
 *     PID exit CODE | PID signal NUMBER | PID core NUMBER
 *     PID stopped NUMBER | PID continued NUMBER
 *
 *     -n  pid 1 of a pid namespace with a /proc and a /run of its own
 *     -s  leader of a session, as an engine makes it
 *     -t  with the terminal on descriptor 0 as its controlling terminal
 *     -m  a parent that can be killed: the stage adopts the init then
 *     -d  with that descriptor open, on a file that is always empty
 *     -b  starts with that signal blocked; -i: with it ignored; -p: blocked and pending
 *
 * Being a subreaper, the stage gets the orphans that an init does not take.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIGNAL_AFTER_STANDARD 32

static int report_to = -1;

struct play {
    int namespace, session, terminal, between;
    fd_set open;
    sigset_t blocked, ignored, pending;
};

static void need(int result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    _exit(99);
}

static void introduce(const char *who, int pid)
{
    dprintf(report_to, "%s %d\n", who, pid);
}

static void tell(int pid, const char *what, int number)
{
    dprintf(report_to, "%d %s %d\n", pid, what, number);
}

static void furnish(void)
{
    need(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
    need(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "/proc");
    need(mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"), "/run");
}

/* Two signals that libc keeps to itself (nptl(7)) may be ignored by whoever runs the tests:
 * only the kernel resets them. */
static void forget_ignored(void)
{
    struct {
        void (*handler)(int);
        unsigned long flags, restorer, mask;
    } action = {0};
    for (int number = SIGNAL_AFTER_STANDARD; number < SIGRTMIN; number++)
        syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
}

static void perform(const struct play *play, char **words)
{
    if (play->namespace)
        furnish();
    if (play->session)
        need(setsid(), "setsid");
    if (play->terminal)
        need(ioctl(STDIN_FILENO, TIOCSCTTY, 0), "TIOCSCTTY");
    for (int descriptor = 3; descriptor < FD_SETSIZE; descriptor++)
        if (FD_ISSET(descriptor, &play->open))
            need(dup2(open("/dev/null", O_RDWR | O_CLOEXEC), descriptor), "/dev/null");
    forget_ignored();
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(&play->ignored, number) == 1)
            signal(number, SIG_IGN);
        if (sigismember(&play->pending, number) == 1)
            raise(number);
    }
    execvp(words[0], words);
    need(-1, words[0]);
}

static pid_t start(const struct play *play, char **words)
{
    pid_t pid = fork();
    need(pid, "fork");
    if (pid == 0) {
        close(report_to);
        perform(play, words);
    }
    introduce("init", pid);
    return pid;
}

static void start_between(const struct play *play, char **words)
{
    pid_t pid = fork();
    need(pid, "fork");
    if (pid == 0) {
        start(play, words);
        close(report_to);
        for (;;)
            pause();
    }
    introduce("between", pid);
}

static void report(int pid, int status)
{
    if (WIFEXITED(status))
        tell(pid, "exit", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        tell(pid, WCOREDUMP(status) ? "core" : "signal", WTERMSIG(status));
    else if (WIFSTOPPED(status))
        tell(pid, "stopped", WSTOPSIG(status));
    else
        tell(pid, "continued", SIGCONT);
}

int main(int argc, char **argv)
{
    struct play play = {0};
    int option;

    while ((option = getopt(argc, argv, "+r:nstmd:b:i:p:")) != -1)
        switch (option) {
        case 'r': report_to = atoi(optarg); break;
        case 'd': FD_SET(atoi(optarg), &play.open); break;
        case 'n': play.namespace = 1; break;
        case 's': play.session = 1; break;
        case 't': play.terminal = 1; break;
        case 'm': play.between = 1; break;
        case 'b': sigaddset(&play.blocked, atoi(optarg)); break;
        case 'i': sigaddset(&play.ignored, atoi(optarg)); break;
        case 'p': sigaddset(&play.pending, atoi(optarg)); break;
        default: return 98;
        }
    struct rlimit none = {0, 0}; /* a death that dumps core leaves none behind */
    need(setrlimit(RLIMIT_CORE, &none), "no core");
    need(prctl(PR_SET_CHILD_SUBREAPER, 1), "subreaper");
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
        if (sigismember(&play.pending, number) == 1)
            sigaddset(&play.blocked, number);
    }
    need(sigprocmask(SIG_SETMASK, &play.blocked, NULL), "mask");
    if (play.namespace)
        need(unshare(CLONE_NEWPID | CLONE_NEWNS), "unshare");
    if (play.between)
        start_between(&play, argv + optind);
    else
        start(&play, argv + optind);

    int status, pid;
    while ((pid = waitpid(-1, &status, WUNTRACED | WCONTINUED)) > 0 || errno == EINTR)
        if (pid > 0)
            report(pid, status);
    return 0;
}
