#include "environment.h"

#include "text.h"

const char *environment_value(char **envp, const char *name_and_equals)
{
    for (; *envp; envp++)
        if (text_starts_with(*envp, name_and_equals))
            return *envp + text_length(name_and_equals);
    return 0;
}

size_t name_length(const char *variable)
{
    size_t length = 0;
    while (variable[length] && variable[length] != '=')
        length++;
    return length;
}

char **find_variable(char **envp, const char *name)
{
    size_t length = name_length(name);
    for (; *envp; envp++) {
        size_t at = 0;
        while (at < length && (*envp)[at] == name[at])
            at++;
        if (at == length && (*envp)[at] == '=')
            break;
    }
    return envp;
}
