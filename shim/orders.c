#include "orders.h"

#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "contract.h"
#include "environment.h"
#include "sys.h"
#include "template.h"
#include "text.h"

#define DESCRIPTOR_AT_MOST 99999999
#define HOSTS_FILE         "/etc/hosts"
#define SECOND             1000000000U

/* -1 for what is not the number of a descriptor. */
static int descriptor_of(const char *digits)
{
    int fd = 0;
    if (!digits || !*digits)
        return -1;
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9' || fd > DESCRIPTOR_AT_MOST)
            return -1;
        fd = fd * 10 + (*digits - '0');
    }
    return fd;
}

int orders_are_sound(const struct orders *orders)
{
    if (!text_equals(orders->format, ORDERS_FORMAT) || orders->answer_count > ANSWERS_AT_MOST)
        return 0;
    for (uint32_t i = 0; i < orders->answer_count; i++)
        if (orders->answers[i].request >= ORDERS_TEXT_SIZE ||
            orders->answers[i].answer >= ORDERS_TEXT_SIZE)
            return 0;
    return orders->text[ORDERS_TEXT_SIZE - 1] == 0 && orders->event_count <= EVENTS_AT_MOST;
}

/* The descriptor of a file that is sealed as pid 1 seals it; negative: none is named. */
static int orders_file(char **envp)
{
    int fd = descriptor_of(environment_value(envp, ORDERS_VARIABLE "="));
    return fd >= 0 && sys_fcntl(fd, F_GET_SEALS, 0) == ORDERS_SEALS ? fd : -1;
}

int has_fallen_asleep(char **envp)
{
    return orders_file(envp) >= 0;
}

struct orders *find_orders(char **envp, int *descriptor)
{
    int fd = orders_file(envp);

    if (fd < 0)
        return 0;
    long at = sys_mmap_file(ORDERS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    if (at <= 0 && at > -4096)
        return 0;
    if (!orders_are_sound((const struct orders *)at)) {
        sys_munmap(at, ORDERS_SIZE);
        return 0;
    }
    *descriptor = fd;
    return (struct orders *)at;
}

static size_t write_answer(const struct orders *orders, const char *template, uint64_t uptime,
                           char *answer, size_t size)
{
    char seconds[24] = "", app[12] = "";
    const char *values[PLACES] = {"", seconds, app, "", ""};

    text_append_number(seconds, sizeof seconds, uptime);
    text_append_number(app, sizeof app, (unsigned)orders->app);
    return fill_template(answer, size, template, values);
}

size_t answer_by(const struct orders *orders, const char *request, uint64_t uptime, char *answer,
                 size_t size)
{
    for (uint32_t i = 0; i < orders->answer_count; i++)
        if (text_equals(request, orders->text + orders->answers[i].request))
            return write_answer(orders, orders->text + orders->answers[i].answer, uptime, answer,
                                size);
    return 0;
}

uint64_t hosts_mark(const struct stat *state)
{
    uint64_t written = (uint64_t)state->st_mtime * SECOND + (uint64_t)state->st_mtime_nsec;
    return state->st_size ? written + (uint64_t)state->st_size : 0;
}

int hosts_have_changed(const struct orders *orders)
{
    struct stat state;

    if (!orders->hosts_mark || sys_newfstatat(AT_FDCWD, HOSTS_FILE, &state, 0) < 0)
        return 0;
    uint64_t mark = hosts_mark(&state);
    return mark && mark != orders->hosts_mark;
}
