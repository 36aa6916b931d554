#include "fail_alloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc_count.h"

#if defined(__SANITIZE_THREAD__)
#define CAN_PRELOAD 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CAN_PRELOAD 0
#endif
#endif

#ifndef CAN_PRELOAD
#define CAN_PRELOAD 1
#endif

/* The linker sends our calls of malloc to __wrap_malloc, and __real_malloc to malloc. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);

static struct alloc_count own;

void fail_own_arm(size_t n) {
    alloc_count_arm(&own, n);
}

bool fail_own_disarm(void) {
    return alloc_count_disarm(&own);
}

static bool fails(void) {
    if (!alloc_count_fails(&own)) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size) {
    return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size) {
    return fails() ? NULL : __real_strndup(text, size);
}

/* ---- the preloaded module ------------------------------------------------------------------- */

static void (*all_arm)(size_t n);
static bool (*all_disarm)(void);

static bool find_module(void) {
    void *program = dlopen(NULL, RTLD_NOW);
    if (program == NULL) {
        return false;
    }
    *(void **)&all_arm = dlsym(program, "preload_alloc_arm");
    *(void **)&all_disarm = dlsym(program, "preload_alloc_disarm");
    (void)dlclose(program);
    return all_arm != NULL && all_disarm != NULL;
}

bool fail_all_preload(char **argv) {
    if (!CAN_PRELOAD) {
        puts("# the thread sanitizer can't run with a preloaded module: not looked at");
        return false;
    }
    if (find_module()) {
        return true;
    }
    if (getenv("LD_PRELOAD") == NULL) {
        const char *options = getenv("ASAN_OPTIONS");
        char with_order[512];
        (void)snprintf(with_order, sizeof with_order, "%s%sverify_asan_link_order=0",
                       options == NULL ? "" : options, options == NULL ? "" : ":");
        (void)setenv("ASAN_OPTIONS", with_order, 1);
        (void)setenv("LD_PRELOAD", PRELOAD_ALLOC, 1);
        (void)execv("/proc/self/exe", argv);
    }
    puts("# the module could not be preloaded: not looked at");
    return false;
}

void fail_all_arm(size_t n) {
    if (all_arm != NULL) {
        all_arm(n);
    }
}

bool fail_all_disarm(void) {
    return all_disarm != NULL && all_disarm();
}
