#include "core/extract_select.h"

#include "base/error.h"
#include "core/cues.h"
#include "core/phrase.h"
#include "core/roles.h"

#define SIGNATURE 3   /* words in brackets that only say who wrote it */
#define SENDS_AWAY 12 /* words of a sentence that only names another document */

static const char *const origin = "core/extract";

bool select_about_documents(struct view text) {
    static const char *const subjects[] = {"document", "page ",  "pages",   "policy",
                                           "guide",    "manual", "article", "runbook"};
    static const char *const claims[] = {"authoritative",  "authority",         "one holds",
                                         "this holds",     "document holds",    "prevail",
                                         "precedence",     "supersede",         "is the rule for",
                                         "takes priority", "for reference only"};
    bool subject = false;
    bool claim = false;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        subject |= view_find(text, view_of(subjects[i]), 0) != SIZE_MAX;
    }
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        claim |= view_find(text, view_of(claims[i]), 0) != SIZE_MAX;
    }
    /* "(Bram, March)": who wrote it */
    const bool signs = view_starts(view_trim(text), VIEW("(")) && select_words(text) <= SIGNATURE;
    return signs || (subject && claim);
}

void select_add(struct picks *picks, size_t max, struct pick pick) {
    for (size_t i = 0; i < picks->count; i++) {
        if (view_eq_nocase(picks->items[i].text, pick.text)) {
            return;
        }
    }
    if (picks->count < max && picks->count < SELECT_ITEMS_MAX && pick.text.n > 0) {
        picks->items[picks->count++] = pick;
    }
}

void select_say(struct selection *selection, struct pick pick) {
    for (size_t i = 0; i < selection->body_count; i++) {
        if (view_eq_nocase(selection->body[i].text, pick.text)) {
            return;
        }
    }
    if (selection->body_count < SELECT_BODY_MAX && pick.text.n > 0) {
        selection->body[selection->body_count++] = pick;
        selection->steps += pick.kind == NOTE_STEP;
    }
}

bool select_sends_away(const struct selecting *s, const struct pick *pick) {
    for (size_t i = 0; i < s->in->passage_count && pick->kind != NOTE_STEP; i++) {
        const struct view id = s->in->passages[i].document_id;
        if (i != pick->passage && s->out->cites[i] && id.n > 0 &&
            view_find(pick->text, id, 0) != SIZE_MAX && select_words(pick->text) <= SENDS_AWAY) {
            return true;
        }
    }
    return false;
}

void select_tidy(struct selecting *s) {
    size_t kept = 0;
    for (size_t i = 0; i < s->out->body_count; i++) {
        if (!select_sends_away(s, &s->out->body[i])) {
            s->out->body[kept++] = s->out->body[i];
        }
    }
    s->out->body_count = kept;
}

struct pick select_pick(const struct passage *passage, size_t index, size_t at) {
    const struct note_item *item = &passage->note.items[index];
    return (struct pick){.text = item->text,
                         .passage = at,
                         .index = index,
                         .line = item->line,
                         .kind = item->kind,
                         .anyone = item->roles == 0,
                         .code = item->code};
}

static bool has_any(struct view text, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (view_find(text, view_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

bool select_orders_desk(struct view text) {
    static const char *const words[] = {"escalate ",        "escalate.",     "escalate,",
                                        "Escalate ",        "the assistant", "The assistant",
                                        "opening a ticket", "open a ticket", "don't suggest"};
    return has_any(text, words, sizeof(words) / sizeof(words[0]));
}

/* "The section allows two tries": counted by the desk. */
static bool counts_tries(struct view text) {
    return view_find(text, VIEW("allow"), 0) != SIZE_MAX &&
           (view_find(text, VIEW(" tries"), 0) != SIZE_MAX ||
            view_find(text, VIEW(" attempts"), 0) != SIZE_MAX);
}

bool select_about_desk(struct view text) {
    static const char *const words[] = {"escalat",       "Escalat",      "Tier ",
                                        "tier ",         "severity",     "the assistant",
                                        "The assistant", "CRITICAL",     "opening a ticket",
                                        "open a ticket", "don't suggest"};
    return counts_tries(text) || has_any(text, words, sizeof(words) / sizeof(words[0]));
}

/* "Tell the learner ...", and not "tell the exam office". */
static bool tells_user(struct view text) {
    static const char users[] = "user users person people customer customers caller callers "
                                "participant participants guest guests client clients";
    struct view word;
    if (!view_eq_nocase(view_slice(text, 0, 9), VIEW("tell the "))) {
        return false;
    }
    text = view_slice(text, 9, text.n);
    (void)view_split(&text, ' ', &word);
    char form[24];
    const size_t n = word.n < sizeof(form) ? word.n : 0;
    for (size_t i = 0; i < n; i++) {
        form[i] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] - 'A' + 'a' : word.p[i]);
    }
    const struct cue_word cue = {.form = {form, n}};
    return cues_in(&cue, users) || (roles_of_word(cue.form) & 1u << ESI_ROLE_TRAINEE);
}

bool select_third_person(struct view text) {
    static const char *const orders[] = {
        "don't offer",   "don't promise",   "don't suggest",  "don't ask for",   "don't tell",
        "don't advise",  "don't recommend", "don't mention",  "don't argue",     "don't reveal",
        "don't discuss", "don't escalate",  "never offer",    "never promise",   "never suggest",
        "never ask for", "never tell",      "never advise",   "never recommend", "ask the user",
        "do not offer",  "do not promise",  "do not suggest", "do not tell",     "do not ask for"};
    text = view_trim(text);
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        const struct view order = view_of(orders[i]);
        if (view_eq_nocase(view_slice(text, 0, order.n), order)) {
            return true;
        }
    }
    return tells_user(text);
}

