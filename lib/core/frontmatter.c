#include "core/frontmatter.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "base/error.h"
#include "core/front_parts.h"
#include "core/grow.h"
#include "core/roles.h"

/* ---- keys ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum front_key key;
} keys[] = {
    {"article_id", FRONT_ID},
    {"audience", FRONT_ROLES},
    {"categories", FRONT_TAGS},
    {"category", FRONT_TAGS},
    {"date", FRONT_UPDATED},
    {"deprecated_by", FRONT_SUPERSEDED_BY},
    {"doc_id", FRONT_ID},
    {"document_id", FRONT_ID},
    {"handling", FRONT_HANDLING},
    {"id", FRONT_ID},
    {"kb_id", FRONT_ID},
    {"keywords", FRONT_TAGS},
    {"lang", FRONT_LANGUAGE},
    {"language", FRONT_LANGUAGE},
    {"last_modified", FRONT_UPDATED},
    {"last_reviewed", FRONT_UPDATED},
    {"last_updated", FRONT_UPDATED},
    {"modified", FRONT_UPDATED},
    {"name", FRONT_TITLE},
    {"obsoletes", FRONT_SUPERSEDES},
    {"related", FRONT_RELATED},
    {"related_documents", FRONT_RELATED},
    {"replaced_by", FRONT_SUPERSEDED_BY},
    {"replaces", FRONT_SUPERSEDES},
    {"rev", FRONT_VERSION},
    {"revision", FRONT_VERSION},
    {"role", FRONT_ROLES},
    {"roles", FRONT_ROLES},
    {"see_also", FRONT_RELATED},
    {"state", FRONT_STATUS},
    {"status", FRONT_STATUS},
    {"superseded_by", FRONT_SUPERSEDED_BY},
    {"supersedes", FRONT_SUPERSEDES},
    {"tag", FRONT_TAGS},
    {"tags", FRONT_TAGS},
    {"title", FRONT_TITLE},
    {"updated", FRONT_UPDATED},
    {"updated_at", FRONT_UPDATED},
    {"version", FRONT_VERSION},
    {"visibility", FRONT_ROLES},
};

static char key_fold(char c) {
    if (c == '-' || c == ' ') {
        return '_';
    }
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool front_name_is(struct view name, const char *known) {
    size_t same = 0;
    while (same < name.n && known[same] != '\0' && key_fold(name.p[same]) == known[same]) {
        same++;
    }
    return same == name.n && known[same] == '\0';
}

enum front_key front_key_of(struct view name) {
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (front_name_is(name, keys[i].name)) {
            return keys[i].key;
        }
    }
    return FRONT_UNKNOWN;
}

bool front_key_is_list(enum front_key key) {
    return key == FRONT_TAGS || key == FRONT_SUPERSEDES || key == FRONT_RELATED ||
           key == FRONT_HANDLING || key == FRONT_ROLES;
}

void front_problem(struct front_reader *reader, const char *format, ...) {
    struct front *front = reader->front;
    if (front->problem_count == FRONT_PROBLEMS_MAX) {
        return;
    }
    char line[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    struct view *list = grow(reader->arena, front->problems, front->problem_count,
                             &reader->problem_cap, sizeof *list);
    char *copy = arena_str(reader->arena, view_of(line));
    if (list == NULL || copy == NULL) {
        reader->memory = true;
        return;
    }
    front->problems = list;
    front->problems[front->problem_count++] = view_of(copy);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Runs of white space (a folded scalar's line ends) as one space. */
struct view front_tidy(struct front_reader *reader, struct view value) {
    char *copy = arena_str(reader->arena, view_trim(value));
    if (copy == NULL) {
        reader->memory = true;
        return (struct view){0};
    }
    size_t n = 0;
    for (const char *p = copy; *p != '\0'; p++) {
        const bool space = *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r';
        if (!space || (n > 0 && copy[n - 1] != ' ')) {
            copy[n++] = space ? ' ' : *p;
        }
    }
    copy[n] = '\0';
    return (struct view){copy, n};
}

static struct view lower_copy(struct front_reader *reader, struct view value) {
    char *copy = arena_str(reader->arena, value);
    if (copy == NULL) {
        reader->memory = true;
        return (struct view){0};
    }
    for (char *p = copy; *p != '\0'; p++) {
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
    }
    return view_of(copy);
}

static void add(struct front_reader *reader, struct view **list, size_t *count, size_t *cap,
                struct view value) {
    if (*count == FRONT_LIST_MAX) {
        return;
    }
    struct view *room = grow(reader->arena, *list, *count, cap, sizeof *room);
    if (room == NULL) {
        reader->memory = true;
        return;
    }
    *list = room;
    (*list)[(*count)++] = value;
}

