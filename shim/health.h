/* `initd health`, answered by the launcher itself. A HEALTHCHECK is run every few
 * seconds in every container: a Python for each would cost a hundred containers more
 * than what they are there for.
 *
 *     initd health [--live | --ready | --startup] [-v | --verbose] [--socket PATH]
 *
 * pid 1 decides; this asks it and says what it said: exit 0 healthy, 1 not. Words that
 * are not understood go on to Python, which can explain (initd/cli/verbs.py).
 */
#ifndef INITD_HEALTH_H
#define INITD_HEALTH_H

#include "answer.h"
#include "control_client.h"
#include "kernel.h"
#include "line.h"

#define NOT_UNDERSTOOD (-1)
/* For all places together: pid 1 answers in microseconds. */
#define PATIENCE_SECONDS 5
#define PLACE_SIZE 64
#define REQUEST_SIZE 128

struct health_words {
    const char *kind; /* "" for the container's health as a whole */
    const char *verbose;
    const char *socket; /* none, or an empty one: the default places */
};

struct asking {
    unsigned users[2]; /* who an init may belong to: this user, or whoever pid 1 is */
    int64_t until;
    char request[REQUEST_SIZE];
    char answer[ANSWER_SIZE];
    struct line said;
    struct line failures;
};

/* "--live" is the wire's "live". */
static int is_kind(const char *word)
{
    return text_equals(word, "--live") || text_equals(word, "--ready") ||
           text_equals(word, "--startup");
}

static int read_health_words(struct health_words *read, char **words)
{
    *read = (struct health_words){"", "", 0};
    for (; *words; words++) {
        if (is_kind(*words) && !*read->kind)
            read->kind = *words + 2;
        else if (text_equals(*words, "-v") || text_equals(*words, "--verbose"))
            read->verbose = "verbose";
        else if (text_starts(*words, "--socket=") && !read->socket)
            read->socket = *words + text_length("--socket=");
        else if (text_equals(*words, "--socket") && words[1] && !read->socket)
            read->socket = *++words;
        else
            return 0;
    }
    return 1;
}

static void write_request(char *request, const struct health_words *words)
{
    const char *between = *words->kind && *words->verbose ? " " : "";
    const char *parts[] = {
        "{\"verb\":\"health\",\"argument\":\"", words->kind, between, words->verbose, "\"}\n",
    };
    request[0] = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        text_append(request, REQUEST_SIZE, parts[i]);
}

static void find_users(unsigned users[2])
{
    struct stat there;
    users[0] = (unsigned)KERNEL(__NR_geteuid, 0, 0, 0, 0, 0);
    long result = KERNEL(__NR_newfstatat, AT_FDCWD, "/proc/1", &there, 0, 0);
    users[1] = result < 0 ? users[0] : there.st_uid;
}

static enum verdict ask_at(struct asking *asking, const char *path)
{
    long length = ask(path, asking->users, asking->request, asking->answer, asking->until);
    if (length >= 0) {
        enum verdict verdict = read_answer(asking->answer, (size_t)length, &asking->said);
        if (verdict != NO_ANSWER)
            return verdict;
        length = -NONSENSE;
    }
    line_say(&asking->failures, asking->failures.length ? "; " : "unhealthy: no init answers: ");
    line_say(&asking->failures, path);
    line_say(&asking->failures, ": ");
    line_say(&asking->failures, reason(-length));
    return NO_ANSWER;
}

/* As default_paths of initd/linux/control_socket.py has them, for one user. */
static enum verdict ask_at_places_of(struct asking *asking, unsigned user)
{
    static const char *const starts[] = {"/tmp/initd-", "/dev/shm/initd-"};
    enum verdict verdict = NO_ANSWER;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0] && verdict == NO_ANSWER; i++) {
        char place[PLACE_SIZE] = "";
        text_append(place, sizeof place, starts[i]);
        text_append_number(place, sizeof place, user);
        text_append(place, sizeof place, "/control.sock");
        verdict = ask_at(asking, place);
    }
    return verdict;
}

static enum verdict ask_at_default_places(struct asking *asking)
{
    enum verdict verdict = ask_at(asking, "/run/initd/control.sock");
    if (verdict == NO_ANSWER)
        verdict = ask_at_places_of(asking, asking->users[0]);
    if (verdict == NO_ANSWER && asking->users[1] != asking->users[0])
        verdict = ask_at_places_of(asking, asking->users[1]);
    return verdict;
}

/* The exit code, or NOT_UNDERSTOOD with nothing done. Not inlined: its buffers are no
 * part of the way to Python. */
__attribute__((noinline)) static int health(char **given, char **envp)
{
    struct health_words words;
    struct asking asking;

    if (!read_health_words(&words, given))
        return NOT_UNDERSTOOD;
    if (!words.socket)
        words.socket = environment_value(envp, "INITD_SOCKET=");
    /* All is blocked, for pid 1's sake; a client may be interrupted. */
    default_disposition(SIGNAL_PIPE);
    set_signal_mask(0);

    find_users(asking.users);
    asking.until = now() + PATIENCE_SECONDS * NANOSECONDS;
    asking.failures.length = 0;
    write_request(asking.request, &words);
    enum verdict verdict = words.socket && *words.socket ? ask_at(&asking, words.socket)
                                                         : ask_at_default_places(&asking);
    line_write(verdict == NO_ANSWER ? &asking.failures : &asking.said);
    return verdict == HEALTHY ? 0 : 1;
}

#endif
