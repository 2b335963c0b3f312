/* access(2), where a list of permitted calls may lack it. */
#ifndef INITD_ACCESS_H
#define INITD_ACCESS_H

#define ACCESS_EXISTS     0 /* F_OK */
#define ACCESS_EXECUTABLE 1 /* X_OK */
#define ACCESS_READABLE   4 /* R_OK */

/* 0 or -errno. */
int access_to(const char *path, int mode);

#endif
