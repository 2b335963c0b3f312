/* The control socket of a start by a plan: where initd/init/bootstrap would have it, with the
 * same rights. */
#ifndef INITD_CONTROL_SERVER_H
#define INITD_CONTROL_SERVER_H

/* A listening socket at `path`, or without one at the first default place that works; -errno if
 * there is none, -EADDRINUSE where another init has one there: Python tells of that. `place` says
 * which one it was. It is inherited across exec. */
int open_control_socket(const char *path, unsigned *place);

/* Takes it away again. */
void close_control_socket(int server, const char *path, unsigned place);

#endif