esi_err select_handover(struct selecting *s, const struct note_item *when, struct view *out) {
    static const char *const teams[] = {"tier_0", "tier_1", "tier_2", "tier_3"};
    const bool tier =
        (when->actions & NOTE_SET_TIER) && when->tier > ESI_TIER_0 && when->tier <= ESI_TIER_3;
    const bool severity = (when->actions & NOTE_SET_SEVERITY) != 0;
    const struct view team = phrase_of(s->in->policy, teams[tier ? when->tier : ESI_TIER_1]);
    struct buf text;
    buf_init(&text, 400);
    buf_str(&text, "I pass it on to ");
    buf_add(&text, tier ? team : VIEW("a person"));
    if (tier) {
        buf_printf(&text, " (Tier %d)", (int)when->tier);
    }
    if (severity) {
        buf_printf(&text, " with severity %s", esi_severity_name(when->severity));
    }
    const char *copy = text.failed ? NULL : arena_str(s->arena, buf_view(&text));
    buf_clear(&text);
    if (!copy) {
        return fail_memory(s->err, origin);
    }
    *out = view_of(copy);
    return ESI_OK;
}

const struct note_item *select_case_of(const struct note *note, size_t index) {
    const struct note_item *item = &note->items[index];
    for (size_t i = index; i > 0; i--) {
        const struct note_item *symptom = &note->items[i - 1];
        if (symptom->kind == NOTE_SYMPTOM && item->line > 0 &&
            (symptom->line == item->line || (item->group > 0 && symptom->group == item->group))) {
            return symptom;
        }
    }
    return NULL;
}

bool select_other_role(const struct selecting *s, struct view text, uint32_t *roles) {
    struct view rest = view_trim(text);
    struct view first = {0};
    (void)view_split(&rest, ' ', &first);
    while (first.n > 0 &&
           !((first.p[first.n - 1] | 0x20) >= 'a' && (first.p[first.n - 1] | 0x20) <= 'z')) {
        first.n--;
    }
    const struct extract_in *in = s->in;
    uint32_t named = roles_of_word(first);
    named = named ? named : roles_audience(meaning_roles(in->meanings, in->meaning_count, text));
    const size_t behind = view_find(text, VIEW(": "), 0); /* "Making it longer: operators: ..." */
    if (named == 0 && behind < text.n) {
        const struct view rest_of = view_slice(text, behind + 2, text.n);
        const size_t colon = view_find(rest_of, VIEW(":"), 0);
        named = colon < rest_of.n && colon < 24
                    ? roles_audience(roles_of_word(view_slice(rest_of, 0, colon)))
                    : 0;
    }
    const esi_role role = s->in->role == ESI_ROLE_NONE ? ESI_ROLE_TRAINEE : s->in->role;
    if (named == 0 || named == ROLES_EVERYBODY || (named & (1u << role)) ||
        (s->want.kinds & WANT_PERSON) || (roles_of_text(select_asked(s->in)) & named)) {
        return false;
    }
    *roles = named;
    return true;
}

struct view select_asked(const struct extract_in *in) {
    return in->message.n > 0 || !in->issue ? in->message : in->issue->query;
}

bool select_points_back(struct view text) {
    static const char *const words[] = {
        "it",    "it's",   "its",       "they",  "they're", "their", "them", "this",
        "that",  "that's", "these",     "those", "he",      "she",   "both", "then",
        "there", "such",   "otherwise", "so",    "but",     "and",   "also", "after that"};
    text = view_trim(text);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct view word = view_of(words[i]);
        const char after = text.n > word.n ? text.p[word.n] : ' ';
        if (view_eq_nocase(view_slice(text, 0, word.n), word) && (after == ' ' || after == ',')) {
            return true;
        }
    }
    return false;
}

size_t select_words(struct view text) {
    size_t words = 0;
    for (size_t i = 0; i < text.n; i++) {
        words += text.p[i] != ' ' && (i == 0 || text.p[i - 1] == ' ');
    }
    return words;
}

