/* The run-time system of generated programs: a precise mark-and-sweep heap whose roots are registered one by
 * one. */
#include "morph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Live bytes before the first collection. A build with a small value collects often, to prove the roots. */
#ifndef FX_FIRST_COLLECTION
#define FX_FIRST_COLLECTION (1024 * 1024)
#endif

enum { kExitOutOfMemory = 2, kExitBadIndex = 3 };

static const size_t kStringPointers[] = {offsetof(FxString, data)};

static const FxTypeInfo kBytesType = {"bytes", 0, 0, NULL};
static const FxTypeInfo kStringType = {"string", sizeof(FxString), 1, kStringPointers};
static const FxTypeInfo kArrayType = {"array", 0, 0, NULL};

static void* need(void* memory) {
    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        exit(kExitOutOfMemory);
    }
    return memory;
}

static FxObject* object_of(void* payload) {
    return (FxObject*)payload - 1;
}

/* ---- memory ---- */

void fx_start(FxContext* ctx) {
    memset(ctx, 0, sizeof *ctx);
    ctx->collect_at = FX_FIRST_COLLECTION;
    pthread_mutex_init(&ctx->lock, NULL);
}

void fx_finish(FxContext* ctx) {
    while (ctx->objects != NULL) {
        FxObject* object = ctx->objects;
        ctx->objects = object->next;
        free(object);
    }
    while (ctx->roots != NULL) fx_pop_roots(ctx, 1);
    pthread_mutex_destroy(&ctx->lock);
}

void fx_push_root(FxContext* ctx, void** variable) {
    FxRoot* root = need(malloc(sizeof *root));
    root->variable = variable;
    root->below = ctx->roots;
    ctx->roots = root;
}

void fx_pop_roots(FxContext* ctx, int count) {
    while (count-- > 0 && ctx->roots != NULL) {
        FxRoot* root = ctx->roots;
        ctx->roots = root->below;
        free(root);
    }
}

/* Objects that are marked and whose pointers are still to be followed. */
typedef struct Pending {
    FxObject** items;
    size_t count;
    size_t room;
} Pending;

static void mark(Pending* pending, void* payload) {
    if (payload == NULL) return;
    FxObject* object = object_of(payload);
    if (object->marked) return;
    object->marked = 1;
    if (pending->count == pending->room) {
        pending->room = pending->room == 0 ? 256 : pending->room * 2;
        pending->items = need(realloc(pending->items, pending->room * sizeof *pending->items));
    }
    pending->items[pending->count++] = object;
}

static void follow(Pending* pending, FxObject* object) {
    char* payload = (char*)(object + 1);
    if (object->type == &kArrayType) {
        FxArray* array = (FxArray*)payload;
        if (!array->holds_pointers) return;
        for (size_t i = 0; i < array->length; ++i) mark(pending, ((void**)array->data)[i]);
        return;
    }
    for (size_t i = 0; i < object->type->pointer_count; ++i) {
        mark(pending, *(void**)(payload + object->type->pointer_offsets[i]));
    }
}

static void sweep(FxContext* ctx) {
    FxObject** link = &ctx->objects;
    while (*link != NULL) {
        FxObject* object = *link;
        if (object->marked) {
            object->marked = 0;
            link = &object->next;
        } else {
            *link = object->next;
            ctx->live_bytes -= object->size;
            free(object);
        }
    }
}

void fx_collect(FxContext* ctx) {
    Pending pending = {NULL, 0, 0};
    for (FxRoot* root = ctx->roots; root != NULL; root = root->below) mark(&pending, *root->variable);
    while (pending.count > 0) follow(&pending, pending.items[--pending.count]);
    free(pending.items);
    sweep(ctx);
    ctx->collections++;
    ctx->collect_at = ctx->live_bytes * 2 < FX_FIRST_COLLECTION ? FX_FIRST_COLLECTION : ctx->live_bytes * 2;
}

void* fx_alloc(FxContext* ctx, size_t size, const FxTypeInfo* type) {
    pthread_mutex_lock(&ctx->lock);
    if (ctx->live_bytes + size > ctx->collect_at) fx_collect(ctx);
    FxObject* object = need(calloc(1, sizeof *object + size));
    object->type = type;
    object->size = size;
    object->next = ctx->objects;
    ctx->objects = object;
    ctx->live_bytes += size;
    pthread_mutex_unlock(&ctx->lock);
    return object + 1;
}

/* ---- strings ---- */

static FxString* string_of_length(FxContext* ctx, size_t length) {
    FxString* s = fx_alloc(ctx, sizeof *s, &kStringType);
    fx_push_root(ctx, (void**)&s);
    s->data = fx_alloc(ctx, length + 1, &kBytesType);
    s->length = length;
    fx_pop_roots(ctx, 1);
    return s;
}

