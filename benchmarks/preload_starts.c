/*
 * What the library adds to the start of a program: spawned, run and reaped, by turns.
 *
 *     preload_starts LIBRARY NAME ROUNDS PROGRAM
 *
 * One line for each round, of nanoseconds: without the library; with it by LD_PRELOAD and the name
 * in the environment; with it by LD_PRELOAD and the name in the file; with it by the loader's own
 * file and the name in the file. To be run as root of a mount namespace of its own, whose /etc may
 * be written to. posix_spawn makes a vfork: what this process is does not count.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOADERS_FILE        "/etc/ld.so.preload"
#define ITS_PLACE_MEANWHILE "/etc/ld.so.preload.unused"

enum { WITHOUT, BY_VARIABLE, BY_FILE, BY_LOADERS_FILE, WAYS };

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double time_of_one(char **command, char **environment)
{
    double start = now_ns();
    pid_t child;
    int status;

    errno = posix_spawn(&child, command[0], NULL, NULL, command, environment);
    if (errno != 0)
        err(125, "cannot start %s", command[0]);
    while (waitpid(child, &status, 0) < 0)
        continue;
    if (status != 0)
        errx(125, "%s ended with status %d", command[0], status);
    return now_ns() - start;
}

static void move(const char *from, const char *to)
{
    if (rename(from, to) != 0)
        err(125, "cannot rename %s", from);
}

int main(int argc, char **argv)
{
    char preload[4096], name[128], path[] = "PATH=/usr/bin:/bin";
    char *bare[] = {path, NULL}, *named[] = {path, preload, name, NULL};
    char *preloaded[] = {path, preload, NULL};
    char **environments[WAYS] = {bare, named, preloaded, bare};
    double took[WAYS];
    FILE *file;

    if (argc < 5)
        errx(125, "usage: preload_starts LIBRARY NAME ROUNDS PROGRAM");
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", argv[1]);
    snprintf(name, sizeof name, "INITD_HOSTNAME=%s", argv[2]);
    file = fopen(ITS_PLACE_MEANWHILE, "w");
    if (file == NULL || fprintf(file, "%s\n", argv[1]) < 0 || fclose(file) != 0)
        err(125, "cannot write %s", ITS_PLACE_MEANWHILE);
    for (int round = 0; round < atoi(argv[3]); round++) {
        for (int turn = 0; turn < WAYS; turn++) {
            int way = (turn + round) % WAYS; /* each comes behind each */
            if (way == BY_LOADERS_FILE)
                move(ITS_PLACE_MEANWHILE, LOADERS_FILE);
            took[way] = time_of_one(argv + 4, environments[way]);
            if (way == BY_LOADERS_FILE)
                move(LOADERS_FILE, ITS_PLACE_MEANWHILE);
        }
        printf("%.0f %.0f %.0f %.0f\n", took[WITHOUT], took[BY_VARIABLE], took[BY_FILE],
               took[BY_LOADERS_FILE]);
    }
    return 0;
}
