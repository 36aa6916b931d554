/* The key `handling`: a site mends what was read of a section. */
#include "core/front_parts.h"
#include "core/grow.h"
#include "core/roles.h"

#define VALUE_MAX 1000
#define TRIES_MAX 20

static const struct {
    const char *name;
    enum front_mend_key key;
} keys[] = {
    {"steps", FRONT_MEND_STEPS},
    {"step", FRONT_MEND_STEPS},
    {"say", FRONT_MEND_SAY},
    {"tell", FRONT_MEND_SAY},
    {"ask", FRONT_MEND_ASK},
    {"capture", FRONT_MEND_CAPTURE},
    {"collect", FRONT_MEND_CAPTURE},
    {"never", FRONT_MEND_NEVER},
    {"escalate", FRONT_MEND_ESCALATE},
    {"escalate_when", FRONT_MEND_ESCALATE},
    {"tries", FRONT_MEND_TRIES},
    {"tier", FRONT_MEND_TIER},
    {"severity", FRONT_MEND_SEVERITY},
    {"who", FRONT_MEND_WHO},
    {"roles", FRONT_MEND_WHO},
    {"ignore", FRONT_MEND_IGNORE},
    {"statement", FRONT_MEND_STATEMENT},
    {"order", FRONT_MEND_ORDER},
};
#define KEYS_SAID                                                                                  \
    "section, steps, say, ask, capture, never, escalate, tries, tier, severity, who, ignore, "     \
    "statement, order"

static bool may_add(enum front_mend_key key) {
    return key <= FRONT_MEND_ESCALATE;
}

/* Of "also_ask" "ask"; *also says that it began so. */
static struct view bare_name(struct view name, bool *also) {
    *also = name.n > 5 && front_name_is(view_slice(name, 0, 5), "also_");
    return *also ? view_slice(name, 5, name.n) : name;
}

static bool key_of(struct view name, enum front_mend_key *out, bool *also) {
    const struct view bare = bare_name(name, also);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (front_name_is(bare, keys[i].name)) {
            *out = keys[i].key;
            return !*also || may_add(*out);
        }
    }
    return false;
}

static bool is_section(struct view name) {
    return front_name_is(name, "section") || front_name_is(name, "heading");
}

/* ---- values ---------------------------------------------------------------------------------- */

/* "2", "Tier 2", "TIER_2", "T2". */
static bool read_tier(struct view value, int32_t *out) {
    int64_t tier = 0;
    const struct view digit = view_slice(value, value.n > 0 ? value.n - 1 : 0, value.n);
    const struct view head = view_trim(view_slice(value, 0, value.n > 0 ? value.n - 1 : 0));
    const bool named = head.n == 0 || front_name_is(head, "tier") || front_name_is(head, "tier_") ||
                       front_name_is(head, "t");
    if (!named || !view_int(digit, 0, ESI_TIER_3, &tier)) {
        return false;
    }
    *out = (int32_t)tier;
    return true;
}

