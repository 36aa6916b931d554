/* What a site writes under `handling` in front matter, put over what was read. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/grow.h"
#include "core/handling_parts.h"
#include "core/roles.h"

#define PROBLEMS_MAX 32

struct mending {
    struct hand *h;
    const struct front *front;
    const struct chunk *chunks;
    size_t count;
    struct handling_section *sections;
    struct view *problems;
    size_t problem_count, problem_cap;
};

static void problem(struct mending *m, const struct front_mend *mend, const char *says,
                    struct view what) {
    const int n = (int)(what.n < 80 ? what.n : 80);
    const struct view line = hand_format(m->h, "line %d: handling: %s \"%.*s\"", (int)mend->line,
                                         says, n, what.p == NULL ? "" : what.p);
    if (m->problem_count == PROBLEMS_MAX) {
        return;
    }
    struct view *list =
        grow(m->h->arena, m->problems, m->problem_count, &m->problem_cap, sizeof *list);
    if (list == NULL) {
        m->h->memory = true;
        return;
    }
    m->problems = list;
    m->problems[m->problem_count++] = line;
}

/* ---- which section --------------------------------------------------------------------------- */

/* Without a number before it ("3.2 ") and marks behind it. */
static struct view bare_heading(struct view heading) {
    size_t i = 0;
    heading = view_trim(heading);
    while (i < heading.n && ((heading.p[i] >= '0' && heading.p[i] <= '9') ||
                             (i > 0 && (heading.p[i] == '.' || heading.p[i] == ')')))) {
        i++;
    }
    if (i > 0 && i < heading.n && heading.p[i] == ' ') {
        heading = view_trim(view_slice(heading, i, heading.n));
    }
    while (heading.n > 0 && strchr(":?.!", heading.p[heading.n - 1]) != NULL) {
        heading = view_trim(view_slice(heading, 0, heading.n - 1));
    }
    return heading;
}

static bool same_heading(struct view a, struct view b) {
    return view_eq_nocase(view_trim(a), view_trim(b)) ||
           view_eq_nocase(bare_heading(a), bare_heading(b));
}

/* Does the path end in `name`, which may be a path itself? */
static bool is_named(const struct chunk *chunk, struct view name) {
    return same_heading(chunk->title, name) ||
           (chunk->heading.n > name.n &&
            view_ends(view_slice(chunk->heading, 0, chunk->heading.n - name.n), VIEW(" > ")) &&
            view_eq_nocase(view_slice(chunk->heading, chunk->heading.n - name.n, chunk->heading.n),
                           name)) ||
           view_eq_nocase(chunk->heading, name);
}

static bool continues(const struct mending *m, size_t i) {
    return i > 0 && view_eq(m->chunks[i].heading, m->chunks[i - 1].heading);
}

/* The first chunk of the section; count where there is none or more than one. */
static size_t find_section(struct mending *m, const struct front_mend *mend) {
    size_t found = m->count;
    for (size_t i = 0; i < m->count; i++) {
        if (continues(m, i) || !is_named(&m->chunks[i], mend->section)) {
            continue;
        }
        if (found < m->count) {
            problem(m, mend,
                    "several sections have this heading; write the one above it first, "
                    "as \"Above > Heading\":",
                    mend->section);
            return m->count;
        }
        found = i;
    }
    if (found == m->count) {
        problem(m, mend, "there is no section", mend->section);
    }
    return found;
}

static size_t section_end(const struct mending *m, size_t from) {
    size_t end = from + 1;
    while (end < m->count && continues(m, end)) {
        end++;
    }
    return end;
}

/* ---- taking away ----------------------------------------------------------------------------- */

static bool has_kind(const struct note_item *item, enum front_mend_key key) {
    switch (key) {
    case FRONT_MEND_STEPS:
        return item->kind == NOTE_STEP;
    case FRONT_MEND_SAY:
        return item->kind == NOTE_SAY;
    case FRONT_MEND_ASK:
        return item->kind == NOTE_ASK;
    case FRONT_MEND_CAPTURE:
        return item->kind == NOTE_CAPTURE;
    case FRONT_MEND_NEVER:
        return item->kind == NOTE_NEVER;
    case FRONT_MEND_ESCALATE:
        return item->kind == NOTE_WHEN && (item->actions & NOTE_ESCALATE) != 0;
    case FRONT_MEND_TRIES:
    case FRONT_MEND_TIER:
    case FRONT_MEND_SEVERITY:
    case FRONT_MEND_WHO:
    case FRONT_MEND_IGNORE:
    case FRONT_MEND_STATEMENT:
    case FRONT_MEND_ORDER:
        break;
    }
    return false;
}

