/* What /proc says of this process, and numbers of the environment. */
#ifndef MORPHARENA_TEST_PROC_FILE_H
#define MORPHARENA_TEST_PROC_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

/* Bytes; `field` is "VmHWM" of /proc/self/status, "Private_Dirty" of /proc/self/smaps_rollup, "MemAvailable"
 * of /proc/meminfo. */
static inline size_t proc_bytes(const char* path, const char* field) {
    char line[256];
    size_t kilobytes = 0;
    int found = 0;
    const size_t length = strlen(field);
    FILE* file = fopen(path, "r");
    CHECK(file != NULL, "%s", path);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, field, length) != 0 || line[length] != ':') continue;
        found += sscanf(line + length + 1, "%zu", &kilobytes);
    }
    fclose(file);
    CHECK(found == 1, "%s has %d lines %s", path, found, field);
    return kilobytes << 10;
}

static inline size_t peak_bytes(void) {
    return proc_bytes("/proc/self/status", "VmHWM");
}

/* Without the lag that /proc/self/status may have. */
static inline void memory_bytes(size_t* address_space, size_t* resident) {
    FILE* file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%zu %zu", address_space, resident) == 2, "/proc/self/statm");
    fclose(file);
    *address_space *= (size_t)sysconf(_SC_PAGESIZE);
    *resident *= (size_t)sysconf(_SC_PAGESIZE);
}

static inline size_t resident_bytes(void) {
    size_t address_space, resident;
    memory_bytes(&address_space, &resident);
    return resident;
}

static inline long number_from_environment(const char* name, long otherwise) {
    const char* text = getenv(name);
    return text != NULL ? atol(text) : otherwise;
}

#endif
