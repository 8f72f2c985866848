/* Sends itself SIGUSR1, which writes a dump, in the middle of allocating and of a blocking read; all goes on. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void* send_later(void* main_thread) {
    for (int i = 0; i < 5; ++i) {
        usleep(20000);
        pthread_kill(*(pthread_t*)main_thread, SIGUSR1);
    }
    usleep(20000);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 1000; ++i) memset(malloc(48), 1, 48);
    errno = 4321;
    raise(SIGUSR1);
    CHECK(errno == 4321, "errno is %d", errno);
    pthread_t self = pthread_self();
    pthread_t sender;
    CHECK(pthread_create(&sender, NULL, send_later, &self) == 0, "thread");
    unsigned long made = 0;
    char* kept[16] = {0};
    int joined = 0;
    for (void* ended = NULL; made < 3000000; ++made) {
        char** slot = &kept[made % 16];
        free(*slot);
        *slot = malloc(16 + made % 300);
        **slot = 1;
        if (made % 1000 == 0) joined = pthread_tryjoin_np(sender, &ended) == 0;
        if (joined) break;
    }
    /* Only then may this thread end, as it is the one that is signalled. */
    if (!joined) CHECK(pthread_join(sender, NULL) == 0, "join");
    CHECK(made > 1000, "%lu", made);
    return 0;
}
