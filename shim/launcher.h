/* The launcher, for one whose name is known already. */
#ifndef INITD_LAUNCHER_H
#define INITD_LAUNCHER_H

/* `name` is argv[0] without directories, "" where there is none. Returns the exit code. */
int launch(const char *name, int argc, char **argv, char **envp);

#endif
