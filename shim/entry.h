/* Where each program begins, once entry.c has found its arguments. Returns the exit code. */
#ifndef INITD_ENTRY_H
#define INITD_ENTRY_H

int program(int argc, char **argv, char **envp);

#endif
