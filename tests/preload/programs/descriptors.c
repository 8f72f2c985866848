/* Prints the open descriptors at the start and after allocating, closes all but three, and goes on allocating. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* getdents64 by hand: opendir would allocate before the first list is made. */
static void print_open(const char* when) {
    char buffer[4096];
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
    long used = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    char text[4096];
    size_t length = (size_t)snprintf(text, sizeof text, "%s:", when);
    for (long at = 0; at < used;) {
        struct dirent64* entry = (struct dirent64*)(buffer + at);
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != folder) {
            length += (size_t)snprintf(text + length, sizeof text - length, " %s", entry->d_name);
        }
        at += entry->d_reclen;
    }
    text[length++] = '\n';
    if (write(1, text, length) != (ssize_t)length) _exit(4);
    close(folder);
}

/* Objects of many sizes, filled, checked, grown and freed. Returns 0 when each held what was written. */
static void* allocate_much(void* result) {
    enum { kCount = 20000 };
    static __thread unsigned char* kept[kCount];
    for (size_t i = 0; i < kCount; ++i) {
        size_t size = 1 + i * 37 % 3000 + (i % 500 == 0 ? 3000000 : 0);
        kept[i] = malloc(size);
        if (kept[i] == NULL) return "malloc answers NULL";
        memset(kept[i], (int)(i & 255), size);
    }
    for (size_t i = 0; i < kCount; ++i) {
        if (kept[i][0] != (i & 255)) return "an object has lost its bytes";
        kept[i] = realloc(kept[i], 5000);
        if (kept[i] == NULL) return "realloc answers NULL";
        if (kept[i][0] != (i & 255)) return "realloc has lost its bytes";
        free(kept[i]);
    }
    return result;
}

static void must(const char* complaint) {
    if (complaint == NULL) return;
    fprintf(stderr, "%s\n", complaint);
    exit(1);
}

int main(void) {
    print_open("start");
    must(allocate_much(NULL));
    print_open("after allocating");
    if (syscall(SYS_close_range, 3, ~0U, 0) != 0) must(strerror(errno));
    must(allocate_much(NULL));
    for (int i = 0; i < 4; ++i) {
        pthread_t thread;
        void* complaint = "no thread";
        if (pthread_create(&thread, NULL, allocate_much, NULL) == 0) pthread_join(thread, &complaint);
        must(complaint);
    }
    print_open("after close_range");
    return 0;
}
