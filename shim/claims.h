/* Variables that say which process they are meant for: where that is init, it becomes the app. */
#ifndef INITD_CLAIMS_H
#define INITD_CLAIMS_H

/* LISTEN_PID (sd_listen_fds(3)) and WATCHDOG_PID (sd_watchdog_enabled(3)) that name init's pid
 * are changed to this process's, and LISTEN_PIDFDID with LISTEN_PID. Others are left alone. */
void claim_variables(int init_pid, char **envp);

#endif
