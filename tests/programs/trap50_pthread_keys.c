/* The library holds no pthread key: all of them can be created, and each is the lowest that is free, from 0 on, as without it. */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"

static void* thread(void* unused) {
    free(malloc(100));
    return unused;
}

int main(void) {
    free(malloc(100));
    pthread_t other;
    CHECK(pthread_create(&other, NULL, thread, NULL) == 0, "thread");
    pthread_join(other, NULL);
    for (int i = 0; i < PTHREAD_KEYS_MAX; ++i) {
        pthread_key_t key;
        CHECK(pthread_key_create(&key, free) == 0, "only %d of %d keys", i, PTHREAD_KEYS_MAX);
        CHECK(key == (pthread_key_t)i, "key %d is number %u", i, key);
    }
    return 0;
}