static struct view language_code(struct front_reader *reader, struct view value) {
    static const char *const names[][2] = {
        {"english", "en"}, {"german", "de"},    {"deutsch", "de"}, {"french", "fr"},
        {"spanish", "es"}, {"italian", "it"},   {"dutch", "nl"},   {"portuguese", "pt"},
        {"russian", "ru"}, {"ukrainian", "uk"}, {"polish", "pl"},  {"chinese", "zh"},
        {"korean", "ko"},  {"japanese", "ja"},  {"arabic", "ar"},  {"turkish", "tr"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (view_eq_nocase(value, view_of(names[i][0]))) {
            return view_of(names[i][1]);
        }
    }
    if (value.n == 2 || (value.n > 2 && (value.p[2] == '-' || value.p[2] == '_'))) {
        return lower_copy(reader, view_slice(value, 0, 2));
    }
    front_problem(reader, "language \"%.*s\" isn't known: use its two letters, as \"en\"",
                  (int)(value.n < 40 ? value.n : 40), value.p);
    return (struct view){0};
}

static void take_roles(struct front_reader *reader, struct view value) {
    const uint32_t roles = view_eq_nocase(value, VIEW("internal")) ? roles_of_word(VIEW("staff"))
                                                                   : roles_of_text(value);
    if (roles == 0) {
        front_problem(reader, "audience \"%.*s\" names no role that is known",
                      (int)(value.n < 60 ? value.n : 60), value.p);
        return;
    }
    reader->front->roles |= roles;
}

/* Takes a date; of several ("date" and "last_updated") the newest counts. */
static void take_date(struct front_reader *reader, struct view value) {
    const struct view date = front_date(value, reader->arena);
    struct front *front = reader->front;
    if (date.n == 0) {
        front_problem(reader, "date \"%.*s\" can't be read: write it as 2026-11-22",
                      (int)(value.n < 40 ? value.n : 40), value.p);
        front->updated = front->updated.n == 0 ? value : front->updated;
    } else if (front->updated.n == 0 || front_date(front->updated, reader->arena).n == 0 ||
               view_cmp(date, front->updated) > 0) {
        front->updated = date;
    }
}

/* "Heading: order", as one value of `handling`. */
static void take_line(struct front_reader *reader, struct view value) {
    const size_t colon = view_find(value, VIEW(": "), 0);
    if (colon == SIZE_MAX) {
        front_problem(reader, "line %d: handling: \"%.*s\" isn't \"Heading: order\"",
                      (int)reader->line, (int)(value.n < 60 ? value.n : 60), value.p);
        return;
    }
    front_mend_line(reader, view_slice(value, 0, colon), view_slice(value, colon + 1, value.n),
                    reader->line);
}

static void take_one(struct front_reader *reader, enum front_key key, struct view value) {
    struct front *f = reader->front;
    switch (key) {
    case FRONT_TAGS:
        add(reader, &f->tags, &f->tag_count, &reader->tag_cap, value);
        break;
    case FRONT_SUPERSEDES:
        add(reader, &f->supersedes, &f->supersedes_count, &reader->supersedes_cap, value);
        break;
    case FRONT_RELATED:
        add(reader, &f->related, &f->related_count, &reader->related_cap, value);
        break;
    case FRONT_HANDLING:
        take_line(reader, value);
        break;
    case FRONT_ROLES:
        take_roles(reader, value);
        break;
    case FRONT_UPDATED:
        take_date(reader, value);
        break;
    case FRONT_LANGUAGE:
        f->language = language_code(reader, value);
        break;
    case FRONT_STATUS:
        f->status = f->status.n == 0 ? lower_copy(reader, value) : f->status;
        break;
    case FRONT_ID:
        f->id = f->id.n == 0 ? value : f->id;
        break;
    case FRONT_TITLE:
        f->title = f->title.n == 0 ? value : f->title;
        break;
    case FRONT_VERSION:
        f->version = f->version.n == 0 ? value : f->version;
        break;
    case FRONT_SUPERSEDED_BY:
        f->superseded_by = f->superseded_by.n == 0 ? value : f->superseded_by;
        break;
    case FRONT_UNKNOWN:
        break;
    }
}

static bool is_nothing(struct view value) {
    return value.n == 0 || view_eq(value, VIEW("~")) || view_eq_nocase(value, VIEW("null")) ||
           view_eq_nocase(value, VIEW("none")) || view_eq_nocase(value, VIEW("n/a"));
}

void front_take(struct front_reader *reader, enum front_key key, struct view value) {
    if (key == FRONT_UNKNOWN) {
        return;
    }
    struct view all = front_tidy(reader, value);
    const bool split = front_key_is_list(key) && key != FRONT_HANDLING && key != FRONT_ROLES;
    struct view piece;
    while (split && view_split(&all, ',', &piece)) {
        piece = view_trim(piece);
        if (!is_nothing(piece)) {
            take_one(reader, key, piece);
        }
    }
    if (!split && !is_nothing(all)) {
        take_one(reader, key, all);
    }
}

/* ---- YAML ------------------------------------------------------------------------------------ */

/* Where in the key `handling` a mapping or list stands. */
enum place {
    PLACE_NONE,
    PLACE_LIST,     /* its entries */
    PLACE_HEADINGS, /* a mapping from headings to entries */
    PLACE_ENTRY,    /* one entry */
    PLACE_VALUES,   /* the values of one key of an entry */
    PLACE_LINES,    /* the orders under one heading */
    PLACE_LOST      /* deeper than anything is read */
};

struct level {
    bool mapping;
    bool known_here; /* keys of this mapping are looked up */
    bool have_key;
    enum front_key key; /* of the value that comes next, or of the list around */
    struct view key_text;
    enum place place;
};

struct walk {
    struct front_reader *reader;
    struct front_entry entry; /* the one at work */
    struct level levels[FRONT_DEPTH + 1];
    size_t depth;
};

/* Mappings that only group what belongs to the document. */
static bool is_group(struct view name) {
    static const char *const groups[] = {"meta", "metadata", "document", "doc", "kb", "article"};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (view_eq_nocase(name, view_of(groups[i]))) {
            return true;
        }
    }
    return false;
}