/* Takes the items of a kind out of one chunk's note; where the first of them stood. */
static size_t take_out(struct note *note, enum front_mend_key key) {
    size_t kept = 0, first = SIZE_MAX;
    for (size_t i = 0; i < note->count; i++) {
        if (!note->items[i].mended && has_kind(&note->items[i], key)) {
            first = first == SIZE_MAX ? kept : first;
        } else {
            note->items[kept++] = note->items[i];
        }
    }
    note->count = kept;
    return first == SIZE_MAX ? kept : first;
}

/* Moves the items from `from` on to `to`, before what stands there. */
static void move_items(struct hand *h, size_t from, size_t to) {
    struct note *note = &h->section->note;
    const size_t more = note->count - from;
    struct note_item *moved = ARENA_ARRAY(h->arena, more, struct note_item);
    if (moved == NULL) {
        h->memory = true;
        return;
    }
    if (to < from && more > 0) {
        memcpy(moved, &note->items[from], more * sizeof *moved);
        memmove(&note->items[to + more], &note->items[to], (from - to) * sizeof *moved);
        memcpy(&note->items[to], moved, more * sizeof *moved);
    }
}

/* ---- sentences by their beginning ------------------------------------------------------------ */

/* Marks of Markdown don't count: they aren't in what was read. */
static bool begins_with(struct view text, struct view begin) {
    size_t i = 0;
    for (size_t k = 0; k < begin.n; k++) {
        if (begin.p[k] == '*' || begin.p[k] == '_') {
            continue;
        }
        while (i < text.n && (text.p[i] == '*' || text.p[i] == '_')) {
            i++;
        }
        if (i >= text.n ||
            !view_eq_nocase(view_slice(text, i, i + 1), view_slice(begin, k, k + 1))) {
            return false;
        }
        i++;
    }
    return true;
}

/* Cuts the sentence out of what a user may read. */
static void cut_text(struct mending *m, struct handling_section *section, struct view begin) {
    struct view rest = section->text;
    struct view sentence;
    while (text_sentence(&rest, &sentence)) {
        if (begins_with(sentence, begin)) {
            const size_t from = (size_t)(sentence.p - section->text.p);
            const struct view before = view_trim(view_slice(section->text, 0, from));
            const struct view after =
                view_trim(view_slice(section->text, from + sentence.n, section->text.n));
            section->text =
                hand_format(m->h, "%.*s%s%.*s", (int)before.n, before.p,
                            before.n > 0 && after.n > 0 ? " " : "", (int)after.n, after.p);
            return;
        }
    }
}

/* Takes what was read of a sentence away. Its words as they stand in the document; empty where no
 * sentence begins so. */
static struct view drop_sentence(struct mending *m, struct handling_section *section,
                                 struct view begin) {
    struct note *note = &section->note;
    struct view found = {0};
    size_t kept = 0, unread = 0;
    for (size_t i = 0; i < note->count; i++) {
        const bool match = !note->items[i].mended && begins_with(note->items[i].source, begin);
        found = match ? note->items[i].source : found;
        if (!match) {
            note->items[kept++] = note->items[i];
        }
    }
    note->count = kept;
    for (size_t i = 0; i < note->unread_count; i++) {
        const bool match = begins_with(note->unread[i], begin);
        found = match ? note->unread[i] : found;
        if (!match) {
            note->unread[unread++] = note->unread[i];
        }
    }
    note->unread_count = unread;
    cut_text(m, section, begin);
    return found;
}

static void mend_sentence(struct mending *m, const struct front_mend *mend, size_t from) {
    struct view found = {0};
    size_t at = from;
    for (size_t i = from; i < section_end(m, from) && found.n == 0; i++) {
        found = drop_sentence(m, &m->sections[i], mend->text);
        at = i;
    }
    if (found.n == 0) {
        problem(m, mend, "no sentence of this section begins with", mend->text);
        return;
    }
    if (mend->key == FRONT_MEND_STATEMENT) {
        struct handling_section *section = &m->sections[at];
        m->h->section = section;
        m->h->source = found;
        hand_add(m->h,
                 (struct note_item){.kind = NOTE_FACT, .text = hand_as_sentence(m->h, found)});
        section->text = hand_format(m->h, "%.*s%s%.*s", (int)section->text.n, section->text.p,
                                    section->text.n > 0 ? "\n\n" : "", (int)found.n, found.p);
    }
}

/* ---- putting in ------------------------------------------------------------------------------ */

static bool is_word(struct view text, const char *words) {
    struct view rest = view_of(words);
    struct view word;
    while (view_split(&rest, '|', &word)) {
        if (view_eq_nocase(text, word)) {
            return true;
        }
    }
    return false;
}

