#include "name_shown.h"

#include <asm/stat.h>
#include <linux/errno.h>
#include <linux/fcntl.h>

#include "access.h"
#include "control_server.h"
#include "hosts_line.h"
#include "orders.h"
#include "pages.h"
#include "sys.h"
#include "sys_file.h"
#include "text.h"

#define BESIDE      "/run/initd/.hostname.1" /* as initd/atomic_replace.py has it, for pid 1 */
#define MOUNTS      "/proc/self/mountinfo"
#define MODE        0644 /* everybody's programs read it */
#define FIRST_PLACE 0
#define FILE_TYPE   0170000 /* S_IFMT */
#define REGULAR     0100000 /* S_IFREG */

static int refuse(struct plan *plan, const char *what, const char *why)
{
    plan_unusable(plan, what, why);
    return 0;
}

/* ---- the file with the name ---------------------------------------------------------- */

/* 0 or -errno. Like initd/atomic_replace.py: readers find the old file or the new one. */
static int write_file(const char *name)
{
    char line[HOSTNAME_LONGEST + 2] = "";
    text_append(line, sizeof line, name);
    text_append(line, sizeof line, "\n");
    long size = (long)text_length(line);

    sys_unlinkat(AT_FDCWD, BESIDE, 0); /* one that was left behind */
    int file = sys_create(BESIDE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
    if (file < 0)
        return file;
    int result = sys_fchmod(file, MODE); /* whatever the umask is */
    if (result == 0 && sys_write(file, line, (size_t)size) != size)
        result = -ENOSPC;
    sys_close(file);
    if (result == 0)
        result = sys_rename(BESIDE, HOSTNAME_FILE);
    if (result < 0)
        sys_unlinkat(AT_FDCWD, BESIDE, 0);
    return result;
}

static int tell_others(struct plan *plan)
{
    if (access_to(HOSTNAMES, ACCESS_EXISTS) != -ENOENT)
        return refuse(plan, HOSTNAMES, " is there: containers share the directory");
    if (write_file(plan->name) < 0)
        return refuse(plan, HOSTNAME_FILE, " cannot be written");
    return 1;
}

/* ---- the line in the hosts file ------------------------------------------------------ */

static struct {
    char before[HOSTS_LONGEST], after[HOSTS_LONGEST + HOSTS_LINES_SIZE];
} texts;

/* Engines mount the file; without one it may be a whole machine's. */
static int is_mounted(const char *path)
{
    size_t size = 0;
    long got = 0;
    int file = sys_openat(AT_FDCWD, MOUNTS, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    while (size < sizeof texts.after &&
           (got = sys_read(file, texts.after + size, sizeof texts.after - size)) > 0)
        size += (size_t)got;
    sys_close(file);
    return got == 0 && is_mount_point(texts.after, size, path);
}

/* Whoever else holds the lock is about to write a line. File systems without locks have none. */
static int is_locked_by_another(int file)
{
    struct flock whole = {.l_type = F_WRLCK};
    int result = sys_lock(file, F_SETLK, &whole);
    return result == -EAGAIN || result == -EACCES;
}

/* In one write, so that no reader ever finds less than there was. */
static int lengthen(int file, size_t before, size_t after)
{
    if (sys_pwrite64(file, texts.after, after, 0) == (long)after)
        return 1;
    sys_pwrite64(file, texts.before, before, 0);
    sys_ftruncate(file, before);
    return 0;
}

/* With the file's state before it was read, and after it was written. */
static int add_name(struct plan *plan, int file, struct shown *shown)
{
    struct stat state;
    if (sys_fstat(file, &state) < 0 || (state.st_mode & FILE_TYPE) != REGULAR ||
        state.st_size >= HOSTS_LONGEST)
        return refuse(plan, plan->hosts, " is too long, or not a regular file");
    if (is_locked_by_another(file))
        return refuse(plan, plan->hosts, " is being written to");
    long size = sys_pread64(file, texts.before, sizeof texts.before, 0);
    if (size != state.st_size)
        return refuse(plan, plan->hosts, " is being written to");
    if (!hosts_list(texts.before, (size_t)size, plan->name)) {
        size_t longer = hosts_with_name(texts.after, sizeof texts.after, texts.before, (size_t)size,
                                        plan->name, plan->kernel_name);
        if (!longer)
            return refuse(plan, plan->hosts, " has no address for the kernel's host name");
        if (!lengthen(file, (size_t)size, longer) || sys_fstat(file, &state) < 0)
            return refuse(plan, plan->hosts, " has no room for another line");
        shown->added = 1;
        size = sys_pread64(file, texts.after, sizeof texts.after, 0);
        if (size < 0 || !hosts_list(texts.after, (size_t)size, plan->name))
            return refuse(plan, plan->hosts, " is being written to");
    }
    shown->hosts_mark = hosts_mark(&state);
    return 1;
}

static int make_resolvable(struct plan *plan, struct shown *shown)
{
    int file = sys_openat(AT_FDCWD, plan->hosts, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return refuse(plan, plan->hosts, " cannot be written");
    int done = is_mounted(plan->hosts) ? add_name(plan, file, shown)
                                       : refuse(plan, plan->hosts, " is not an engine's");
    sys_close(file); /* which also releases the lock */
    release_memory(&texts, sizeof texts);
    return done;
}

/* ---- all of it ----------------------------------------------------------------------- */

int show_name(struct plan *plan, struct shown *shown)
{
    unsigned place = FIRST_PLACE;

    shown->control = -1;
    shown->added = 0;
    shown->hosts_mark = 0;
    if (!plan->name[0])
        return 1;
    int control = open_control_socket(0, &place);
    if (control >= 0 && place != FIRST_PLACE) {
        close_control_socket(control, 0, place);
        control = -1;
    }
    if (control < 0)
        return refuse(plan, SOCKET_PATH, " is another init's, or cannot be made");
    shown->control = control;
    sys_fcntl(control, F_SETFD, FD_CLOEXEC); /* the app is to start without it */
    if (tell_others(plan) && make_resolvable(plan, shown))
        return 1;
    withdraw_name(shown);
    return 0;
}

void withdraw_name(struct shown *shown)
{
    if (shown->control >= 0)
        close_control_socket(shown->control, 0, FIRST_PLACE);
    shown->control = -1;
}
