#include "health.h"

#include <asm/stat.h>
#include <linux/errno.h>
#include <linux/fcntl.h>

#include "answer.h"
#include "contract.h"
#include "control_client.h"
#include "environment.h"
#include "line.h"
#include "signals.h"
#include "sys.h"
#include "text.h"

/* For all places in turn: pid 1 answers in microseconds. */
#define TIMEOUT_SECONDS 5
#define PLACE_SIZE      64
#define REQUEST_SIZE    128

struct health_options {
    const char *target; /* "" for the container's health as a whole */
    const char *verbose;
    const char *socket; /* 0 or "": the default places */
};

struct asking {
    unsigned users[2]; /* who init may belong to: this user, or pid 1's */
    int64_t deadline;
    char request[REQUEST_SIZE];
    char answer[ANSWER_SIZE];
    struct line said;
    struct line failures;
    int refused; /* whether one of them was that this user may not ask */
};

/* "--live" asks for "live"; 0 for an option that is not a target. */
static const char *target_of(const char *option)
{
    static const char *const targets[] = {HEALTH_TARGETS};
    if (!text_starts_with(option, "--"))
        return 0;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (text_equals(option + 2, targets[i]))
            return targets[i];
    return 0;
}

static int read_health_options(struct health_options *options, char **words)
{
    *options = (struct health_options){"", "", 0};
    for (; *words; words++) {
        const char *target = target_of(*words);
        if (target && !*options->target)
            options->target = target;
        else if (text_equals(*words, "-v") || text_equals(*words, "--" HEALTH_VERBOSE))
            options->verbose = HEALTH_VERBOSE;
        else if (text_starts_with(*words, "--socket=") && !options->socket)
            options->socket = *words + text_length("--socket=");
        else if (text_equals(*words, "--socket") && words[1] && !options->socket)
            options->socket = *++words;
        else
            return 0;
    }
    return 1;
}

static void write_request(char *request, const struct health_options *options)
{
    const char *between = *options->target && *options->verbose ? " " : "";
    const char *parts[] = {
        "{\"verb\":\"" HEALTH_VERB "\",\"argument\":\"",
        options->target,
        between,
        options->verbose,
        "\"}\n",
    };
    request[0] = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        text_append(request, REQUEST_SIZE, parts[i]);
}

static void find_users(unsigned users[2])
{
    struct stat there;
    users[0] = sys_geteuid();
    int result = sys_newfstatat(AT_FDCWD, "/proc/1", &there, 0);
    users[1] = result < 0 ? users[0] : there.st_uid;
}

static enum verdict ask_at(struct asking *asking, const char *path, enum whose whose)
{
    long length =
        ask(path, whose, asking->users, asking->request, asking->answer, asking->deadline);
    if (length >= 0) {
        enum verdict verdict = read_answer(asking->answer, (size_t)length, &asking->said);
        if (verdict != NO_ANSWER)
            return verdict;
        length = -ERROR_NOT_INIT;
    }
    asking->refused |= length == -EACCES;
    line_add(&asking->failures, asking->failures.length ? "; " : "");
    line_add(&asking->failures, path);
    line_add(&asking->failures, ": ");
    line_add(&asking->failures, error_text(-length));
    return NO_ANSWER;
}

/* Where an init of this user listens if it can't write to /run. */
static enum verdict ask_at_places_of(struct asking *asking, unsigned user)
{
    static const char *const starts[] = {SOCKET_PATH_TMP, SOCKET_PATH_SHM};
    enum verdict verdict = NO_ANSWER;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0] && verdict == NO_ANSWER; i++) {
        char place[PLACE_SIZE] = "";
        text_append(place, sizeof place, starts[i]);
        text_append_number(place, sizeof place, user);
        text_append(place, sizeof place, SOCKET_PATH_END);
        verdict = ask_at(asking, place, OURS);
    }
    return verdict;
}

static enum verdict ask_at_default_places(struct asking *asking)
{
    enum verdict verdict = ask_at(asking, SOCKET_PATH, OURS);
    if (verdict == NO_ANSWER)
        verdict = ask_at_places_of(asking, asking->users[0]);
    if (verdict == NO_ANSWER && asking->users[1] != asking->users[0])
        verdict = ask_at_places_of(asking, asking->users[1]);
    return verdict;
}

/* An init that this user may not ask need not be unwell. */
static void say_why_nobody_answers(struct asking *asking)
{
    static const char may_not[] = "unknown: only root and init's own user may ask: ";
    struct line *said = &asking->said;

    said->length = 0;
    line_add(said, asking->refused ? may_not : "unhealthy: " NO_INIT_ANSWERS);
    line_add_bytes(said, asking->failures.text, asking->failures.length);
}

int health(char **words, char **envp)
{
    struct health_options options;
    struct asking asking;

    if (!read_health_options(&options, words))
        return NOT_UNDERSTOOD;
    if (!options.socket)
        options.socket = environment_value(envp, SOCKET_VARIABLE "=");
    /* The launcher has blocked all signals for pid 1; a client may be interrupted. */
    reset_disposition(SIGNAL_PIPE);
    set_signal_mask(0);

    find_users(asking.users);
    asking.deadline = monotonic_time() + TIMEOUT_SECONDS * NANOSECONDS;
    asking.failures.length = 0;
    asking.refused = 0;
    write_request(asking.request, &options);
    enum verdict verdict = options.socket && *options.socket
                               ? ask_at(&asking, options.socket, ANYBODYS)
                               : ask_at_default_places(&asking);
    if (verdict == NO_ANSWER)
        say_why_nobody_answers(&asking);
    line_write(&asking.said);
    return verdict == HEALTHY ? 0 : 1;
}
