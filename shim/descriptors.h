/* Descriptors beyond 0, 1 and 2: what the container was given belongs to the app (socket
 * activation, runc's --preserve-fds). */
#ifndef INITD_DESCRIPTORS_H
#define INITD_DESCRIPTORS_H

/* Those that are open, as init's interpreter is told of them: `initd_descriptors=3,4,77`. 0 if
 * there are none, as in most containers. Called before this program opens any of its own. */
char *inherited_descriptors(void);

#endif
