/* Executes itself argv[1] times over, one process, making 50 objects of 48 bytes in each image. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(int argc, char** argv) {
    const int left = argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 0; i < 50; ++i) CHECK(memset(malloc(48), 1, 48) != NULL, "malloc");
    if (left == 0) _exit(0);
    char text[20];
    snprintf(text, sizeof text, "%d", left - 1);
    execl(argv[0], argv[0], text, (char*)NULL);
    return 1;
}
