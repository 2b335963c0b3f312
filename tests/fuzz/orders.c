/* The reader of standing orders: any bytes as the memory file, and a request behind them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../shim/orders.h"
#include "fuzz.h"

#define REQUEST_AT_MOST 127

static int file_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("orders", MFD_ALLOW_SEALING);
    REQUIRE(fd >= 0 && ftruncate(fd, ORDERS_SIZE) == 0);
    REQUIRE(pwrite(fd, ORDERS_FORMAT, sizeof ORDERS_FORMAT, 0) > 0);
    /* Mostly behind the format, or nearly all of them would be refused for it. */
    size_t at = size && data[0] < 250 ? sizeof ORDERS_FORMAT : 0;
    size_t room = ORDERS_SIZE - at;
    REQUIRE(pwrite(fd, data, size < room ? size : room, (off_t)at) >= 0);
    REQUIRE(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
    return fd;
}

static void ask(const struct orders *orders, const char *request)
{
    char answer[300];
    size_t length = answer_by(orders, request, 12345, answer, sizeof answer);
    REQUIRE(length <= sizeof answer);
    touch(answer, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char variable[32], *envp[] = {"PATH=/bin", variable, NULL};
    size_t length = size < REQUEST_AT_MOST ? size : REQUEST_AT_MOST;
    char *request = text_of(data + size - length, length);
    int fd = file_of(data, size), found = -1;

    snprintf(variable, sizeof variable, "INITD_ORDERS=%d", fd);
    struct orders *orders = find_orders(envp, &found);
    if (orders) {
        REQUIRE(found == fd && orders->answer_count <= ANSWERS_AT_MOST);
        ask(orders, request);
        for (uint32_t i = 0; i < orders->answer_count; i++)
            ask(orders, orders->text + orders->answers[i].request);
        munmap(orders, ORDERS_SIZE);
    }
    close(fd);
    free(request);
    return 0;
}
