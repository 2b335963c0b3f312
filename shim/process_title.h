/* Part of kernel_module.h's functions, in a file of its own. */
#ifndef INITD_PROCESS_TITLE_H
#define INITD_PROCESS_TITLE_H

/* What ps and pgrep -f show of this process, instead of its words. 0 or -errno. */
int initd_set_title(const char *title);

#endif
