#include "provider/openai_body.h"

#include "base/json.h"
#include "provider/dialect.h"

/* What an endpoint is told that can't be given the schema itself. */
#define FORM                                                                                       \
    "\n\nReply with one JSON object and nothing before or after it. It follows this JSON schema, " \
    "its members in this order:\n"

static struct view view_text(esi_text text) {
    return (struct view){text.data, text.size};
}

static bool takes(const struct answer_body *body, unsigned part) {
    return (body->dialect & part) == 0;
}

/* The rules, as one text, with the form of the reply where nothing else tells it. */
static void add_rules(const struct answer_body *body, struct buf *out) {
    buf_add(out, view_text(body->request->system));
    if (!takes(body, DIALECT_NO_SCHEMA | DIALECT_NO_JSON)) {
        buf_str(out, FORM);
        buf_add(out, body->schema);
    }
}

static void put_message(struct json_out *o, const char *role, struct view text) {
    json_object(o);
    json_put_name(o, "role");
    json_put_string(o, role);
    json_put_name(o, "content");
    json_put_view(o, text);
    json_object_end(o);
}

static void put_turn(struct json_out *o, const esi_prompt_turn *turn) {
    static const char *const roles[] = {
        [ESI_SPEAKER_USER] = "user", [ESI_SPEAKER_ASSISTANT] = "assistant"};
    put_message(o, roles[turn->speaker == ESI_SPEAKER_ASSISTANT], view_text(turn->text));
}

/* The rules at the head of what the user says first, for models without a role for them: most of
 * those want the speakers to take turns, too. */
static size_t put_rules_as_user(const struct answer_body *body, struct buf *rules,
                                struct json_out *o) {
    const esi_answer_request *r = body->request;
    const bool joined = r->turn_count > 0 && r->turns[0].speaker == ESI_SPEAKER_USER;
    if (joined) {
        buf_str(rules, "\n\n");
        buf_add(rules, view_text(r->turns[0].text));
    }
    put_message(o, "user", buf_view(rules));
    return joined ? 1 : 0;
}

static void put_messages(const struct answer_body *body, struct json_out *o) {
    const esi_answer_request *r = body->request;
    const bool by_heart = takes(body, DIALECT_NO_SCHEMA | DIALECT_NO_JSON | DIALECT_NO_SYSTEM);
    struct buf rules; /* only where they aren't sent as they are */
    size_t first = 0;
    buf_init(&rules, BODY_MAX);
    json_put_name(o, "messages");
    json_array(o);
    if (by_heart) {
        put_message(o, "system", view_text(r->system));
    } else {
        add_rules(body, &rules);
        if (takes(body, DIALECT_NO_SYSTEM)) {
            put_message(o, "system", buf_view(&rules));
        } else {
            first = put_rules_as_user(body, &rules, o);
        }
    }
    for (size_t i = first; i < r->turn_count; i++) {
        put_turn(o, &r->turns[i]);
    }
    json_array_end(o);
    o->to->failed = o->to->failed || rules.failed;
    buf_clear(&rules);
}

static void put_format(const struct answer_body *body, struct json_out *o) {
    if (!takes(body, DIALECT_NO_JSON)) {
        return;
    }
    json_put_name(o, "response_format");
    json_object(o);
    json_put_name(o, "type");
    if (!takes(body, DIALECT_NO_SCHEMA)) {
        json_put_string(o, "json_object");
    } else {
        json_put_string(o, "json_schema");
        json_put_name(o, "json_schema");
        json_object(o);
        json_put_name(o, "name");
        json_put_string(o, "answer");
        json_put_name(o, "strict");
        json_put_bool(o, true);
        json_put_name(o, "schema");
        json_put_raw(o, body->schema);
        json_object_end(o);
    }
    json_object_end(o);
}

static void put_stream(const struct answer_body *body, struct json_out *o) {
    json_put_name(o, "stream");
    json_put_bool(o, body->stream);
    if (body->stream && takes(body, DIALECT_NO_USAGE)) {
        json_put_name(o, "stream_options");
        json_object(o);
        json_put_name(o, "include_usage");
        json_put_bool(o, true);
        json_object_end(o);
    }
}

/* Room for about all of it, so that it doesn't move while it grows. */
static void make_room(const struct answer_body *body, struct buf *out) {
    const esi_answer_request *r = body->request;
    size_t size = r->system.size + body->schema.n;
    for (size_t i = 0; i < r->turn_count && size < BODY_MAX; i++) {
        size += r->turns[i].text.size;
    }
    if (size < BODY_MAX / 2 && size < out->max / 2) {
        (void)buf_room(out, size + size / 16 + 2048);
    }
}

void answer_body_write(const struct answer_body *body, struct buf *out) {
    struct json_out o;
    make_room(body, out);
    json_begin(&o, out);
    json_object(&o);
    json_put_name(&o, "model");
    json_put_string(&o, body->model);
    put_messages(body, &o);
    put_format(body, &o);
    if (takes(body, DIALECT_NO_TEMPERATURE)) {
        json_put_name(&o, "temperature");
        json_put_int(&o, 0);
    }
    json_put_name(&o, takes(body, DIALECT_OLD_MAX_TOKENS) ? "max_completion_tokens" : "max_tokens");
    json_put_int(&o, body->request->max_tokens);
    put_stream(body, &o);
    json_object_end(&o);
}
