/* A signal to one process. */
#ifndef INITD_DELIVER_H
#define INITD_DELIVER_H

/* By its pidfd where there is one (else it is negative), and by its pid where a list of permitted
 * calls has no pidfd_send_signal: as initd/linux/signals.py. 0 or -errno. */
int deliver(int pidfd, int pid, int number);

#endif
