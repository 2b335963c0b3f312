/* What C and Python have to agree on. Each value stands here once in C;
 * tests/unit/test_contract.py compares it with the one in Python. */
#ifndef INITD_CONTRACT_H
#define INITD_CONTRACT_H

/* ---- exit codes --------------------------------------------------------------------- */

#define EXIT_OWN    125 /* init's own failure, as with env(1) and docker run */
#define EXIT_SIGNAL 128 /* plus the number of the signal that ended the app */

/* ---- names and places --------------------------------------------------------------- */

#define OWN_VARIABLES          "INITD_" /* the prefix of init's variables */
#define SOCKET_VARIABLE        "INITD_SOCKET"
#define HOSTNAME_VARIABLE      "INITD_HOSTNAME"
#define HOSTNAME_FILE          "/run/initd/hostname"
#define HOSTNAMES              "/run/initd/hostnames"
#define HOSTNAME_LONGEST       64
#define HOSTNAME_LONGEST_LABEL 63

/* The control socket, best place first. If /run is not writable: TMP UID END, SHM UID END. */
#define SOCKET_PATH     "/run/initd/control.sock"
#define SOCKET_PATH_TMP "/tmp/initd-"
#define SOCKET_PATH_SHM "/dev/shm/initd-"
#define SOCKET_PATH_END "/control.sock"

/* ---- words -------------------------------------------------------------------------- */

/* Inits that the launcher replaces if it is called by their name. */
#define PEERS          "tini", "tini-static", "docker-init", "dumb-init", "catatonit"
#define PEER_OPTION    "--as"      /* NAME: what the launcher was called as */
#define SIGNALS_OPTION "--signals" /* BLOCKED:IGNORED, a bit for each signal */

#define HEALTH_VERB    "health"
#define HEALTH_TARGETS "live", "ready", "startup"
#define HEALTH_VERBOSE "verbose"

/* What a client of the control socket prints if nobody answers: `PLACE: REASON; ...` follows. */
#define NO_INIT_ANSWERS   "no init answers: "
#define CLOSED_UNANSWERED "closed without an answer"

/* The interpreter's option -X, by which the launcher tells Python of the start plan:
 * initd=started:REPORTS:SHIM:TERMINAL:PLAN or initd=unused:REASON. Where the app has a host name of
 * its own, :CONTROL:ADDED follows the PLAN: the control socket, and whether the name got a line in
 * the hosts file. */
#define HANDOVER_OPTION  "initd="
#define HANDOVER_STARTED "started:"
#define HANDOVER_UNUSED  "unused:"
#define HANDOVER_WOKEN   "woken:" /* the descriptor of the orders */

/* Says where the orders are by which pid 1 sleeps: the number of a descriptor (orders.h). Set by
 * pid 1 for its own next program alone. */
#define ORDERS_VARIABLE "INITD_ORDERS"

/* Another one: which descriptors beyond 0, 1 and 2 are the app's, initd_descriptors=3,4,77. */
#define DESCRIPTORS_OPTION "initd_descriptors="

/* Variables that choose code for a dynamic program, which init's interpreter may be: so their names
 * begin, and until the app gets them, their first byte has this bit. */
#define HIDDEN_VARIABLES "LD_", "GLIBC_TUNABLES=", "GCONV_PATH=", "OPENSSL_"
#define HIDDEN_BIT       0x80

/* ---- the start plan ----------------------------------------------------------------- */

#define PLAN_FILE              "/etc/initd/start.plan"
#define PLAN_FORMAT            "initd start plan 3, " /* and the version of initd */
#define PLAN_LONGEST           131072
#define PLAN_WORDS_AT_MOST     1000
#define PLAN_ADDITIONS_AT_MOST 500

/* ---- the shim ----------------------------------------------------------------------- */

#define SHIM_PID          2
#define REPORT_DESCRIPTOR 3 /* unless the app inherits descriptors */
#define NICEST            (-20)

#endif
