/* small_stack.h: runs a function on a thread with as little stack as hosts may give us. */
#ifndef ESIHELP_TESTS_SMALL_STACK_H
#define ESIHELP_TESTS_SMALL_STACK_H

#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The sanitizers put gaps around everything on the stack, and the thread sanitizer most of a
 * megabyte of its own: as much of it is not ours. */
#if defined(__SANITIZE_THREAD__)
#define SMALL_STACK_FACTOR 16
#elif defined(__SANITIZE_ADDRESS__)
#define SMALL_STACK_FACTOR 4
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SMALL_STACK_FACTOR 16
#elif __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SMALL_STACK_FACTOR 4
#endif
#endif
#ifndef SMALL_STACK_FACTOR
#define SMALL_STACK_FACTOR 1
#endif
#define SMALL_STACK ((size_t)96 * 1024 * SMALL_STACK_FACTOR)
/* What a public call may use of it; the rest is the host's and the C library's. */
#define SMALL_STACK_OURS ((size_t)40 * 1024 * SMALL_STACK_FACTOR)

struct small_stack_call {
    void (*run)(void *context);
    void *context;
    const unsigned char *top; /* where run begins */
};

static void *small_stack_main(void *argument) {
    struct small_stack_call *call = argument;
    call->top = __builtin_frame_address(0);
    call->run(call->context);
    return NULL;
}

/* How many bytes of it the function touched; 0 where no such thread could be started. A page below
 * the stack can't be touched: running over it is a crash. */
static size_t small_stack_run(void (*run)(void *context), void *context) {
    enum { untouched = 0xa5 };
    const size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *memory =
        mmap(NULL, guard + SMALL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return 0;
    }
    unsigned char *stack = memory + guard;
    memset(stack, untouched, SMALL_STACK);
    struct small_stack_call call = {run, context, NULL};
    pthread_attr_t attributes;
    pthread_t thread;
    size_t used = 0;
    if (mprotect(memory, guard, PROT_NONE) == 0 && pthread_attr_init(&attributes) == 0) {
        if (pthread_attr_setstack(&attributes, stack, SMALL_STACK) == 0 &&
            pthread_create(&thread, &attributes, small_stack_main, &call) == 0) {
            (void)pthread_join(thread, NULL);
            const unsigned char *lowest = stack;
            while (lowest < call.top && *lowest == untouched) {
                lowest++;
            }
            used = (size_t)(call.top - lowest);
        }
        (void)pthread_attr_destroy(&attributes);
    }
    (void)munmap(memory, guard + SMALL_STACK);
    return used;
}

#endif