static enum place place_of(const struct level *up, bool mapping) {
    switch (up->place) {
    case PLACE_NONE:
        return !up->known_here || up->key != FRONT_HANDLING ? PLACE_NONE
               : mapping                                    ? PLACE_HEADINGS
                                                            : PLACE_LIST;
    case PLACE_LIST:
        return mapping ? PLACE_ENTRY : PLACE_LOST;
    case PLACE_HEADINGS:
        return mapping ? PLACE_ENTRY : PLACE_LINES;
    case PLACE_ENTRY:
        return mapping ? PLACE_LOST : PLACE_VALUES;
    case PLACE_VALUES:
    case PLACE_LINES:
    case PLACE_LOST:
        break;
    }
    return PLACE_LOST;
}

static bool walk_push(struct walk *walk, bool mapping) {
    if (walk->depth == FRONT_DEPTH) {
        return false;
    }
    const struct level *up = walk->depth == 0 ? NULL : &walk->levels[walk->depth - 1];
    struct level *level = &walk->levels[walk->depth++];
    *level = (struct level){.mapping = mapping};
    if (up == NULL) {
        level->known_here = mapping;
        return true;
    }
    level->key = up->key;
    level->place = place_of(up, mapping);
    level->known_here = mapping && up->known_here && up->mapping && is_group(up->key_text);
    if (!mapping) {
        level->key_text = up->key_text;
    }
    if (level->place == PLACE_ENTRY) {
        walk->entry = (struct front_entry){.section = up->place == PLACE_HEADINGS
                                                          ? front_tidy(walk->reader, up->key_text)
                                                          : (struct view){0}};
    } else if (level->place == PLACE_LOST && up->place != PLACE_LOST) {
        front_problem(walk->reader, "line %d: handling: nested deeper than it may be",
                      (int)walk->reader->line);
    }
    return true;
}

/* A value is complete: the mapping around it waits for a key again. */
static void walk_value_done(struct walk *walk) {
    if (walk->depth > 0 && walk->levels[walk->depth - 1].mapping) {
        struct level *level = &walk->levels[walk->depth - 1];
        level->have_key = false;
        if (level->known_here) {
            level->key = FRONT_UNKNOWN;
        }
    }
}

static void walk_pop(struct walk *walk) {
    if (walk->levels[walk->depth - 1].place == PLACE_ENTRY) {
        front_mend_entry(walk->reader, &walk->entry);
    }
    walk->depth--;
    walk_value_done(walk);
}

static void take_value(struct walk *walk, const struct level *level, struct view text) {
    struct front_reader *reader = walk->reader;
    const struct front_row row = {.name = level->key_text, .value = text, .line = reader->line};
    switch (level->place) {
    case PLACE_HEADINGS:
    case PLACE_LINES:
        front_mend_line(reader, level->key_text, text, reader->line);
        break;
    case PLACE_ENTRY:
    case PLACE_VALUES:
        front_mend_row(reader, &walk->entry, &row);
        break;
    case PLACE_NONE:
        if (!level->mapping || level->known_here) {
            front_take(reader, level->key, text);
        } else if (front_key_is_list(level->key) && front_key_of(level->key_text) == FRONT_ID) {
            front_take(reader, level->key, text); /* of a list of {id: kb-vpn} */
        }
        break;
    case PLACE_LIST:
        front_take(reader, level->key, text);
        break;
    case PLACE_LOST:
        break;
    }
}

