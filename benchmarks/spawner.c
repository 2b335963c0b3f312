/*
 * Starts one contender as pid 1 of fresh namespaces, and is the sender of its signals.
 *
 *     spawner FIFO COMMAND [ARG...]
 *
 * It stays outside of the namespaces. What it prints, one line each:
 *     started PID EXEC_NS APP_NS   host pid of pid 1; the clock before exec and in the app's main
 *     died STATUS | silent         instead of that, when no app reported
 * For each line "COUNT" on its standard input it sends COUNT times SIGUSR1 to pid 1, one after the
 * other, and prints
 *     rounds LOST NS NS NS...      | deaf (when not even the first is answered)
 * End of input kills pid 1, and with it everything in its namespace.
 *
 * The cost of clone and of the mounts never counts: the clock is read between them and exec, and
 * all contenders, "no init" among them, are started by this same program.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    START_PATIENCE_MS = 20000,
    FIRST_ANSWER_TRIES = 20,
    FIRST_ANSWER_MS = 100,
    ANSWER_MS = 1000,
    /* Long enough that init has gone back to sleep: each round trip includes its wake-up. */
    GAP_NS = 2000000,
    CHILD_STACK = 256 * 1024,
};

enum { NO_STAMP = 0, DEAD = -1 };

struct container {
    pid_t pid;
    int pidfd;
    int fifo;
};

struct birth {
    char **command;
    int go;
    int64_t *exec_ns;
};

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the side that becomes pid 1 ---- */

static void furnish(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        err(125, "cannot make the mounts private");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        err(125, "cannot mount /proc");
    /* Sockets and pid files of two containers at once must not meet. */
    if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0)
        err(125, "cannot mount /run");
    /* A short name, as engines give it: nobody goes looking for this machine's domain. */
    if (sethostname("bench", 5) != 0)
        err(125, "cannot set the host name");
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        err(125, "cannot set the standard streams");
    setsid();
    /* Nothing of a benchmark that is killed may stay behind. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int become_contender(void *argument)
{
    struct birth *birth = argument;
    char go;

    if (read(birth->go, &go, 1) != 1)
        _exit(125);
    furnish();
    *birth->exec_ns = monotonic_ns();
    execv(birth->command[0], birth->command);
    err(errno == ENOENT ? 127 : 126, "cannot run %s", birth->command[0]);
}

/* ---- the side that stays outside ---- */

static void write_map(pid_t pid, const char *file, const char *text)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        err(125, "cannot write %s", path);
    close(fd);
}

static void map_to_root(pid_t pid)
{
    char line[64];

    write_map(pid, "setgroups", "deny");
    snprintf(line, sizeof line, "0 %u 1", (unsigned)geteuid());
    write_map(pid, "uid_map", line);
    snprintf(line, sizeof line, "0 %u 1", (unsigned)getegid());
    write_map(pid, "gid_map", line);
}

static void launch(struct container *container, char **command, int64_t *exec_ns)
{
    int as_root = geteuid() == 0;
    int flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | (as_root ? 0 : CLONE_NEWUSER) | SIGCHLD;
    char *stack = malloc(CHILD_STACK);
    int go[2];
    struct birth birth = {.command = command, .exec_ns = exec_ns};

    if (stack == NULL || pipe2(go, O_CLOEXEC) != 0)
        err(125, "cannot prepare the start");
    birth.go = go[0];
    container->pid = clone(become_contender, stack + CHILD_STACK, flags, &birth);
    if (container->pid < 0)
        err(125, "cannot make namespaces");
    container->pidfd = (int)syscall(SYS_pidfd_open, container->pid, 0);
    if (container->pidfd < 0)
        err(125, "cannot open a pidfd");
    if (!as_root)
        map_to_root(container->pid);
    if (write(go[1], "g", 1) != 1)
        err(125, "cannot let the contender go");
    close(go[0]);
    close(go[1]);
}

/* The next stamp from the app, NO_STAMP when none came in time, DEAD when pid 1 has ended. */
static int64_t await_stamp(const struct container *container, int patience_ms)
{
    struct pollfd watch[] = {
        {.fd = container->fifo, .events = POLLIN},
        {.fd = container->pidfd, .events = POLLIN},
    };
    int64_t stamp;

    if (poll(watch, 2, patience_ms) <= 0)
        return NO_STAMP;
    if (watch[0].revents & POLLIN)
        return read(container->fifo, &stamp, sizeof stamp) == (ssize_t)sizeof stamp ? stamp : DEAD;
    return DEAD;
}

static void report_start(const struct container *container, const int64_t *exec_ns)
{
    int64_t stamp = await_stamp(container, START_PATIENCE_MS);
    int status = 0;

    if (stamp > 0)
        printf("started %d %lld %lld\n", (int)container->pid, (long long)*exec_ns,
               (long long)stamp);
    else if (stamp == DEAD && waitpid(container->pid, &status, WNOHANG) > 0)
        printf("died %d\n",
               WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    else
        printf("silent\n");
    fflush(stdout);
}

/* An init may put its handlers in place after the app runs, and lose what comes before that. */
static int is_deaf(const struct container *container)
{
    for (int attempt = 0; attempt < FIRST_ANSWER_TRIES; attempt++) {
        kill(container->pid, SIGUSR1);
        if (await_stamp(container, FIRST_ANSWER_MS) > 0)
            return 0;
    }
    return 1;
}

static void drain(const struct container *container)
{
    while (await_stamp(container, ANSWER_MS) > 0)
        continue;
}

static void measure_round_trips(const struct container *container, int count)
{
    struct timespec gap = {.tv_nsec = GAP_NS};
    int64_t *took = calloc((size_t)count, sizeof *took);
    int answered = 0;

    if (took == NULL)
        err(125, "cannot hold %d results", count);
    if (is_deaf(container)) {
        printf("deaf\n");
        fflush(stdout);
        free(took);
        return;
    }
    for (int i = 0; i < count; i++) {
        int64_t sent;

        nanosleep(&gap, NULL);
        sent = monotonic_ns();
        kill(container->pid, SIGUSR1);
        if (await_stamp(container, ANSWER_MS) > 0)
            took[answered++] = monotonic_ns() - sent;
        else
            drain(container); /* a late answer must not be taken for the next one's */
    }
    printf("rounds %d", count - answered);
    for (int i = 0; i < answered; i++)
        printf(" %lld", (long long)took[i]);
    printf("\n");
    fflush(stdout);
    free(took);
}

int main(int argc, char **argv)
{
    struct container container = {0};
    char line[32];
    int64_t *exec_ns;

    if (argc < 3)
        errx(125, "usage: spawner FIFO COMMAND [ARG...]");
    /* Read and write: there is always a reader, so that the app's open never blocks. */
    if (mkfifo(argv[1], 0600) != 0 || (container.fifo = open(argv[1], O_RDWR | O_CLOEXEC)) < 0)
        err(125, "cannot make %s", argv[1]);
    exec_ns = mmap(NULL, sizeof *exec_ns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                   0);
    if (exec_ns == MAP_FAILED)
        err(125, "cannot share a clock");

    launch(&container, argv + 2, exec_ns);
    report_start(&container, exec_ns);
    while (fgets(line, sizeof line, stdin) != NULL)
        measure_round_trips(&container, atoi(line));
    kill(container.pid, SIGKILL);
    waitpid(container.pid, NULL, 0);
    unlink(argv[1]);
    return 0;
}
