#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "fold.h"
#include "utf8.h"

/* ---- one line -------------------------------------------------------------------------------- */

static esi_err no_memory(esi_error *err) {
    return fail(err, ESI_ENOMEM, NULL, "out of memory");
}

static esi_err count_points(const char *what, const char *text, size_t most, esi_error *err) {
    size_t points = 0;
    for (const char *at = text; *at != '\0'; at++) {
        points += (*at & 0xC0) != 0x80;
    }
    if (points > most) {
        return fail(err, ESI_ETOOBIG, NULL, "%s has %zu characters; %zu are allowed", what, points,
                    most);
    }
    return ESI_OK;
}

static esi_err read_message(const struct body_value *value, const char **out, esi_error *err) {
    const char *text = value == NULL ? NULL : body_string(value);
    if (text == NULL) {
        return fail(err, ESI_EINVAL, NULL, "a message is %s",
                    value == NULL ? "missing" : "not a text");
    }
    if (text[strspn(text, " \t\r\n")] == '\0') {
        return fail(err, ESI_EINVAL, NULL, "a message is empty");
    }
    *out = text;
    return count_points("a message", text, ESI_MESSAGE_MAX_CHARS, err);
}

/* Names that an object may have; each once. */
static esi_err check_names(const struct body_value *object, const char *what,
                           const char *const *names, esi_error *err) {
    uint32_t seen = 0;
    for (const struct body_value *v = body_first(object); v != NULL; v = body_next(v)) {
        size_t at = 0;
        while (names[at] != NULL && strcmp(names[at], body_name(v)) != 0) {
            at++;
        }
        if (names[at] == NULL) {
            return fail(err, ESI_EINVAL, NULL, "%s has no key \"%.40s\"", what, body_name(v));
        }
        if ((seen >> at & 1) != 0) {
            return fail(err, ESI_EINVAL, NULL, "%s has \"%s\" twice", what, names[at]);
        }
        seen |= 1u << at;
    }
    return ESI_OK;
}

static esi_err read_id(struct scenario *scenario, const struct body_value *root, esi_error *err) {
    const struct body_value *value = body_member(root, "id");
    const char *id = value == NULL ? NULL : body_string(value);
    if (id == NULL || *id == '\0' || strlen(id) > SCENARIO_ID_MAX_BYTES) {
        return fail(err, ESI_EINVAL, NULL, "id is not a text of 1 to %d bytes",
                    SCENARIO_ID_MAX_BYTES);
    }
    for (const char *at = id; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || *at == ',' || *at == 0x7F) {
            return fail(err, ESI_EINVAL, NULL, "id has a blank, a comma or a control character");
        }
    }
    scenario->id = id;
    return ESI_OK;
}

static esi_err read_person(struct scenario *scenario, const struct body_value *root,
                           esi_error *err) {
    const struct body_value *role = body_member(root, "role");
    scenario->role = ESI_ROLE_TRAINEE;
    if (role != NULL && esi_role_parse(body_string(role), &scenario->role) != ESI_OK) {
        return fail(err, ESI_EINVAL, NULL,
                    "role is not trainee, instructor, operator, support_engineer or admin");
    }
    const esi_err code = body_pairs(scenario->body, "context", scenario->context,
                                    ESI_CONTEXT_MAX_PAIRS, &scenario->context_count, err);
    for (size_t i = 0; code == ESI_OK && i < scenario->context_count; i++) {
        const esi_pair *pair = &scenario->context[i];
        if (*pair->name == '\0' || *pair->value == '\0') {
            return fail(err, ESI_EINVAL, NULL, "context has an empty name or value");
        }
        const esi_err long_name =
            count_points("a name of context", pair->name, ESI_CONTEXT_MAX_CHARS, err);
        const esi_err long_value =
            long_name == ESI_OK
                ? count_points("a value of context", pair->value, ESI_CONTEXT_MAX_CHARS, err)
                : long_name;
        if (long_value != ESI_OK) {
            return long_value;
        }
    }
    return code;
}

