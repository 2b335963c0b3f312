/* What the launcher hands to the interpreter in the same file. */
#ifndef INITD_HANDED_H
#define INITD_HANDED_H

/* Each is 0 if there is nothing to say. */
struct handed {
    char *option;      /* for -X: what became of the start plan (shim/handover.h) */
    char *descriptors; /* another one: the app's descriptors (shim/descriptors.h) */
    char *called;      /* the name of another init that this was called by */
    char *signals;     /* then the signals that it was started with (shim/handover.h) */
    int woken;         /* whether this process has slept (shim/asleep.h) */
};

extern struct handed initd_handed;

#endif
