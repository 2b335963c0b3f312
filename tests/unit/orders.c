/* shim/orders.h as C sees it, for tests/unit/test_sleep_orders.py: without a word where each
 * member lies, and the constants; with FILE what Python has written there, after which it says
 * in the same file what a sleeper would. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../../shim/orders.h"

#define PLACE(member)    printf(#member " %zu\n", offsetof(struct orders, member))
#define CONSTANT(number) printf(#number " %d\n", (int)(number))

static void describe(void)
{
    PLACE(app_since);
    PLACE(kernel_name);
    PLACE(signals);
    PLACE(answers);
    PLACE(wakings);
    PLACE(events);
    PLACE(text);
    printf("format %s\n", ORDERS_FORMAT);
    CONSTANT(ORDERS_SIZE);
    CONSTANT(ORDERS_SIGNALS);
    CONSTANT(ANSWERS_AT_MOST);
    CONSTANT(EVENTS_AT_MOST);
    CONSTANT(ORDERS_TEXT_SIZE);
    CONSTANT(UPTIME_PLACE);
    CONSTANT(ORDER_WAKE);
    CONSTANT(ORDER_PASS_ON);
    CONSTANT(ORDER_PASS_ON_AND_WAKE);
    CONSTANT(WOKEN_BY_SIGNAL);
    CONSTANT(WOKEN_BY_CHILD);
    CONSTANT(WOKEN_BY_REPORT);
    CONSTANT(WOKEN_BY_CLIENT);
    CONSTANT(WOKEN_BY_EVENTS);
    CONSTANT(WOKEN_BY_REFUSAL);
    CONSTANT(WOKEN_BY_HOSTS);
}

static void print(const struct orders *orders)
{
    printf("%.16s|%llu %llu %d %d %d %d %d %d %u %u\n", orders->format,
           (unsigned long long)orders->app_since, (unsigned long long)orders->hosts_mark,
           orders->app, orders->app_pidfd, orders->shim, orders->reports, orders->control,
           orders->followed, orders->linger, orders->tells_of_orphans);
    for (int number = 0; number < ORDERS_SIGNALS; number++) {
        const struct order *order = &orders->signals[number];
        if (order->does || order->out)
            printf("%d: %d %d %d\n", number, order->does, order->out, order->to_group);
    }
    for (unsigned i = 0; i < orders->answer_count; i++)
        printf("%s=%s\n", orders->text + orders->answers[i].request,
               orders->text + orders->answers[i].answer);
}

static void tell(struct orders *orders)
{
    orders->wakings = 2;
    orders->woken_by = WOKEN_BY_CLIENT;
    orders->orphans = 12;
    orders->answered = 13;
    orders->client = -14;
    orders->asleep_since = 1500000000;
    orders->woken_at = 16000000000;
    orders->events[orders->event_count++] =
        (struct happened){.when = 2000000000, .number = 10, .sender = 20, .user = 30, .sent = 12};
    orders->events[orders->event_count++] =
        (struct happened){.when = 3000000000, .number = 17, .sender = 40, .sent = 256, .error = 3};
}

int main(int argc, char **argv)
{
    static struct orders orders;
    FILE *file = argc > 1 ? fopen(argv[1], "r+b") : NULL;

    if (!file) {
        describe();
        return 0;
    }
    if (fread(&orders, sizeof orders, 1, file) != 1)
        return 1;
    print(&orders);
    tell(&orders);
    rewind(file);
    return fwrite(&orders, sizeof orders, 1, file) != 1 || fclose(file);
}