static esi_err make_turns(struct scenario *scenario, size_t count, esi_error *err) {
    if (count == 0 || count > SCENARIO_TURNS_MAX) {
        return fail(err, count == 0 ? ESI_EINVAL : ESI_ETOOBIG, NULL,
                    "a scenario has 1 to %d turns, not %zu", SCENARIO_TURNS_MAX, count);
    }
    scenario->turns = calloc(count, sizeof *scenario->turns);
    return scenario->turns == NULL ? no_memory(err) : ESI_OK;
}

/* The next turn: an object with a message, and what is expected of its reply. */
static esi_err add_turn(struct scenario *scenario, const struct body_value *object,
                        esi_error *err) {
    struct scenario_turn *turn = &scenario->turns[scenario->turn_count];
    esi_err code = read_message(body_member(object, "message"), &turn->message, err);
    const struct body_value *expect = body_member(object, "expect");
    if (code == ESI_OK && expect != NULL) {
        code = expect_read(expect, &turn->expect, err);
    }
    scenario->turn_count++;
    return code;
}

static esi_err read_turns(struct scenario *scenario, const struct body_value *turns,
                          esi_error *err) {
    static const char *const names[] = {"message", "expect", "note", NULL};
    if (body_kind(turns) != BODY_LIST) {
        return fail(err, ESI_EINVAL, NULL, "turns is not a list");
    }
    esi_err code = make_turns(scenario, body_count(turns), err);
    for (const struct body_value *v = body_first(turns); code == ESI_OK && v != NULL;
         v = body_next(v)) {
        if (body_kind(v) != BODY_OBJECT) {
            return fail(err, ESI_EINVAL, NULL, "a turn is not an object");
        }
        code = check_names(v, "a turn", names, err);
        if (code == ESI_OK) {
            code = add_turn(scenario, v, err);
        }
    }
    return code;
}

/* The short form: what was said before, which isn't judged, then one message that is. */
static esi_err read_short(struct scenario *scenario, const struct body_value *root,
                          esi_error *err) {
    const struct body_value *history = body_member(root, "history");
    if (history != NULL && body_kind(history) != BODY_LIST) {
        return fail(err, ESI_EINVAL, NULL, "history is not a list of texts");
    }
    esi_err code = make_turns(scenario, 1 + body_count(history), err);
    for (const struct body_value *v = body_first(history); code == ESI_OK && v != NULL;
         v = body_next(v)) {
        code = read_message(v, &scenario->turns[scenario->turn_count++].message, err);
    }
    return code == ESI_OK ? add_turn(scenario, root, err) : code;
}

static esi_err check_expects(const struct scenario *scenario, esi_error *err) {
    for (size_t i = 0; i < scenario->turn_count; i++) {
        if (scenario->turns[i].expect.given != 0) {
            return ESI_OK;
        }
    }
    return fail(err, ESI_EINVAL, NULL, "the scenario expects nothing");
}

static esi_err read_scenario(struct scenario *scenario, esi_error *err) {
    static const char *const long_names[] = {"id", "role", "context", "turns", "note", NULL};
    static const char *const short_names[] = {"id",      "role",   "context", "history",
                                              "message", "expect", "note",    NULL};
    const struct body_value *root = body_root(scenario->body);
    const struct body_value *turns = body_member(root, "turns");
    esi_err code = check_names(root, turns != NULL ? "a scenario with turns" : "a scenario",
                               turns != NULL ? long_names : short_names, err);
    if (code == ESI_OK) {
        code = read_id(scenario, root, err);
    }
    if (code == ESI_OK) {
        code = read_person(scenario, root, err);
    }
    if (code == ESI_OK) {
        code = turns != NULL ? read_turns(scenario, turns, err) : read_short(scenario, root, err);
    }
    return code == ESI_OK ? check_expects(scenario, err) : code;
}

static void scenario_free(struct scenario *scenario) {
    if (scenario == NULL) {
        return;
    }
    for (size_t i = 0; i < scenario->turn_count; i++) {
        expect_clear(&scenario->turns[i].expect);
    }
    free(scenario->turns);
    body_free(scenario->body);
    free(scenario);
}

/* ---- the file -------------------------------------------------------------------------------- */