static bool read_severity(struct view value, int32_t *out) {
    for (int32_t i = ESI_SEVERITY_LOW; i <= ESI_SEVERITY_CRITICAL; i++) {
        if (view_eq_nocase(value, view_of(esi_severity_name((esi_severity)i)))) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* NULL, or what the value should have been. */
static const char *read_value(struct front_mend *mend) {
    int64_t tries = 0;
    switch (mend->key) {
    case FRONT_MEND_TRIES:
        if (!view_int(mend->text, 1, TRIES_MAX, &tries)) {
            return "a number from 1 to 20";
        }
        mend->number = (int32_t)tries;
        return NULL;
    case FRONT_MEND_TIER:
        return read_tier(mend->text, &mend->number) ? NULL : "a number from 0 to 3";
    case FRONT_MEND_SEVERITY:
        return read_severity(mend->text, &mend->number) ? NULL : "low, medium, high or critical";
    case FRONT_MEND_WHO:
        mend->roles = roles_of_text(mend->text);
        return mend->roles != 0 ? NULL : "a role, as instructor";
    case FRONT_MEND_STEPS:
    case FRONT_MEND_SAY:
    case FRONT_MEND_ASK:
    case FRONT_MEND_CAPTURE:
    case FRONT_MEND_NEVER:
    case FRONT_MEND_ESCALATE:
    case FRONT_MEND_IGNORE:
    case FRONT_MEND_STATEMENT:
    case FRONT_MEND_ORDER:
        break;
    }
    return NULL;
}

/* ---- entries --------------------------------------------------------------------------------- */

static void add_mend(struct front_reader *reader, const struct front_mend *mend) {
    struct front *front = reader->front;
    if (front->mend_count == FRONT_LIST_MAX) {
        front_problem(reader, "line %d: handling: more than %d values; the rest isn't read",
                      (int)mend->line, FRONT_LIST_MAX);
        return;
    }
    struct front_mend *room =
        grow(reader->arena, front->mends, front->mend_count, &reader->mend_cap, sizeof *room);
    if (room == NULL) {
        reader->memory = true;
        return;
    }
    front->mends = room;
    front->mends[front->mend_count++] = *mend;
}

void front_mend_line(struct front_reader *reader, struct view section, struct view text,
                     int32_t line) {
    const struct front_mend mend = {.section = front_tidy(reader, section),
                                    .key = FRONT_MEND_ORDER,
                                    .also = true,
                                    .text = front_tidy(reader, text),
                                    .line = line};
    if (mend.text.n > VALUE_MAX) {
        front_problem(reader, "line %d: handling: longer than %d bytes", (int)line, VALUE_MAX);
    } else if (mend.text.n > 0) {
        add_mend(reader, &mend);
    }
}

static void take_row(struct front_reader *reader, struct view section,
                     const struct front_row *row) {
    struct front_mend mend = {
        .section = section, .text = front_tidy(reader, row->value), .line = row->line};
    const int n = (int)(row->name.n < 40 ? row->name.n : 40);
    if (is_section(row->name)) {
        return;
    }
    if (!key_of(row->name, &mend.key, &mend.also)) {
        front_problem(reader, "line %d: handling: \"%.*s\" isn't known; known are " KEYS_SAID,
                      (int)row->line, n, row->name.p);
        return;
    }
    if (mend.text.n == 0 || mend.text.n > VALUE_MAX) {
        front_problem(reader, "line %d: handling: \"%.*s\" %s", (int)row->line, n, row->name.p,
                      mend.text.n == 0 ? "is empty" : "is longer than 1000 bytes");
        return;
    }
    const char *wanted = read_value(&mend);
    if (wanted != NULL) {
        front_problem(reader, "line %d: handling: \"%.*s\" is to be %s, not \"%.*s\"",
                      (int)row->line, n, row->name.p, wanted,
                      (int)(mend.text.n < 40 ? mend.text.n : 40), mend.text.p);
        return;
    }
    add_mend(reader, &mend);
}

/* Is it an entry in the short form, "- Heading: order"? */
static bool is_short(const struct front_entry *entry) {
    for (size_t i = 0; i < entry->count; i++) {
        enum front_mend_key key;
        bool also;
        if (key_of(entry->rows[i].name, &key, &also)) {
            return false;
        }
    }
    return true;
}

void front_mend_entry(struct front_reader *reader, const struct front_entry *entry) {
    struct view section = entry->section;
    for (size_t i = 0; i < entry->count && section.n == 0; i++) {
        section =
            is_section(entry->rows[i].name) ? front_tidy(reader, entry->rows[i].value) : section;
    }
    const bool brief = section.n == 0 && is_short(entry);
    if (section.n == 0 && !brief && entry->count > 0) {
        front_problem(reader, "line %d: handling: this entry names no section",
                      (int)entry->rows[0].line);
        return;
    }
    for (size_t i = 0; i < entry->count && !reader->memory; i++) {
        const struct front_row *row = &entry->rows[i];
        if (brief) {
            front_mend_line(reader, row->name, row->value, row->line);
        } else {
            take_row(reader, section, row);
        }
    }
}

void front_mend_row(struct front_reader *reader, struct front_entry *entry,
                    const struct front_row *row) {
    struct front_row *room =
        entry->count < FRONT_LIST_MAX
            ? grow(reader->arena, entry->rows, entry->count, &entry->cap, sizeof *room)
            : NULL;
    const char *value = arena_str(reader->arena, row->value);
    if (room == NULL || value == NULL) {
        reader->memory = reader->memory || entry->count < FRONT_LIST_MAX;
        return;
    }
    entry->rows = room;
    entry->rows[entry->count] = *row;
    entry->rows[entry->count++].value = (struct view){value, row->value.n};
}
