/* A library with a lock that it holds over forks, as many have; its constructor registers the handlers. */
#include <pthread.h>

pthread_mutex_t lock_of_library = PTHREAD_MUTEX_INITIALIZER;

static void before(void) {
    pthread_mutex_lock(&lock_of_library);
}
static void after(void) {
    pthread_mutex_unlock(&lock_of_library);
}
__attribute__((constructor)) static void start(void) {
    pthread_atfork(before, after, after);
}
