/* Limits that leave an interpreter too little: a stack that the words of a command line have almost
 * filled (nine thousand of them under `ulimit -s 128`, which execve(2) lets through), and
 * `ulimit -v`. */
#ifndef INITD_STACK_H
#define INITD_STACK_H

/* The stack as the kernel has laid it out (argc, argv, envp, auxv), or a copy of that on a new one,
 * where there is too little left of it. */
long *roomy_stack(long *stack);

/* Whether a program with these words and variables would find too little left of it. */
int stack_is_short(char **argv, char **envp);

/* Says so, and returns 1, where an interpreter would find too little address space to say it. */
int memory_is_short(void);

#endif
