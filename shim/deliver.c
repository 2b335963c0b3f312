#include "deliver.h"

#include <linux/errno.h>

#include "sys.h"

int deliver(int pidfd, int pid, int number)
{
    int result = pidfd >= 0 ? sys_pidfd_send_signal(pidfd, number) : -ENOSYS;
    return result < 0 && result != -ESRCH ? sys_kill(pid, number) : result;
}
