/* The app's secrets: read by the app's process alone, just before it becomes the app. Neither
 * init nor the shim has them at any time. */
#ifndef INITD_SECRETS_H
#define INITD_SECRETS_H

/* What a child of init (initd/secrets) writes on the pipe: NAME=VALUE to set a variable, NAME
 * to remove it, each with a NUL, and at the end one more NUL. */
#define SECRETS_LONGEST (1 << 20)

/* Reads until the pipe's other end is closed, and puts an environment with the secrets in the
 * place of `*envp`. Waits as long as that takes. -errno; -ENODATA if the end is missing: then
 * the secrets could not be read, and init knows why. */
int add_secrets(int descriptor, char ***envp);

#endif