esi_err select_begin(struct selecting *s, struct selection **out) {
    s->out = ARENA_NEW(s->arena, struct selection);
    size_t details = 0;
    for (size_t i = 0; i < s->in->passage_count; i++) {
        details += s->in->passages[i].note.count;
    }
    if (s->out) {
        s->out->cites = ARENA_ARRAY(s->arena, s->in->passage_count + 1, bool);
        s->out->details = ARENA_ARRAY(s->arena, details + 1, struct note_item);
    }
    if (!s->out || !s->out->cites || !s->out->details) {
        return fail_memory(s->err, origin);
    }
    *out = s->out;
    return ESI_OK;
}

/* ---- one passage ----------------------------------------------------------------------------- */

/* "If more than one team is hit, this is LOW. Wait ten minutes.": the advice that goes with a
 * severity falls with it, where more was decided. */
static bool is_overruled(const struct selecting *s, const struct note *note,
                         const struct note_item *item) {
    const struct decision *decision = s->in->decision;
    for (size_t i = 0; decision && decision->escalate && i < note->count; i++) {
        const struct note_item *when = &note->items[i];
        const bool low =
            (when->actions & NOTE_NO_ESCALATE) ||
            (when->actions == NOTE_SET_SEVERITY && when->severity < decision->severity);
        const bool same = view_eq(when->condition, item->condition) ||
                          view_find(item->text, when->condition, 0) == 3; /* "If ..., it ..." */
        if (when->kind == NOTE_WHEN && low && when->condition.n > 0 && same) {
            return true;
        }
    }
    return false;
}

/* Of a list with a line for each kind of people ("Floor managers: ..."): the line of others. */
static bool is_others(const struct selecting *s, const struct note *note,
                      const struct note_item *item) {
    const struct note_item *named = select_case_of(note, (size_t)(item - note->items));
    uint32_t roles = named ? meaning_roles(s->in->meanings, s->in->meaning_count, named->text) : 0;
    for (size_t i = (size_t)(item - note->items); roles == 0 && item->line > 0; i--) {
        if (note->items[i].line != item->line) {
            break;
        }
        roles = meaning_roles(s->in->meanings, s->in->meaning_count, note->items[i].text);
        if (i == 0) {
            break;
        }
    }
    return roles != 0 && !heard_role(roles_audience(roles), s->in->role) &&
           !(s->want.kinds & WANT_PERSON);
}

/* May the item be said to this person now, and with its condition or without? */
esi_err select_admit(struct selecting *s, const struct passage *p, const struct note_item *item,
                     bool *out, struct view *condition) {
    *out = heard_role(item->roles, s->in->role) && item->text.n > 0;
    *condition = (struct view){0};
    *out = *out && !is_overruled(s, &p->note, item) && !is_others(s, &p->note, item);
    if (!*out || (item->condition.n == 0 && item->exception.n == 0)) {
        return ESI_OK;
    }
    enum condition_state state = CONDITION_OPEN;
    const esi_err code = heard_condition(s->heard, &p->note, item, &state, s->err);
    if (code == ESI_OK) {
        *out = state != CONDITION_CONTRADICTED;
        *condition = state == CONDITION_MET ? (struct view){0} : item->condition;
    }
    return code;
}

/* "I deleted my files by resetting the machine": nobody wants to be told to reset it. */
static esi_err harms(struct selecting *s, struct view step, bool *out) {
    static const char harmless[] =
        "go get find look see put take make do use run copi open start ask "
        "check tell save write work read list come sign share report";
    static const char losses[] = "lost lose losing deleted gone restore recover undo overwritten "
                                 "wiped erased vanished disappeared";
    const struct view text = select_asked(s->in);
    struct cue_text words;
    struct step_words told;
    struct step_words asked;
    bool loss = false;
    *out = false;
    esi_err code = cues_read(text, s->arena, &words, s->err);
    for (size_t i = 0; code == ESI_OK && i < words.count; i++) {
        loss |= cues_in(&words.words[i], losses);
    }
    if (code != ESI_OK || !loss) {
        return code;
    }
    code = step_read(text, s->arena, &told, s->err);
    if (code == ESI_OK) {
        code = step_read(step, s->arena, &asked, s->err);
    }
    for (size_t i = 0; code == ESI_OK && i < asked.deed_count; i++) {
        for (size_t k = 0; k < told.deed_count; k++) {
            const struct cue_word deed = {.form = asked.deeds[i]};
            *out |= view_eq(asked.deeds[i], told.deeds[k]) && !cues_in(&deed, harmless);
        }
    }
    return code;
}

esi_err select_harms(struct selecting *s, const struct note *note, bool *out) {
    esi_err code = ESI_OK;
    *out = false;
    for (size_t i = 0; i < note->count && code == ESI_OK && !*out; i++) {
        if (note->items[i].kind == NOTE_STEP) {
            code = harms(s, note->items[i].text, out);
        }
    }
    return code;
}
