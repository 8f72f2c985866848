/* The run-time interface that generated programs call: a context first, roots registered around every use. */
#ifndef MORPH_H
#define MORPH_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t fx_int;
typedef int fx_bool;

typedef struct FxContext FxContext;

/* What the collector must know of a type: how large it is and where its pointers are. */
typedef struct FxTypeInfo {
    const char* name;
    size_t size;                   /* payload bytes */
    size_t pointer_count;          /* entries of pointer_offsets */
    const size_t* pointer_offsets; /* from the start of the payload */
} FxTypeInfo;

typedef struct FxObject {
    struct FxObject* next; /* every object of the context, newest first */
    const FxTypeInfo* type;
    size_t size; /* payload bytes */
    int marked;
} FxObject;

/* One registered variable; the collector starts from these. */
typedef struct FxRoot {
    void** variable;
    struct FxRoot* below;
} FxRoot;

struct FxContext {
    FxObject* objects;
    FxRoot* roots;
    size_t live_bytes;
    size_t collect_at; /* live_bytes at which the next collection runs */
    size_t collections;
    pthread_mutex_t lock;
};

typedef struct FxString {
    char* data; /* ends in a zero byte that length leaves out */
    size_t length;
} FxString;

typedef struct FxArray {
    size_t length;
    size_t element_size;
    fx_bool holds_pointers;
    _Alignas(16) char data[];
} FxArray;

/* Memory. A variable that holds an object is pushed before the next call that may allocate. */
void fx_start(FxContext* ctx);
void fx_finish(FxContext* ctx);
void fx_push_root(FxContext* ctx, void** variable);
void fx_pop_roots(FxContext* ctx, int count);
void* fx_alloc(FxContext* ctx, size_t size, const FxTypeInfo* type);
void fx_collect(FxContext* ctx);

/* Strings never change once made. */
FxString* fx_string_new(FxContext* ctx, const char* text);
FxString* fx_string_concat(FxContext* ctx, FxString* a, FxString* b);
FxString* fx_string_slice(FxContext* ctx, FxString* s, fx_int from, fx_int to);
FxString* fx_string_trim(FxContext* ctx, FxString* s, FxString* cut);
FxString* fx_string_from_int(FxContext* ctx, fx_int n);
FxArray* fx_string_split(FxContext* ctx, FxString* s, FxString* separator);
fx_bool fx_string_equal(FxContext* ctx, FxString* a, FxString* b);
fx_int fx_string_find(FxContext* ctx, FxString* s, FxString* part);
fx_int fx_string_length(FxContext* ctx, FxString* s);

/* Arrays have a fixed length; an index outside ends the program with status 3. */
FxArray* fx_array_new(FxContext* ctx, size_t length, size_t element_size, fx_bool holds_pointers);
FxArray* fx_array_concat(FxContext* ctx, FxArray* a, FxArray* b);
void* fx_array_at(FxContext* ctx, FxArray* array, fx_int index);

/* Output. */
void fx_print(FxContext* ctx, FxString* s);
void fx_print_int(FxContext* ctx, fx_int n);

/* What the generated program defines. */
void fx_entry_point(FxContext* ctx);

#endif