static esi_err make_room(struct scenario_set *set, esi_error *err) {
    if (set->count < set->capacity) {
        return ESI_OK;
    }
    if (set->count >= SCENARIOS_MAX) {
        return fail(err, ESI_ETOOBIG, NULL, "more than %d scenarios", SCENARIOS_MAX);
    }
    const size_t capacity = set->capacity == 0 ? 64 : set->capacity * 2;
    struct scenario **items = realloc(set->items, capacity * sizeof *items);
    if (items == NULL) {
        return no_memory(err);
    }
    set->items = items;
    set->capacity = capacity;
    return ESI_OK;
}

/* The scenario of that id; NULL if there is none. */
static struct scenario *find(const struct scenario_set *set, const char *id, size_t size) {
    for (size_t i = 0; i < set->count; i++) {
        if (strlen(set->items[i]->id) == size && memcmp(set->items[i]->id, id, size) == 0) {
            return set->items[i];
        }
    }
    return NULL;
}

/* One line of a file. */
struct line {
    const char *file;
    size_t number;
    const char *text;
    size_t size;
};

static esi_err read_line_into(struct scenario *scenario, const struct scenario_set *set,
                              const struct line *line, esi_error *err) {
    if (line->size > SCENARIO_LINE_MAX_BYTES) {
        return fail(err, ESI_ETOOBIG, NULL, "the line has %zu bytes; %zu are allowed", line->size,
                    SCENARIO_LINE_MAX_BYTES);
    }
    scenario->file = line->file;
    scenario->line = line->number;
    esi_err code = body_parse(line->text, line->size, &scenario->body, err);
    if (code == ESI_OK) {
        code = read_scenario(scenario, err);
    }
    const struct scenario *same =
        code == ESI_OK ? find(set, scenario->id, strlen(scenario->id)) : NULL;
    if (same != NULL) {
        code = fail(err, ESI_EINVAL, NULL, "id \"%s\" is that of %s:%zu, too", same->id, same->file,
                    same->line);
    }
    return code;
}

static esi_err add_line(struct scenario_set *set, const struct line *line, esi_error *err) {
    esi_error why = {0};
    struct scenario *scenario = calloc(1, sizeof *scenario);
    esi_err code = scenario == NULL ? no_memory(&why) : make_room(set, &why);
    if (code == ESI_OK) {
        code = read_line_into(scenario, set, line, &why);
    }
    if (code != ESI_OK) {
        scenario_free(scenario);
        return fail(err, code, NULL, "%s:%zu: %s", line->file, line->number, why.message);
    }
    set->items[set->count++] = scenario;
    return ESI_OK;
}

static bool is_blank(const struct line *line) {
    size_t at = 0;
    while (at < line->size && memchr(" \t\r", line->text[at], 3) != NULL) {
        at++;
    }
    return at == line->size;
}

esi_err scenario_set_add(struct scenario_set *set, const char *file, const char *text, size_t size,
                         esi_error *err) {
    static const char mark[] = "\xEF\xBB\xBF"; /* that some editors begin a file with */
    const size_t skip = size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    struct line line = {.file = file, .number = 1};
    esi_err code = ESI_OK;
    for (size_t from = skip; code == ESI_OK && from < size; line.number++) {
        line.text = text + from;
        const char *end = memchr(line.text, '\n', size - from);
        line.size = end == NULL ? size - from : (size_t)(end - line.text);
        code = is_blank(&line) ? ESI_OK : add_line(set, &line, err);
        from += line.size + 1;
    }
    return code;
}

void scenario_set_clear(struct scenario_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        scenario_free(set->items[i]);
    }
    free(set->items);
    *set = (struct scenario_set){0};
}

esi_err scenario_set_choose(struct scenario_set *set, const char *ids, esi_error *err) {
    for (size_t i = 0; i < set->count; i++) {
        set->items[i]->chosen = false;
    }
    for (const char *id = ids; *id != '\0';) {
        const size_t size = strcspn(id, ",");
        struct scenario *scenario = find(set, id, size);
        if (scenario == NULL) {
            return fail(err, ESI_ENOTFOUND, NULL, "there is no scenario \"%.*s\"",
                        (int)(size > 80 ? 80 : size), id);
        }
        scenario->chosen = true;
        id += size + (id[size] == ',');
    }
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i]->chosen) {
            set->items[kept++] = set->items[i];
        } else {
            scenario_free(set->items[i]);
        }
    }
    set->count = kept;
    return ESI_OK;
}
