#include "handover.h"

#include "contract.h"
#include "early_start.h"
#include "text.h"

#define SIGNALS_SIZE 48

char *signals_given(const struct invocation *invocation)
{
    static char text[SIGNALS_SIZE];
    if (!invocation->blocked && !invocation->ignored)
        return 0;
    text[0] = 0;
    text_append_number(text, sizeof text, invocation->blocked);
    text_append(text, sizeof text, ":");
    text_append_number(text, sizeof text, invocation->ignored);
    return text;
}

char *woken_option(int orders)
{
    static char text[32];
    text[0] = 0;
    text_append(text, sizeof text, HANDOVER_OPTION HANDOVER_WOKEN);
    text_append_number(text, sizeof text, (unsigned)orders);
    return text;
}

char *handover(struct invocation *invocation)
{
    static int asked;
    static char *result;
    if (invocation->woken)
        return invocation->woken;
    if (!asked++ && sys_getpid() == 1 && !invocation->as_peer)
        result = start_by_plan(invocation);
    if (invocation->sleeps)
        invocation->woken = result;
    return result;
}