static void add_escalation(struct mending *m, const struct front_mend *mend) {
    struct note_item item = {
        .kind = NOTE_WHEN, .actions = NOTE_ESCALATE, .text = VIEW("Escalate."), .for_desk = true};
    struct view condition = mend->text;
    if (is_word(condition, "never|no|false")) {
        return;
    }
    condition = is_word(condition, "always|yes|true") ? (struct view){0} : condition;
    if (view_starts(condition, VIEW("if ")) || view_starts(condition, VIEW("when "))) {
        condition = view_slice(condition, view_find(condition, VIEW(" "), 0) + 1, condition.n);
    }
    hand_put_condition(m->h, &item, condition);
    hand_add(m->h, item);
}

static void add_text(struct mending *m, const struct front_mend *mend) {
    static const enum note_kind kinds[] = {
        [FRONT_MEND_STEPS] = NOTE_STEP,  [FRONT_MEND_SAY] = NOTE_SAY,
        [FRONT_MEND_ASK] = NOTE_ASK,     [FRONT_MEND_CAPTURE] = NOTE_CAPTURE,
        [FRONT_MEND_NEVER] = NOTE_NEVER,
    };
    struct note_item item = {.kind = kinds[mend->key], .for_desk = mend->key != FRONT_MEND_STEPS};
    const struct view part = hand_as_part(m->h, mend->text);
    if (mend->key == FRONT_MEND_CAPTURE) {
        item.text = part;
    } else if (mend->key == FRONT_MEND_ASK && !view_ends(mend->text, VIEW("?"))) {
        item.text = hand_as_question(m->h, mend->text);
    } else {
        item.text = hand_as_sentence(m->h, mend->text);
    }
    if (mend->key == FRONT_MEND_STEPS) {
        for (size_t i = 0; i < m->h->section->note.count; i++) {
            const struct note_item *before = &m->h->section->note.items[i];
            item.order = before->kind == NOTE_STEP && before->order > item.order ? before->order
                                                                                 : item.order;
        }
        item.order++;
    }
    hand_add(m->h, item);
}

static void add_order(struct mending *m, const struct front_mend *mend) {
    const struct hand_scope desk = {.set = true, .desk = true};
    const size_t unread = m->h->section->note.unread_count;
    m->h->order = 0;
    if (hand_sentence(m->h, mend->text, &desk, false) == STRANGE) {
        m->h->section->note.unread_count = unread;
        problem(m, mend, "this order isn't understood:", mend->text);
    }
}

/* Is it the first of its key for its section that stands in place of what was read? */
static bool replaces(const struct mending *m, size_t at) {
    const struct front_mend *mend = &m->front->mends[at];
    for (size_t i = 0; i < at; i++) {
        const struct front_mend *before = &m->front->mends[i];
        if (before->key == mend->key && !before->also &&
            same_heading(before->section, mend->section)) {
            return false;
        }
    }
    return !mend->also;
}

static void put_in(struct mending *m, size_t at, size_t from) {
    const struct front_mend *mend = &m->front->mends[at];
    struct hand *h = m->h;
    struct note *note = &m->sections[from].note;
    size_t to = note->count;
    if (replaces(m, at)) {
        to = take_out(note, mend->key);
        for (size_t i = from + 1; i < section_end(m, from); i++) {
            (void)take_out(&m->sections[i].note, mend->key);
        }
    } else if (!mend->also) { /* behind those before it */
        for (size_t i = 0; i < note->count; i++) {
            to = note->items[i].mended && has_kind(&note->items[i], mend->key) ? i + 1 : to;
        }
    }
    const size_t end = note->count;
    h->section = &m->sections[from];
    h->item_cap = note->count;
    if (mend->key == FRONT_MEND_ESCALATE) {
        add_escalation(m, mend);
    } else if (mend->key == FRONT_MEND_ORDER) {
        add_order(m, mend);
    } else {
        add_text(m, mend);
    }
    move_items(h, end, to);
}

/* ---- changing -------------------------------------------------------------------------------- */

static void set_tries(struct mending *m, const struct front_mend *mend, size_t from) {
    bool any = false;
    const int32_t n = mend->number;
    const struct view condition =
        n == 1 ? VIEW("one try has failed") : hand_format(m->h, "%d tries have failed", (int)n);
    for (size_t i = from; i < section_end(m, from); i++) {
        for (size_t k = 0; k < m->sections[i].note.count; k++) {
            struct note_item *item = &m->sections[i].note.items[k];
            if (item->kind == NOTE_WHEN && (item->actions & NOTE_ESCALATE) != 0 &&
                (item->tries > 0 || item->all_tried)) {
                item->tries = n;
                item->all_tried = false;
                item->condition = condition;
                item->mended = any = true;
            }
        }
    }
    if (!any) {
        m->h->section = &m->sections[from];
        m->h->item_cap = m->sections[from].note.count;
        hand_add(m->h, (struct note_item){.kind = NOTE_WHEN,
                                          .actions = NOTE_ESCALATE,
                                          .text = VIEW("Escalate."),
                                          .condition = condition,
                                          .tries = n,
                                          .for_desk = true});
    }
}

