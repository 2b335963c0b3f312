#include "first_sleep.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/termios.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/time.h>
#include <linux/time_types.h>

#include "control_client.h"
#include "control_server.h"
#include "log_output.h"
#include "report.h"
#include "sys.h"
#include "template.h"
#include "text.h"
#include "wall_clock.h"

/* As long as an app may take from fork to exec on a busy machine. */
#define EXEC_PATIENCE_NS 900000000
#define LINES_SIZE       4096 /* PIPE_BUF */
#define MILLISECOND      1000000

/* ---- what has to hold --------------------------------------------------------------- */

static int may_signal_others(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return sys_capget(&header, sets) == 0 && (sets[0].effective & 1u << CAP_KILL);
}

static int is_terminal(int descriptor)
{
    struct winsize size;
    return sys_ioctl(descriptor, TIOCGWINSZ, &size) == 0;
}

static int must_be_awake(const struct plan *plan, const struct shown *shown)
{
    if (plan->lines[0] && is_terminal(2)) /* Python knows how to write there */
        return 1;
    for (const char *if_so = plan->awake_if; *if_so; if_so++)
        if ((*if_so == AWAKE_ON_TERMINAL && has_terminal()) ||
            (*if_so == AWAKE_ON_LINE && shown->added) ||
            (*if_so == AWAKE_WITHOUT_KILL && !may_signal_others()))
            return 1;
    return 0;
}

/* ---- the orders ---------------------------------------------------------------------- */

static struct orders *new_orders(const struct plan *plan, int *file)
{
    int fd = sys_memfd_create("initd", MFD_ALLOW_SEALING);
    long at = -1;
    if (fd < 0)
        return 0;
    if (sys_write(fd, plan->orders.bytes, plan->orders.size) == plan->orders.size &&
        sys_pwrite64(fd, plan->known.bytes, plan->known.size, ORDERS_SIZE) == plan->known.size &&
        sys_fcntl(fd, F_ADD_SEALS, ORDERS_SEALS) == 0)
        at = sys_mmap_file(ORDERS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    if (at > 0 && orders_are_sound((const struct orders *)at)) {
        *file = fd;
        return (struct orders *)at;
    }
    sys_close(fd);
    return 0;
}

/* ---- the app's start ----------------------------------------------------------------- */

static int has_reported(int reports)
{
    struct pollfd watched = {reports, POLLIN, 0};
    struct __kernel_timespec patience = {0, EXEC_PATIENCE_NS};
    return sys_ppoll(&watched, 1, &patience) == 1;
}

/* A report that has been read, where Python is to read it as the first: nothing comes after
 * one that tells of a failure. */
static void put_back(const struct report *report, int reports)
{
    int ends[2];
    if (sys_pipe2(ends, 0) < 0)
        return;
    sys_write(ends[1], report, sizeof *report);
    sys_close(ends[1]);
    sys_dup3(ends[0], reports, 0);
    sys_close(ends[0]);
}

/* The app's pid; 0 if there is none. */
static int read_report(int reports)
{
    struct report report;
    if (sys_read(reports, &report, sizeof report) != sizeof report)
        return 0; /* the shim is gone */
    if (report.kind == REPORT_STARTED)
        return report.a;
    put_back(&report, reports);
    return 0;
}

/* ---- the log ------------------------------------------------------------------------- */

static int tell(const struct plan *plan, const struct orders *orders)
{
    struct __kernel_timespec now = {0, 0};
    char time[TIMESTAMP_SIZE], clock[CLOCK_LENGTH + 1] = "", app[12] = "", lines[LINES_SIZE];
    const char *values[PLACES] = {
        [0] = "",
        [UPTIME_PLACE] = "0",
        [APP_PLACE] = app,
        [TIME_PLACE] = time,
        [CLOCK_PLACE] = clock,
    };

    sys_clock_gettime(CLOCK_REALTIME, &now);
    write_timestamp(time, now.tv_sec, (unsigned)(now.tv_nsec / MILLISECOND));
    text_append(clock, sizeof clock, time + CLOCK_AT);
    text_append_number(app, sizeof app, (unsigned)orders->app);
    size_t length = fill_template(lines, sizeof lines, plan->lines, values);
    return !length || write_lines(lines, length);
}

static unsigned lines_in(const char *text)
{
    unsigned count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* The one by which the name is shown, or a new one. */
static int control_socket(const struct plan *plan, const struct shown *shown, unsigned *place)
{
    *place = 0;
    return shown->control >= 0 ? shown->control : open_control_socket(plan->socket, place);
}

struct orders *prepare_sleep(const struct plan *plan, const struct shown *shown, int shim,
                             int reports, int *file)
{
    unsigned place;

    if (!plan->orders.size || must_be_awake(plan, shown) || !has_reported(reports))
        return 0;
    int64_t since = monotonic_time();
    struct orders *orders = new_orders(plan, file);
    if (!orders)
        return 0;
    int control = control_socket(plan, shown, &place);
    int app = control >= 0 ? read_report(reports) : 0;
    if (!app) {
        if (control >= 0 && control != shown->control)
            close_control_socket(control, plan->socket, place);
        sys_close(*file);
        return 0;
    }
    orders->app = app;
    orders->app_since = (uint64_t)since;
    orders->app_pidfd = sys_pidfd_open(app);
    orders->shim = shim;
    orders->reports = reports;
    orders->control = control;
    orders->followed = -1;
    orders->socket_place = (uint8_t)place;
    orders->on_terminal = (uint8_t)plan->terminal;
    orders->hosts_mark = shown->hosts_mark;
    if (plan->name[0])
        text_append(orders->kernel_name, sizeof orders->kernel_name, plan->kernel_name);
    if (orders->app_pidfd >= 0)
        sys_fcntl(orders->app_pidfd, F_SETFD, 0); /* for Python, once it wakes */
    if (!tell(plan, orders))
        orders->lines_dropped = (uint16_t)lines_in(plan->lines);
    return orders;
}
