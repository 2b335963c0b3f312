/* denying NUMBER:ERRNO[:FIRST]... -- COMMAND [ARG...]: runs the command where the kernel answers
 * these system calls with this error, as a container engine's seccomp profile does; with FIRST, only
 * those whose first argument that is. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MOST 100
/* The lower half of an argument: this is for machines whose first byte is the lowest. */
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

int main(int argc, char **argv)
{
    struct sock_filter filter[5 * MOST + 2] = {
        LOAD(nr),
    };
    unsigned short length = 1;
    int at = 1;

    for (; at < argc && at <= MOST && strcmp(argv[at], "--") != 0; at++) {
        unsigned number = 0, error = 0, first = 0;
        int parts = sscanf(argv[at], "%u:%u:%u", &number, &error, &first);
        if (parts < 2)
            return 2;
        unsigned char rest = parts == 3 ? 4 : 1; /* what is behind this jump */
        filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, rest);
        if (parts == 3) {
            filter[length++] = (struct sock_filter)LOAD(args[0]);
            filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 0, 1);
        }
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
        if (parts == 3)
            filter[length++] = (struct sock_filter)LOAD(nr);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

    struct sock_fprog program = {.len = length, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
        perror("denying");
        return 2;
    }
    execvp(argv[at + 1], argv + at + 1);
    perror(argv[at + 1]);
    return 2;
}
