#include "desk/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/os.h"
#include "base/str.h"

#define ROOMS 64 /* sessions are spread over these, so that waiting turns wake few others */

struct room {
    struct os_mutex lock;
    struct os_cond left; /* somebody left */
    struct gate_pass *inside;
};

struct gate {
    struct room rooms[ROOMS];
};

static void rooms_clear(struct gate *gate, size_t count) {
    for (size_t i = 0; i < count; i++) {
        os_cond_clear(&gate->rooms[i].left);
        os_mutex_clear(&gate->rooms[i].lock);
    }
}

esi_err gate_create(struct gate **out, esi_error *err) {
    struct gate *gate = calloc(1, sizeof(*gate));
    if (!gate) {
        return fail_memory(err, "desk/gate");
    }
    for (size_t i = 0; i < ROOMS; i++) {
        esi_err rc = os_mutex_init(&gate->rooms[i].lock, err);
        if (rc == ESI_OK) {
            rc = os_cond_init(&gate->rooms[i].left, err);
            if (rc != ESI_OK) {
                os_mutex_clear(&gate->rooms[i].lock);
            }
        }
        if (rc != ESI_OK) {
            rooms_clear(gate, i);
            free(gate);
            return rc;
        }
    }
    *out = gate;
    return ESI_OK;
}

void gate_free(struct gate *gate) {
    if (gate) {
        rooms_clear(gate, ROOMS);
        free(gate);
    }
}

static struct room *room_of(struct gate *gate, const char *key) {
    return &gate->rooms[view_hash(view_of(key)) % ROOMS];
}

static bool is_inside(const struct room *room, const char *key) {
    for (const struct gate_pass *p = room->inside; p; p = p->next) {
        if (strcmp(p->key, key) == 0) {
            return true;
        }
    }
    return false;
}

static void wake_room(void *context) {
    struct room *room = context;
    os_lock(&room->lock);
    os_broadcast(&room->left);
    os_unlock(&room->lock);
}

esi_err gate_enter(struct gate *gate, const char *key, struct gate_pass *pass, const esi_wait *wait,
                   esi_error *err) {
    struct room *room = room_of(gate, key);
    struct cancel_watch watch = {.wake = wake_room, .context = room};
    cancel_watch(wait->cancel, &watch);
    os_lock(&room->lock);
    bool over = wait_over(wait);
    while (!over && is_inside(room, key)) {
        (void)os_cond_wait(&room->left, &room->lock, wait->until_ns);
        over = wait_over(wait);
    }
    if (!over) {
        pass->key = key;
        pass->next = room->inside;
        room->inside = pass;
    }
    os_unlock(&room->lock);
    cancel_unwatch(wait->cancel, &watch);
    return over ? fail_wait(err, "desk/gate", wait) : ESI_OK;
}

void gate_leave(struct gate *gate, struct gate_pass *pass) {
    struct room *room = room_of(gate, pass->key);
    os_lock(&room->lock);
    struct gate_pass **at = &room->inside;
    while (*at != pass) {
        at = &(*at)->next;
    }
    *at = pass->next;
    os_broadcast(&room->left);
    os_unlock(&room->lock);
}