static void walk_scalar(struct walk *walk, struct view text) {
    if (walk->depth == 0) {
        return;
    }
    struct level *level = &walk->levels[walk->depth - 1];
    if (level->mapping && !level->have_key) {
        level->have_key = true;
        const char *copy = arena_str(walk->reader->arena, text);
        walk->reader->memory = walk->reader->memory || copy == NULL;
        level->key_text = view_of(copy);
        if (level->known_here) {
            level->key = front_key_of(text);
        }
        return;
    }
    take_value(walk, level, text);
    walk_value_done(walk);
}

enum walk_result { WALK_ON, WALK_END, WALK_REFUSED };

static enum walk_result walk_event(struct walk *walk, const yaml_event_t *event, int32_t first) {
    walk->reader->line = first + (int32_t)event->start_mark.line;
    switch (event->type) {
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return WALK_END;
    case YAML_ALIAS_EVENT:
        front_problem(walk->reader, "front matter: aliases aren't read");
        return WALK_REFUSED;
    case YAML_MAPPING_START_EVENT:
        return walk_push(walk, true) ? WALK_ON : WALK_REFUSED;
    case YAML_SEQUENCE_START_EVENT:
        return walk_push(walk, false) ? WALK_ON : WALK_REFUSED;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        walk_pop(walk);
        return WALK_ON;
    case YAML_SCALAR_EVENT:
        walk_scalar(
            walk, (struct view){(const char *)event->data.scalar.value, event->data.scalar.length});
        return WALK_ON;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_START_EVENT:
        return WALK_ON;
    }
    return WALK_ON;
}

/* false: it isn't YAML that we take; why stands in the problems. */
static bool read_yaml(struct front_reader *reader, struct view block, int32_t first) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        reader->memory = true;
        return false;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)block.p, block.n);
    struct walk *walk = ARENA_NEW(reader->arena, struct walk);
    enum walk_result result = walk == NULL ? WALK_REFUSED : WALK_ON;
    reader->memory = reader->memory || walk == NULL;
    if (walk != NULL) {
        walk->reader = reader;
    }
    while (result == WALK_ON && !reader->memory) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            reader->memory = reader->memory || parser.error == YAML_MEMORY_ERROR;
            front_problem(reader, "line %d: front matter isn't YAML: %s",
                          (int)(first + (int32_t)parser.problem_mark.line),
                          parser.problem == NULL ? "can't be read" : parser.problem);
            result = WALK_REFUSED;
            break;
        }
        result = walk_event(walk, &event, first);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return result == WALK_END;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int32_t line_at(struct view document, size_t at) {
    int32_t line = 1;
    for (size_t i = 0; i < at && i < document.n; i++) {
        line += document.p[i] == '\n' ? 1 : 0;
    }
    return line;
}

static void read_extent(struct front_reader *reader, struct view document,
                        const struct front_extent *e) {
    if (!e->opened) {
        front_problem(reader, "front matter doesn't begin with \"---\"");
    } else if (!e->closed) {
        front_problem(reader, "front matter never closes: read as far as it looks like keys");
    }
    const struct view block = view_slice(document, e->from, e->to);
    struct front *front = reader->front;
    const int32_t first = line_at(document, e->from);
    if (e->closed && block.n <= FRONT_MAX && read_yaml(reader, block, first)) {
        return;
    }
    if (!reader->memory) {
        struct view *problems = front->problems;
        const size_t problem_count = front->problem_count;
        const size_t cap = reader->problem_cap;
        *front = (struct front){.problems = problems, .problem_count = problem_count};
        *reader = (struct front_reader){
            .arena = reader->arena, .front = front, .problem_cap = cap, .line = first};
        front_read_lines(reader, block);
    }
}

esi_err front_read(struct view document, esi_arena *arena, struct front *out, esi_error *err) {
    struct front front = {0};
    struct front_reader reader = {.arena = arena, .front = &front};
    const struct front_extent e = front_extent(document);
    if (e.found) {
        read_extent(&reader, document, &e);
    } else {
        front_problem(&reader, "no front matter");
    }
    front.roles = roles_audience(front.roles);
    front.body = e.body;
    front.body_line = line_at(document, e.body);
    if (reader.memory) {
        return fail_memory(err, "core/frontmatter");
    }
    *out = front;
    return ESI_OK;
}

struct view front_default_id(struct view source) {
    size_t from = 0;
    for (size_t i = 0; i < source.n; i++) {
        if (source.p[i] == '/' || source.p[i] == '\\') {
            from = i + 1;
        }
    }
    const struct view name = view_slice(source, from, source.n);
    size_t dot = name.n;
    for (size_t i = 1; i < name.n; i++) {
        dot = name.p[i] == '.' ? i : dot;
    }
    return view_slice(name, 0, dot);
}
