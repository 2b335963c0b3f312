/* The hosts file: any bytes, in which web1 is to have a full name. Behind a first byte that says
 * which one. */
#define _GNU_SOURCE
#include "../../shim/hosts_line.h"
#include "fuzz.h"

static char to[HOSTS_LONGEST + HOSTS_LINES_SIZE];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"web1.example.org", "shop.example.org", "shop", "web1.x"};
    if (!size)
        return 0;
    const char *name = names[data[0] % 4];
    char *text = copy_of(data + 1, --size);
    char *small = copy_of(text, size);

    int listed = hosts_list(text, size, name);
    size_t length = hosts_with_name(to, sizeof to, text, size, name, "web1");
    if (length) {
        REQUIRE(length > size && hosts_list(to, length, name) && hosts_list(text, size, "web1"));
        REQUIRE(listed || !hosts_with_name(small, size, text, size, name, "web1"));
    }
    if (is_mount_point(text, size, "/etc/hosts"))
        REQUIRE(memmem(text, size, " /etc/hosts", 11));
    free(small);
    free(text);
    return 0;
}
