/* preload_alloc.c: a module for LD_PRELOAD that lets the n-th allocation of a process fail, whoever
 * asks for it. A program that knows it finds preload_alloc_arm by dlsym; for one that doesn't,
 * ESIHELP_FAIL_ALLOC=n in the environment counts from its start. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_count.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void preload_alloc_arm(size_t n);
EXPORTED bool preload_alloc_disarm(void);
EXPORTED void *malloc(size_t size);
EXPORTED void *calloc(size_t count, size_t size);
EXPORTED void *realloc(void *p, size_t size);
EXPORTED int pthread_getattr_np(pthread_t thread, pthread_attr_t *out);

static struct alloc_count all;

static void *(*real_malloc)(size_t size);
static void *(*real_calloc)(size_t count, size_t size);
static void *(*real_realloc)(void *p, size_t size);
static int (*real_getattr)(pthread_t thread, pthread_attr_t *out);

/* A sanitizer asks where a new thread's stack is, and ends the program if it isn't told. */
static _Thread_local bool exempt __attribute__((tls_model("initial-exec")));

/* What dlsym itself asks for while the real ones are being looked up. Never given back. */
static _Alignas(max_align_t) char early[4096];
static size_t early_used;
static bool looking;

static void *early_alloc(size_t size) {
    size = (size + 15) / 16 * 16;
    if (size > sizeof early - early_used) {
        return NULL;
    }
    void *p = early + early_used;
    early_used += size;
    return p;
}

/* Runs first where the process has one thread only: loading a program allocates. */
static bool ready(void) {
    if (real_realloc == NULL && !looking) {
        looking = true;
        *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
        *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
        *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
        *(void **)&real_getattr = dlsym(RTLD_NEXT, "pthread_getattr_np");
        looking = false;
    }
    return !looking;
}

__attribute__((constructor)) static void start(void) {
    (void)ready();
    const char *n = getenv("ESIHELP_FAIL_ALLOC");
    if (n != NULL) {
        alloc_count_arm(&all, (size_t)strtoul(n, NULL, 10));
    }
}

void preload_alloc_arm(size_t n) {
    alloc_count_arm(&all, n);
}

bool preload_alloc_disarm(void) {
    return alloc_count_disarm(&all);
}

static bool fails(void) {
    if (exempt || !alloc_count_fails(&all)) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) {
    if (!ready()) {
        return early_alloc(size);
    }
    return fails() ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size) {
    if (!ready()) {
        return early_alloc(count * size);
    }
    return fails() ? NULL : real_calloc(count, size);
}

void *realloc(void *p, size_t size) {
    if (!ready()) {
        return p == NULL ? early_alloc(size) : NULL;
    }
    return fails() ? NULL : real_realloc(p, size);
}

int pthread_getattr_np(pthread_t thread, pthread_attr_t *out) {
    if (!ready() || real_getattr == NULL) {
        return ENOSYS;
    }
    exempt = true;
    const int result = real_getattr(thread, out);
    exempt = false;
    return result;
}
