/* What ps and pgrep -f show of a process: the app's words are to stand in the app's command line
 * alone.
 *
 * The kernel shows a process's memory from its first word to the end of its last one. Where the
 * byte at that end is not NUL, it takes the process to have named itself (setproctitle(3)), and
 * shows the first word only (fs/proc/base.c). */
#ifndef INITD_COMMAND_LINE_H
#define INITD_COMMAND_LINE_H

/* Only the first word is shown from now on; the last one does not end any more. Returns where its
 * end was, for show_words; 0 if there is only one. */
char *hide_words(char **argv);

/* As it was, for exec. */
void show_words(char *end);

/* No variable is left: nothing of envp may be used after it. */
void wipe_variables(char **envp);

#endif
