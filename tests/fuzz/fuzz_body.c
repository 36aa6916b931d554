#include "fuzz.h"

#include <string.h>

#include "body.h"
#include "utf8.h"
#include "wire.h"

static struct outbuf echo_id(const struct body *body) {
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_object(&wire, NULL);
    body_echo(body, "id", &wire);
    wire_object_end(&wire);
    FUZZ_HOLDS(!out.failed && utf8_valid(out.data, out.size));
    return out;
}

/* What is echoed is a body again, and says the same. */
static void check_echo(const struct body *body) {
    struct body *again = NULL;
    struct outbuf first = echo_id(body);
    FUZZ_HOLDS(body_parse(first.data, first.size, &again, NULL) == ESI_OK);
    struct outbuf second = echo_id(again);
    FUZZ_HOLDS(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    outbuf_clear(&first);
    outbuf_clear(&second);
    body_free(again);
}

static void check_texts(struct body *body) {
    static const char *const names[] = {"message", "sessionId", "userRole", "text"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        esi_error err = {0};
        const char *text = NULL;
        if (body_text(body, names[i], &text, &err) == ESI_OK) {
            FUZZ_HOLDS(text == NULL || utf8_valid(text, strlen(text)));
        } else {
            FUZZ_HOLDS(text == NULL && err.pointer[0] == '/');
        }
    }
}

static void check_pairs(struct body *body) {
    esi_pair pairs[ESI_CONTEXT_MAX_PAIRS];
    size_t count = 0;
    if (body_pairs(body, "context", pairs, ESI_CONTEXT_MAX_PAIRS, &count, NULL) == ESI_OK) {
        FUZZ_HOLDS(count <= ESI_CONTEXT_MAX_PAIRS);
        for (size_t i = 0; i < count; i++) {
            FUZZ_HOLDS(pairs[i].name != NULL && pairs[i].value != NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct body *body = NULL;
    esi_error err = {0};
    if (body_parse((const char *)data, size, &body, &err) != ESI_OK) {
        FUZZ_HOLDS(body == NULL && err.message[0] != '\0');
        return 0;
    }
    check_texts(body);
    check_pairs(body);
    check_echo(body);
    body_free(body);
    return 0;
}
