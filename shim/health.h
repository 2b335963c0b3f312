/* `initd health`, answered by the launcher itself. A HEALTHCHECK runs every few seconds
 * in every container: a Python for each would cost a hundred containers more than their
 * apps do.
 *
 *     initd health [--live | --ready | --startup] [-v | --verbose] [--socket PATH]
 *
 * pid 1 decides; this asks it and prints its answer: exit code 0 healthy, 1 not. */
#ifndef INITD_HEALTH_H
#define INITD_HEALTH_H

/* Then Python explains what is wrong (initd/cli/verbs.py). */
#define NOT_UNDERSTOOD (-1)

/* The exit code, or NOT_UNDERSTOOD with nothing done. */
int health(char **words, char **envp);

#endif