static void set_action(struct mending *m, const struct front_mend *mend, size_t from) {
    bool any = false;
    const bool tier = mend->key == FRONT_MEND_TIER;
    for (size_t i = from; i < section_end(m, from); i++) {
        for (size_t k = 0; k < m->sections[i].note.count; k++) {
            struct note_item *item = &m->sections[i].note.items[k];
            if (item->kind != NOTE_WHEN || (item->actions & NOTE_NO_ESCALATE) != 0) {
                continue;
            }
            item->actions |= tier ? NOTE_SET_TIER : NOTE_SET_SEVERITY;
            item->tier = tier ? (esi_tier)mend->number : item->tier;
            item->severity = tier ? item->severity : (esi_severity)mend->number;
            item->text = tier && (item->actions & NOTE_ESCALATE) != 0
                             ? hand_format(m->h, "Escalate to Tier %d.", (int)mend->number)
                             : item->text;
            item->mended = any = true;
        }
    }
    if (!any) {
        problem(m, mend, "nothing says when; add `escalate` to the section", mend->section);
    }
}

static void set_roles(struct mending *m, const struct front_mend *mend, size_t from) {
    uint32_t roles = mend->roles;
    for (size_t i = 0; i < m->front->mend_count; i++) {
        const struct front_mend *other = &m->front->mends[i];
        roles |= other->key == FRONT_MEND_WHO && same_heading(other->section, mend->section)
                     ? other->roles
                     : 0;
    }
    for (size_t i = from; i < section_end(m, from); i++) {
        for (size_t k = 0; k < m->sections[i].note.count; k++) {
            struct note_item *item = &m->sections[i].note.items[k];
            if (item->kind != NOTE_NEVER && item->kind != NOTE_REFER) {
                item->roles = roles_audience(roles);
                item->mended = true;
            }
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Sentences first, since they take away; what changes items last. */
static int turn_of(enum front_mend_key key) {
    switch (key) {
    case FRONT_MEND_IGNORE:
    case FRONT_MEND_STATEMENT:
        return 0;
    case FRONT_MEND_STEPS:
    case FRONT_MEND_SAY:
    case FRONT_MEND_ASK:
    case FRONT_MEND_CAPTURE:
    case FRONT_MEND_NEVER:
    case FRONT_MEND_ESCALATE:
    case FRONT_MEND_ORDER:
        return 1;
    case FRONT_MEND_TRIES:
        return 2;
    case FRONT_MEND_TIER:
    case FRONT_MEND_SEVERITY:
    case FRONT_MEND_WHO:
        break;
    }
    return 3;
}

static void apply(struct mending *m, size_t at) {
    const struct front_mend *mend = &m->front->mends[at];
    const size_t from = find_section(m, mend);
    if (from == m->count) {
        return;
    }
    m->h->line = mend->line;
    m->h->source = mend->text;
    switch (turn_of(mend->key)) {
    case 0:
        mend_sentence(m, mend, from);
        break;
    case 1:
        put_in(m, at, from);
        break;
    case 2:
        set_tries(m, mend, from);
        break;
    default:
        if (mend->key == FRONT_MEND_WHO) {
            set_roles(m, mend, from);
        } else {
            set_action(m, mend, from);
        }
        break;
    }
}

esi_err handling_mend(const struct handling_mended *in, esi_arena *arena, struct view **problems,
                      size_t *problem_count, esi_error *err) {
    struct mending *m = ARENA_NEW(arena, struct mending);
    struct hand *h = ARENA_NEW(arena, struct hand);
    const struct hand_lexicon *lexicon = in->front->mend_count > 0 ? hand_lexicon(arena) : NULL;
    if (in->front->mend_count == 0) {
        *problems = NULL;
        *problem_count = 0;
        return ESI_OK;
    }
    if (m == NULL || h == NULL || lexicon == NULL) {
        return fail_memory(err, "core/handling");
    }
    struct buf unused; /* what is put in isn't text of the document */
    buf_init(&unused, 1);
    *h = (struct hand){
        .arena = arena, .lexicon = lexicon, .front = in->front, .text = &unused, .mended = true};
    *m = (struct mending){.h = h,
                          .front = in->front,
                          .chunks = in->chunks,
                          .count = in->count,
                          .sections = in->sections};
    for (int turn = 0; turn < 4; turn++) {
        for (size_t i = 0; i < in->front->mend_count && !h->memory; i++) {
            if (turn_of(in->front->mends[i].key) == turn) {
                apply(m, i);
            }
        }
    }
    buf_clear(&unused);
    if (h->memory) {
        return fail_memory(err, "core/handling");
    }
    *problems = m->problems;
    *problem_count = m->problem_count;
    return ESI_OK;
}
