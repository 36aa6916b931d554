/* custom_provider.c: a model of the host's own, in its process. This one repeats the sources. */
#include <esihelp/esihelp.h>
#include <esihelp/sys/provider.h>
#include <stdio.h>

static esi_err parrot_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    (void)err;
    *out = config->context; /* whatever the host gave as provider_context */
    return ESI_OK;
}

static void parrot_close(esi_provider *self) {
    (void)self;
}

static void parrot_info(esi_provider *self, esi_provider_info *out) {
    (void)self;
    *out = (esi_provider_info){.name = "parrot", .chat_model = "parrot-1", .local = true};
}

static esi_err parrot_answer(esi_provider *self, const esi_answer_request *request,
                             esi_arena *arena, esi_answer *out, esi_error *err) {
    (void)self;
    if (request->source_count == 0) {
        return esi_fail(err, ESI_EUNAVAILABLE, "provider/parrot", "there is nothing to repeat");
    }
    const esi_prompt_source *source = &request->sources[0];
    char *text = esi_arena_copy(arena, source->text.data, source->text.size);
    const char **cited = esi_arena_alloc(arena, sizeof *cited);
    if (text == NULL || cited == NULL) {
        return esi_fail(err, ESI_ENOMEM, "provider/parrot", "out of memory");
    }
    cited[0] = source->id;
    const esi_answer_listener *listener = request->listener;
    if (listener != NULL && listener->on_text != NULL &&
        listener->on_text(text, source->text.size, listener->context) != 0) {
        return esi_fail(err, ESI_ECANCELLED, "provider/parrot", "the answer isn't wanted");
    }
    *out = (esi_answer){
        .text = {text, source->text.size}, .cited = cited, .cited_count = 1, .has_cited = true};
    return ESI_OK;
}

static const esi_provider_ops PARROT = {.size = sizeof PARROT,
                                        .name = "parrot",
                                        .open = parrot_open,
                                        .close = parrot_close,
                                        .info = parrot_info,
                                        .answer = parrot_answer};

int main(int argc, char **argv) {
    static int nest; /* a provider's state; this one has none */
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_kb_report *report = NULL;
    esi_reply *reply = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = argc > 1 ? argv[1] : ":memory:";
    options.provider = "custom";
    options.provider_ops = &PARROT;
    options.provider_context = &nest;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = "clock.md";
    source.text = "# Lab clocks\n\n## Clock skew\n\nIf the lab clock is wrong, restart chrony.\n";
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The clock of my lab is wrong";
    esi_err code = esi_desk_open(&options, &desk, &err);
    if (code == ESI_OK && (code = esi_kb_ingest(desk, &source, &report, &err)) == ESI_OK &&
        (code = esi_chat_ask(desk, &request, &reply, &err)) == ESI_OK) {
        printf("%s says: %s\n", reply->model, reply->answer);
    } else {
        fprintf(stderr, "%s: %s\n", esi_err_name(code), err.message);
    }
    esi_reply_free(reply);
    esi_kb_report_free(report);
    esi_desk_close(desk);
    return code == ESI_OK ? 0 : 1;
}
