/* own_model.h: a model in the host's process, behind the slots of esihelp/sys/provider.h. This one
 * recites the first source, line by line; a real one runs where it does. It makes no vectors, so
 * that the desk's own do. */
#include <esihelp/sys/provider.h>
#include <string.h>

struct esi_provider {
    const char *name; /* what all calls share: weights, a pool of contexts; here nothing but that */
};

static esi_err own_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    static esi_provider self = {"own-writer-1"};
    (void)config; /* config->context is the host's esi_options.provider_context */
    (void)err;
    *out = &self;
    return ESI_OK;
}

static void own_close(esi_provider *self) {
    (void)self;
}

static void own_info(esi_provider *self, esi_provider_info *out) {
    *out = (esi_provider_info){.name = "own", .chat_model = self->name, .local = true};
}

/* Time is up, or somebody threw the switch: asked before each piece of work. */
static bool own_must_stop(const esi_wait *wait, esi_error *err, esi_err *code) {
    if (esi_wait_left_ms(wait) > 0) {
        return false;
    }
    const bool fired = esi_cancel_fired(wait->cancel);
    *code = fired ? esi_fail(err, ESI_ECANCELLED, "provider/own", "the call was cancelled")
                  : esi_fail(err, ESI_ETIMEOUT, "provider/own", "no time was left");
    return true;
}

static esi_err own_answer(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                          esi_answer *out, esi_error *err) {
    static const esi_answer_listener nobody = {NULL, NULL, NULL, NULL, NULL, NULL};
    const esi_answer_listener *l = request->listener ? request->listener : &nobody;
    const esi_text source = request->sources[0].text; /* as it stands in the last turn, too */
    const char *text = esi_arena_copy(arena, source.data, source.size);
    const char **cited = esi_arena_alloc(arena, sizeof *cited);
    size_t said = 0;
    esi_err code = ESI_OK;
    if (!text || !cited) {
        return esi_fail(err, ESI_ENOMEM, "provider/own", "out of memory");
    }
    cited[0] = request->sources[0].id;
    bool stopped = l->on_cited && l->on_cited(cited, 1, l->context) != 0; /* before any text */
    while (!stopped && said < source.size) {
        if (own_must_stop(&request->wait, err, &code)) {
            return code;
        }
        /* One that takes longer than a second for a piece calls l->on_tick meanwhile. */
        const char *end = strchr(text + said, '\n');
        const size_t n = end ? (size_t)(end + 1 - text) - said : source.size - said;
        stopped = l->on_text && l->on_text(text + said, n, l->context) != 0;
        said += n;
    }
    const esi_charge charge = {self->name, 0, 0, (int64_t)said / 4, true};
    if (l->on_charge) {
        l->on_charge(&charge, l->context);
    }
    *out = (esi_answer){.text = {text, said}, .cited = cited, .cited_count = 1, .has_cited = true};
    out->finish = stopped ? ESI_FINISH_STOPPED : ESI_FINISH_STOP;
    return ESI_OK;
}

static const esi_provider_ops own_model = {.size = sizeof own_model,
                                           .name = "own",
                                           .open = own_open,
                                           .close = own_close,
                                           .info = own_info,
                                           .answer = own_answer};
