#include "app_name.h"

#include <linux/utsname.h>

#include "access.h"
#include "environment.h"
#include "sys.h"
#include "text.h"

#define PRELOAD "LD_PRELOAD="
#define SHELL   "HOSTNAME="

/* ---- the name ------------------------------------------------------------------------ */

static int is_allowed(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-';
}

/* Each part has 1 to 63 letters, digits and inner hyphens. */
static int is_valid(const char *name)
{
    size_t label = 0;
    for (char before = '.';; before = *name++) {
        if (!*name || *name == '.') {
            if (!label || before == '-')
                return 0;
            label = 0;
        } else if (!is_allowed(*name) || (*name == '-' && !label) ||
                   ++label > HOSTNAME_LONGEST_LABEL) {
            return 0;
        }
        if (!*name)
            return 1;
    }
}

static int has_dot(const char *name)
{
    while (*name && *name != '.')
        name++;
    return *name == '.';
}

int name_holds(struct plan *plan, const struct record *record)
{
    struct new_utsname kernel;
    const char *name = record->bytes;
    plan->name[0] = plan->kernel_name[0] = 0;
    if (sys_uname(&kernel) < 0) {
        plan_unusable(plan, "the host name", " cannot be asked for");
        return 0;
    }
    text_append(plan->kernel_name, sizeof plan->kernel_name, kernel.nodename);
    if (*name == '.')
        text_append(plan->name, sizeof plan->name, plan->kernel_name);
    int fits = text_append(plan->name, sizeof plan->name, name);
    if (has_dot(plan->kernel_name))
        plan_unusable(plan, "the kernel's host name", " is fully qualified");
    else if (!fits || !is_valid(plan->name))
        plan_unusable(plan, "the host name", " would be invalid or too long");
    else if (text_equals(plan->name, plan->kernel_name))
        plan_unusable(plan, "the host name", " is the kernel's");
    else
        return 1;
    return 0;
}

int library_holds(struct plan *plan, const struct record *record)
{
    plan->library = record->bytes;
    if (access_to(plan->library, ACCESS_READABLE) == 0)
        return 1;
    plan_unusable(plan, plan->library, " is missing or not readable");
    return 0;
}

/* ---- variables ----------------------------------------------------------------------- */

/* In place of the one with the same name, or behind. */
static void set_variable(struct plan *plan, char *variable)
{
    char **at = find_variable(plan->environment, variable);
    if (!*at)
        at[1] = 0;
    *at = variable;
}

static int is_separator(char letter)
{
    return letter == ':' || is_space(letter);
}

/* Whether the loader (ld.so(8)) would find the word in the list. */
static int is_among(const char *list, const char *word)
{
    size_t length = text_length(word);
    for (const char *at = list; *at; at++)
        if ((at == list || is_separator(at[-1])) && text_starts_with(at, word) &&
            (!at[length] || is_separator(at[length])))
            return 1;
    return 0;
}

/* The library in front of what is there. */
static int set_preload(struct plan *plan)
{
    const char *before = environment_value(plan->environment, PRELOAD);
    char *to = plan->preload;
    to[0] = 0;
    text_append(to, PLAN_PRELOAD_SIZE, PRELOAD);
    if (!before || !is_among(before, plan->library)) {
        text_append(to, PLAN_PRELOAD_SIZE, plan->library);
        text_append(to, PLAN_PRELOAD_SIZE, ":");
    }
    int fits = text_append(to, PLAN_PRELOAD_SIZE, before ? before : "");
    for (size_t length = text_length(to); to[length - 1] == ':'; length--)
        to[length - 1] = 0;
    set_variable(plan, to);
    if (!fits)
        plan_unusable(plan, "LD_PRELOAD", " is too long");
    return fits;
}

/* bash shows what it inherits, and engines set that to the kernel's name. Any other value was set
 * on purpose. */
static void set_shell_variable(struct plan *plan)
{
    const char *inherited = environment_value(plan->environment, SHELL);
    if (inherited && *inherited && !text_equals(inherited, plan->kernel_name))
        return;
    plan->shell_variable[0] = 0;
    text_append(plan->shell_variable, sizeof plan->shell_variable, SHELL);
    text_append(plan->shell_variable, sizeof plan->shell_variable, plan->name);
    set_variable(plan, plan->shell_variable);
}

int set_name_variables(struct plan *plan)
{
    if (!plan->name[0])
        return 1;
    if (!plan->library || !plan->hosts) {
        plan_unusable(plan, PLAN_FILE, " is damaged");
        return 0;
    }
    if (!set_preload(plan))
        return 0;
    plan->name_variable[0] = 0;
    text_append(plan->name_variable, sizeof plan->name_variable, HOSTNAME_VARIABLE "=");
    text_append(plan->name_variable, sizeof plan->name_variable, plan->name);
    set_variable(plan, plan->name_variable);
    set_shell_variable(plan);
    return 1;
}
