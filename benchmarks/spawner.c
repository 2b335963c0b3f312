/*
 * Starts one contender as pid 1 of fresh namespaces, sends its signals, counts its processes.
 *
 *     spawner ETC FIFO COMMAND [ARG...]
 *
 * It stays outside of the namespaces. What it prints, one line each:
 *     started PID EXEC_NS APP_NS   host pid of pid 1; the clock before exec and in the app's main
 *     died STATUS | silent         instead of that, when no app reported
 * Then it does what a line on its standard input says, and answers with one line:
 *     signals COUNT    sends SIGUSR1 to pid 1 so many times, one after the other
 *         rounds LOST NS NS NS...   | deaf (when not even the first is answered)
 *     once             the same for a single signal, with none before it
 *     stop SIGNAL      sends that signal to pid 1, and waits for the end
 *         stopped NS TOLD           | stuck; TOLD is 1 if the app was asked to end, not killed
 *     storm PATIENCE   lets the app (storm.c) go, counts processes until all are gone again or
 *                      so many ms after the storm have passed
 *         calm STORM_NS CLEAN_NS MOST LEFT    CLEAN_NS is from the storm's end
 * End of input kills pid 1, and with it everything in its namespace.
 *
 * The cost of clone and of the mounts never counts: the clock is read between them and exec, and
 * all contenders, "no init" among them, are started by this same program.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
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
    STOP_PATIENCE_MS = 20000,
    STORM_PATIENCE_MS = 60000,
    /* Often enough to see the most, seldom enough not to compete with what is looked at. */
    STORM_GAP_MS = 5,
    CALM_GAP_NS = 1000000,
    CHILD_STACK = 256 * 1024,
};

enum { NO_STAMP = 0, DEAD = -1 };

#define MS(count) ((int64_t)(count)*1000000)

struct container {
    pid_t pid;
    int pidfd;
    int fifo;
    int go; /* what a storm waits for */
};

struct birth {
    const char *etc;
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

static void furnish(const char *etc)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        err(125, "cannot make the mounts private");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        err(125, "cannot mount /proc");
    if (mount(etc, "/etc", NULL, MS_BIND, NULL) != 0)
        err(125, "cannot mount %s as /etc", etc);
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
    furnish(birth->etc);
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

static void launch(struct container *container, char **words, int64_t *exec_ns)
{
    int as_root = geteuid() == 0;
    int flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | (as_root ? 0 : CLONE_NEWUSER) | SIGCHLD;
    char *stack = malloc(CHILD_STACK);
    int go[2];
    struct birth birth = {.etc = words[0], .command = words + 2, .exec_ns = exec_ns};

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
        printf("died %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
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

static void measure_round_trips(const struct container *container, int count, int tries_first)
{
    struct timespec gap = {.tv_nsec = GAP_NS};
    int64_t *took = calloc((size_t)count, sizeof *took);
    int answered = 0;

    if (took == NULL)
        err(125, "cannot hold %d results", count);
    if (tries_first && is_deaf(container)) {
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

static void measure_stop(const struct container *container, int number)
{
    struct pollfd ended = {.fd = container->pidfd, .events = POLLIN};
    int64_t sent = monotonic_ns(), took;
    int told;

    kill(container->pid, number);
    if (poll(&ended, 1, STOP_PATIENCE_MS) <= 0) {
        printf("stuck\n");
        fflush(stdout);
        return;
    }
    took = monotonic_ns() - sent;
    ended.fd = container->fifo;
    told = poll(&ended, 1, 0) > 0;
    printf("stopped %lld %d\n", (long long)took, told);
    fflush(stdout);
}

/* The processes of the namespace, zombies too; -1 when there is no /proc to look in. */
static int count_processes(const char *proc)
{
    DIR *directory = opendir(proc);
    struct dirent *entry;
    int found = 0;

    if (directory == NULL)
        return -1;
    while ((entry = readdir(directory)) != NULL)
        found += isdigit((unsigned char)entry->d_name[0]) != 0;
    closedir(directory);
    return found;
}

static void measure_storm(const struct container *container, int patience_ms)
{
    struct timespec gap = {.tv_nsec = CALM_GAP_NS};
    char proc[64];
    int before, now, most = 0;
    int64_t began = monotonic_ns(), over = NO_STAMP, clean = 0;

    snprintf(proc, sizeof proc, "/proc/%d/root/proc", (int)container->pid);
    before = now = count_processes(proc);
    if (write(container->go, "g", 1) != 1)
        err(125, "cannot let the storm go");
    while (over == NO_STAMP && monotonic_ns() - began < MS(STORM_PATIENCE_MS)) {
        over = await_stamp(container, STORM_GAP_MS);
        now = count_processes(proc);
        most = now - before > most ? now - before : most;
    }
    while (over > 0 && now > before && monotonic_ns() - over < MS(patience_ms)) {
        nanosleep(&gap, NULL);
        now = count_processes(proc);
    }
    clean = now > before ? -1 : monotonic_ns() - over;
    if (over <= 0)
        printf("lost\n");
    else
        printf("calm %lld %lld %d %d\n", (long long)(over - began), (long long)clean, most,
               now - before);
    fflush(stdout);
}

static void obey(const struct container *container, const char *line)
{
    int number;

    if (sscanf(line, "signals %d", &number) == 1)
        measure_round_trips(container, number, 1);
    else if (strcmp(line, "once\n") == 0)
        measure_round_trips(container, 1, 0);
    else if (sscanf(line, "stop %d", &number) == 1)
        measure_stop(container, number);
    else if (sscanf(line, "storm %d", &number) == 1)
        measure_storm(container, number);
    else
        errx(125, "not understood: %s", line);
}

/* Read and write: there is always a reader, so that the other side's open never blocks. */
static int make_fifo(const char *path)
{
    int fifo = -1;

    if (mkfifo(path, 0600) != 0 || (fifo = open(path, O_RDWR | O_CLOEXEC)) < 0)
        err(125, "cannot make %s", path);
    return fifo;
}

int main(int argc, char **argv)
{
    struct container container = {0};
    char line[64], go[4096];
    int64_t *exec_ns;

    if (argc < 4)
        errx(125, "usage: spawner ETC FIFO COMMAND [ARG...]");
    snprintf(go, sizeof go, "%s.go", argv[2]);
    container.fifo = make_fifo(argv[2]);
    container.go = make_fifo(go);
    exec_ns =
        mmap(NULL, sizeof *exec_ns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (exec_ns == MAP_FAILED)
        err(125, "cannot share a clock");

    launch(&container, argv + 1, exec_ns);
    report_start(&container, exec_ns);
    while (fgets(line, sizeof line, stdin) != NULL)
        obey(&container, line);
    kill(container.pid, SIGKILL);
    waitpid(container.pid, NULL, 0);
    unlink(argv[2]);
    unlink(go);
    return 0;
}
