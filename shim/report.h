/* What the shim tells init on descriptor 3: three native 32-bit integers at a time.
 * initd/linux/report.py has the same kinds, initd/core/start/stage.py the same stages; a test
 * compares them. */
#ifndef INITD_REPORT_H
#define INITD_REPORT_H

#include <stdint.h>

struct report {
    int32_t kind;
    int32_t a;
    int32_t b;
};

enum {
    REPORT_STARTED = 1, /* a: the app's pid; it has become COMMAND */
    REPORT_FAILED = 2,  /* a: the stage, b: errno; no app runs. Of STAGE_LIMITS,
                             STAGE_DETAIL times the index of the limit is on top */
    REPORT_EXITED = 3,  /* a: its wait status, as waitpid gives it */
    REPORT_STOPPED = 4, /* a: the signal */
    REPORT_CONTINUED = 5,
    REPORT_INTERRUPTED = 6, /* a: INT or QUIT, which the terminal has sent to the app's group */
};

enum {
    STAGE_FORK = 1,
    STAGE_GROUP = 2,
    STAGE_TERMINAL = 3,
    STAGE_LIMITS = 4,
    STAGE_USER_GROUPS = 5,
    STAGE_USER_GROUP = 6,
    STAGE_USER = 7,
    STAGE_DIRECTORY = 8,
    STAGE_EXEC = 9,
    STAGE_NICE = 10,
    STAGE_OOM_SCORE = 11,
    STAGE_CAPABILITIES = 12,
    STAGE_NO_NEW_PRIVILEGES = 13,
    STAGE_SECRETS = 14,
};

#define STAGE_DETAIL 256

#endif
