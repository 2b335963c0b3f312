/* The reader of start plans: any bytes as the file. */
#include <stdlib.h>
#include <string.h>

#include "../../shim/start_plan.h"
#include "fuzz.h"

static struct plan plan;

static void check_usable(void)
{
    REQUIRE(plan.shim && plan.argument_count > 0);
    REQUIRE(plan.argument_count <= PLAN_WORDS_AT_MOST && !plan.arguments[plan.argument_count]);
    for (char **word = plan.arguments; *word; word++)
        touch(*word, strlen(*word) + 1);
    for (char **variable = plan.environment; *variable; variable++)
        touch(*variable, strlen(*variable) + 1);
    REQUIRE(!plan.name[0] || (plan.hosts && plan.library && strlen(plan.name) <= HOSTNAME_LONGEST));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *argv[] = {"/sbin/initd", "--", "app", NULL};
    static char *envp[] = {"PATH=/bin", "INITD_NICE=3", "EMPTY=", "PORT=80", NULL};
    char *file = copy_of(data, size);

    memset(&plan, 0, sizeof plan);
    plan.argc = 3;
    plan.argv = argv;
    plan.envp = envp;
    if (use_plan(&plan, file, size))
        check_usable();
    else
        REQUIRE(plan.reason[0] && memchr(plan.reason, 0, sizeof plan.reason));
    free(file);
    return 0;
}