FxString* fx_string_new(FxContext* ctx, const char* text) {
    FxString* s = string_of_length(ctx, strlen(text));
    memcpy(s->data, text, s->length);
    return s;
}

FxString* fx_string_concat(FxContext* ctx, FxString* a, FxString* b) {
    FxString* s = string_of_length(ctx, a->length + b->length);
    memcpy(s->data, a->data, a->length);
    memcpy(s->data + a->length, b->data, b->length);
    return s;
}

/* The bytes [from, to), both brought into the string first. */
FxString* fx_string_slice(FxContext* ctx, FxString* s, fx_int from, fx_int to) {
    fx_int length = (fx_int)s->length;
    if (from < 0) from = 0;
    if (to > length) to = length;
    if (from > to) from = to;
    FxString* part = string_of_length(ctx, (size_t)(to - from));
    memcpy(part->data, s->data + from, part->length);
    return part;
}

FxString* fx_string_trim(FxContext* ctx, FxString* s, FxString* cut) {
    size_t from = 0;
    size_t to = s->length;
    while (from < to && strchr(cut->data, s->data[from]) != NULL) from++;
    while (to > from && strchr(cut->data, s->data[to - 1]) != NULL) to--;
    return fx_string_slice(ctx, s, (fx_int)from, (fx_int)to);
}

FxString* fx_string_from_int(FxContext* ctx, fx_int n) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, n);
    return fx_string_new(ctx, text);
}

fx_bool fx_string_equal(FxContext* ctx, FxString* a, FxString* b) {
    (void)ctx;
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

fx_int fx_string_length(FxContext* ctx, FxString* s) {
    (void)ctx;
    return (fx_int)s->length;
}

static fx_int find_from(FxString* s, FxString* part, size_t from) {
    char* found = from > s->length ? NULL : strstr(s->data + from, part->data);
    return found == NULL ? -1 : (fx_int)(found - s->data);
}

fx_int fx_string_find(FxContext* ctx, FxString* s, FxString* part) {
    (void)ctx;
    return find_from(s, part, 0);
}

FxArray* fx_string_split(FxContext* ctx, FxString* s, FxString* separator) {
    size_t pieces = 1;
    size_t step = separator->length == 0 ? s->length + 1 : separator->length;
    for (fx_int at = find_from(s, separator, 0); separator->length > 0 && at >= 0; pieces++) {
        at = find_from(s, separator, (size_t)at + step);
    }
    fx_push_root(ctx, (void**)&separator); /* often a literal that nobody else holds */
    FxArray* array = fx_array_new(ctx, pieces, sizeof(FxString*), 1);
    fx_push_root(ctx, (void**)&array);
    size_t from = 0;
    for (size_t i = 0; i < pieces; ++i) {
        fx_int end = i + 1 == pieces ? (fx_int)s->length : find_from(s, separator, from);
        FxString* piece = fx_string_slice(ctx, s, (fx_int)from, end);
        ((FxString**)array->data)[i] = piece;
        from = (size_t)end + step;
    }
    fx_pop_roots(ctx, 2);
    return array;
}

/* ---- arrays ---- */

FxArray* fx_array_new(FxContext* ctx, size_t length, size_t element_size, fx_bool holds_pointers) {
    FxArray* array = fx_alloc(ctx, sizeof *array + length * element_size, &kArrayType);
    array->length = length;
    array->element_size = element_size;
    array->holds_pointers = holds_pointers;
    return array;
}

FxArray* fx_array_concat(FxContext* ctx, FxArray* a, FxArray* b) {
    FxArray* array = fx_array_new(ctx, a->length + b->length, a->element_size, a->holds_pointers);
    memcpy(array->data, a->data, a->length * a->element_size);
    memcpy(array->data + a->length * a->element_size, b->data, b->length * b->element_size);
    return array;
}

void* fx_array_at(FxContext* ctx, FxArray* array, fx_int index) {
    (void)ctx;
    if (index < 0 || (size_t)index >= array->length) {
        fprintf(stderr, "index %" PRId64 " is outside of an array of %zu\n", index, array->length);
        exit(kExitBadIndex);
    }
    return array->data + (size_t)index * array->element_size;
}

/* ---- output ---- */

void fx_print(FxContext* ctx, FxString* s) {
    (void)ctx;
    printf("%s\n", s->data);
}

void fx_print_int(FxContext* ctx, fx_int n) {
    (void)ctx;
    printf("%" PRId64 "\n", n);
}

int main(void) {
    FxContext ctx;
    fx_start(&ctx);
    fx_entry_point(&ctx);
    fx_finish(&ctx);
    return 0;
}
