/* FOLDER OBJECT NAME: a first look that is interrupted behind each of its instructions, by a
 * signal handler that asks too and forks a child that asks. x86-64: the processor's trap
 * flag sends SIGTRAP behind each instruction. */
#define _GNU_SOURCE
#include "blindfold.h"
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>

#define ENOUGH    100000
#define TRAP_FLAG 0x100

static gethostname_function *subject;
static const char *expected;
static volatile long instructions, interrupted_behind;
static volatile int wrong_answers;

static int is_wrong(void)
{
    char name[256];
    return subject(name, sizeof name) || strcmp(name, expected);
}

static int is_wrong_in_child(void)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(is_wrong());
    waitpid(child, &status, 0);
    return status != 0;
}

/* The kernel clears the flag for as long as the handler runs; once it has been there, for good. */
static void interrupt(int number, siginfo_t *information, void *context)
{
    (void)number;
    (void)information;
    if (++instructions < interrupted_behind)
        return;
    wrong_answers += is_wrong_in_child() + is_wrong();
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static void set_trap_flag(void)
{
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
}

static void clear_trap_flag(void)
{
    __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
}

static int is_wrong_when_interrupted(void)
{
    char name[256];
    set_trap_flag();
    int result = subject(name, sizeof name);
    clear_trap_flag();
    return result || strcmp(name, expected);
}

int main(int argc, char **argv)
{
    long wrong = 0;
    void *handle;
    if (argc != 4)
        return 1;
    expected = argv[3];
    struct sigaction action = {.sa_sigaction = interrupt, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &action, NULL);
    do {
        instructions = 0;
        interrupted_behind++;
        subject = load_blind(argv[1], argv[2], &handle);
        wrong += is_wrong_when_interrupted() + is_wrong();
        dlclose(handle);
    } while (interrupted_behind == instructions && instructions < ENOUGH);
    printf("instructions: %ld, wrong: %ld\n", instructions, wrong + wrong_answers);
    return 0;
}
