#include <string.h>

#include "core/grow.h"
#include "core/handling_parts.h"
#include "core/roles.h"

#define WORDS_MAX 2000 /* of one sentence; the rest isn't read */

/* ---- what words may tell --------------------------------------------------------------------- */

/* A noun that is also a verb stands among the verbs; it counts as one where a verb may stand. */
static const struct {
    uint32_t cue;
    const char *words;
} lists[] = {
    {HAND_IF, "if when whenever where wherever"},
    {HAND_TIME, "after before once until till while unless"},
    {HAND_NOT,
     "not never no cannot can't don't doesn't didn't mustn't shouldn't won't isn't aren't "
     "wasn't weren't hasn't haven't couldn't wouldn't nobody none neither nor without"},
    {HAND_MODAL, "must may can should shall will could would might cannot can't mustn't shouldn't "
                 "won't couldn't wouldn't"},
    {HAND_BE, "is are was were be been being isn't aren't wasn't weren't"},
    {HAND_HAVE, "has have had hasn't haven't"},
    {HAND_DET, "the a an any each every your their his her its this that these those our all both "
               "some no another other my which whose"},
    {HAND_PREP,
     "of in on at by for from into onto with without through via under over between per "
     "about against during within across behind below above up down out off to as than since"},
    {HAND_THEY, "they them their theirs themselves he she him his her hers himself herself"},
    {HAND_YOU, "you your yours yourself"},
    {HAND_DESK,
     "assistant assistants bot chatbot agent agents desk helpdesk ai copilot servicedesk"},
    {HAND_USER, "learner learners user users trainee trainees participant participants student "
                "students requester requesters caller callers customer customers candidate "
                "candidates attendee attendees player players reporter"},
    {HAND_WH, "which what who whom whose when where why how whether"},
    {HAND_SEVERAL, "several multiple many others"},
    {HAND_JOIN, "and or then but"},
    {HAND_ESCALATE, "escalate hand route raise transfer forward pass assign elevate "
                    "reassign send refer"},
    {HAND_TELL, "tell explain inform advise remind reassure mention say warn state notify clarify "
                "emphasise emphasize stress acknowledge"},
    {HAND_LET, "have get let make instruct help"},
    {HAND_ASK, "ask determine establish identify query enquire inquire"},
    {HAND_CONFIRM, "confirm verify check clarify ensure"},
    {HAND_CAPTURE, "capture collect gather obtain"},
    {HAND_RECORD, "record include attach note document log add write list save provide"},
    {HAND_OPEN, "open create file raise log submit start"},
    {HAND_CONTACT, "contact call notify page alert email e-mail involve ring reach write message"},
    {HAND_SUGGEST, "suggest recommend propose offer encourage"},
    {HAND_GUIDE, "guide walk direct point steer talk lead take"},
    {HAND_REFUSE, "refuse decline reject deny"},
    {HAND_MANNER, "be keep stay use follow treat respond reply answer apologise apologize thank "
                  "assume remember prefer limit quote cite link consult show give maintain avoid "
                  "speak handle consider prioritise prioritize rely resolve classify"},
    {HAND_DO,
     "accept access activate adjust allow apply approve attach back bind book boot bring "
     "browse build cancel change check choose clear click close collect compare complete "
     "compress configure confirm connect contact convert copy create cut decrease delete "
     "deploy deselect destroy detach disable disconnect double-check download drag drop edit "
     "eject enable end enter erase examine exit expand export extend fill find finish fix "
     "flush follow force format free generate give go grant hold ignore import increase "
     "insert inspect install invite join keep kill launch leave link list load locate lock "
     "log login look lower mark measure merge monitor mount move mute name navigate note "
     "open order paste pause pick ping place plug power press print proceed provision pull "
     "purge push put quit reach re-add re-authenticate re-download re-enable re-enrol re-enter "
     "re-import re-run read reapply reattach reboot rebuild recheck reclaim recompile "
     "reconfigure reconnect record recover recreate redeploy redo reduce refresh register "
     "reimport reinstall relaunch release reload remount remove rename renew reopen repair "
     "repeat replace report request rerun reset resize resolve restart restore resubmit "
     "resume resync retrieve retry return reuse revert review revoke roll rotate run save "
     "scan scroll search select send set share show shut sign skip snapshot solve start "
     "stay stop store submit suspend switch sync synchronise synchronize take tap terminate "
     "test toggle trace trigger trust try turn type uncheck undo uninstall unlock unmount "
     "unplug unzip update upgrade upload use validate verify view visit wait watch wipe "
     "work write zip fit bring charge clean come dial dismiss drop dry empty fetch highlight hover "
     "lift "
     "maximise maximize minimise minimize pack peel power-cycle pour raise rebind redial reinsert "
     "rejoin relog replug reseat resend retype right-click double-click long-press shake spread "
     "subscribe swap swipe tick tilt touch unpack unpin unsubscribe untick unblock vacuum widen "
     "wiggle zoom"},
    {HAND_DOES,
     "takes keeps needs works helps fails requires means makes gives uses shows costs "
     "lasts runs stays loses sends gets goes comes happens starts stops ends closes "
     "contains holds includes depends belongs counts applies allows lets says tells asks "
     "covers describes returns creates removes deletes sets clears saves stores expires "
     "does did"},
    {HAND_FAIL,
     "fail fails failed failing failure error errors broken black blank frozen stuck hangs "
     "hung slow crash crashes crashed missing wrong lost drops dropped refused denied "
     "rejected invalid expired unreachable unavailable timeout timed locked corrupt "
     "corrupted dark dead silent jammed panic unknown down offline freezes freeze loop loops can't "
     "cannot doesn't "
     "won't isn't unable unresponsive empty garbled lags flickers disappears"},
};

#define SLOTS 2048 /* a power of two, well above the number of words */

struct slot {
    struct view word;
    uint32_t cues;
};

struct hand_lexicon {
    struct slot slots[SLOTS];
};

static struct slot *slot_of(struct hand_lexicon *lexicon, struct view word) {
    size_t i = (size_t)view_hash(word) & (SLOTS - 1);
    while (lexicon->slots[i].word.n > 0 && !view_eq(lexicon->slots[i].word, word)) {
        i = (i + 1) & (SLOTS - 1);
    }
    return &lexicon->slots[i];
}

struct hand_lexicon *hand_lexicon(esi_arena *arena) {
    struct hand_lexicon *lexicon = ARENA_NEW(arena, struct hand_lexicon);
    for (size_t i = 0; lexicon != NULL && i < sizeof lists / sizeof lists[0]; i++) {
        struct view rest = view_of(lists[i].words);
        struct view word;
        while (view_split(&rest, ' ', &word)) {
            struct slot *slot = slot_of(lexicon, word);
            slot->word = word;
            slot->cues |= lists[i].cue;
        }
    }
    return lexicon;
}

uint32_t hand_cues_of(const struct hand_lexicon *lexicon, struct view fold) {
    size_t i = (size_t)view_hash(fold) & (SLOTS - 1);
    while (lexicon->slots[i].word.n > 0) {
        if (view_eq(lexicon->slots[i].word, fold)) {
            return lexicon->slots[i].cues;
        }
        i = (i + 1) & (SLOTS - 1);
    }
    return 0;
}

/* ---- splitting ------------------------------------------------------------------------------- */

static bool is_mark(char c) {
    return c == ',' || c == ';' || c == ':' || c == '.' || c == '?' || c == '!' || c == ')' ||
           c == ']';
}

static bool is_cover(char c) {
    return c == '"' || c == '(' || c == '[' || c == '\'' || c == '*' || c == '_';
}

/* Small letters and plain apostrophes. */
static struct view fold_copy(struct view form, esi_arena *arena) {
    char *out = arena_alloc(arena, form.n + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < form.n; i++) {
        const char c = form.p[i];
        if (view_starts(view_slice(form, i, form.n), VIEW("\u2019"))) {
            out[n++] = '\'';
            i += 2;
        } else {
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
    }
    return (struct view){out, n};
}

/* Without "'s". */
static struct view owner_of(struct view fold) {
    return view_ends(fold, VIEW("'s"))   ? view_slice(fold, 0, fold.n - 2)
           : view_ends(fold, VIEW("s'")) ? view_slice(fold, 0, fold.n - 1)
                                         : fold;
}

struct splitter {
    struct view text;
    const struct hand_lexicon *lexicon;
    esi_arena *arena;
    struct hand_words *out;
    size_t cap;
    int32_t round;
    bool quoted;
};

/* The end of the word at `from`: white space, or the backtick that closes a piece of code. */
static size_t word_end(struct view text, size_t from) {
    size_t end = from;
    while (end < text.n && is_cover(text.p[end])) {
        end++;
    }
    if (end < text.n && text.p[end] == '`') {
        const size_t close = view_find(text, VIEW("`"), end + 1);
        end = close == SIZE_MAX ? end : close;
    }
    while (end < text.n && text.p[end] != ' ') {
        end++;
    }
    return end;
}

static size_t quote_marks(struct view piece) {
    size_t marks = 0;
    for (size_t i = 0; i < piece.n; i++) {
        const struct view rest = view_slice(piece, i, piece.n);
        marks += piece.p[i] == '"' || view_starts(rest, VIEW("\u201C")) ||
                         view_starts(rest, VIEW("\u201D"))
                     ? 1
                     : 0;
    }
    return marks;
}

static bool trims(struct view text, size_t i, bool front) {
    const char c = text.p[i];
    return front ? is_cover(c) : (is_cover(c) || is_mark(c));
}

/* "H:" is a drive, and its colon a part of its name. */
static bool is_drive(struct view form) {
    return form.n == 2 && form.p[0] >= 'A' && form.p[0] <= 'Z' && form.p[1] == ':';
}

/* Takes the marks around a word off; `after` is the first behind it that means something. */
static void bare(struct splitter *s, struct hand_word *w, size_t from, size_t end) {
    const struct view text = s->text;
    static const struct view curly[] = {{"\u201C", 3}, {"\u201D", 3}, {"\u2018", 3}};
    while (from < end && trims(text, from, true)) {
        from++;
    }
    for (size_t i = 0; i < 3; i++) {
        from += view_starts(view_slice(text, from, end), curly[i]) ? 3 : 0;
        end -= view_ends(view_slice(text, from, end), curly[i]) ? 3 : 0;
    }
    while (end > from && trims(text, end - 1, false) && !is_drive(view_slice(text, from, end))) {
        w->after = is_mark(text.p[end - 1]) ? text.p[end - 1] : w->after;
        end--;
    }
    for (size_t i = 0; i < 3; i++) {
        end -= view_ends(view_slice(text, from, end), curly[i]) ? 3 : 0;
    }
    w->from = from;
    w->to = end;
    w->form = view_slice(text, from, end);
    w->code = w->form.n > 0 && w->form.p[0] == '`';
}

/* Round brackets that open, less those that close. */
static int32_t brackets(struct view piece) {
    int32_t round = 0;
    for (size_t i = 0; i < piece.n; i++) {
        round += piece.p[i] == '(' ? 1 : (piece.p[i] == ')' ? -1 : 0);
    }
    return round;
}

static bool add_word(struct splitter *s, size_t from, size_t end) {
    struct hand_words *out = s->out;
    struct hand_word *items = grow(s->arena, out->items, out->count, &s->cap, sizeof *items);
    if (items == NULL) {
        return false;
    }
    out->items = items;
    struct hand_word *w = &items[out->count];
    *w = (struct hand_word){0};
    bare(s, w, from, end);
    s->round += brackets(view_slice(s->text, from, end));
    w->round = s->round;
    const size_t marks = quote_marks(view_slice(s->text, from, end));
    w->quoted = s->quoted || marks > 0;
    s->quoted = marks % 2 != 0 ? !s->quoted : s->quoted;
    if (w->form.n == 0) {
        if (out->count > 0 && w->after != 0) {
            out->items[out->count - 1].after = w->after;
        }
        return true;
    }
    out->count++;
    w->fold = w->code ? (struct view){0} : fold_copy(w->form, s->arena);
    if (!w->code && w->fold.p == NULL) {
        return false;
    }
    if (!w->code && !w->quoted) {
        w->cues = hand_cues_of(s->lexicon, w->fold);
        w->cues |= hand_cues_of(s->lexicon, owner_of(w->fold)) & (HAND_USER | HAND_DESK);
        w->roles = roles_of_word(owner_of(w->fold));
    }
    return true;
}

bool hand_split(const struct hand_lexicon *lexicon, struct view text, esi_arena *arena,
                struct hand_words *out) {
    struct splitter s = {.text = text, .lexicon = lexicon, .arena = arena, .out = out};
    *out = (struct hand_words){.text = text};
    size_t i = 0;
    while (i < text.n && out->count < WORDS_MAX) {
        if (text.p[i] == ' ') {
            i++;
            continue;
        }
        const size_t end = word_end(text, i);
        if (!add_word(&s, i, end)) {
            return false;
        }
        i = end;
    }
    return true;
}

/* ---- looking at words ------------------------------------------------------------------------ */

/* Does `forms` go on with the word, to its end? One of the most frequent questions of all. */
static bool is_form(struct view word, const char *form, char mark) {
    for (size_t i = 0; i < word.n; i++) {
        if (form[i] != word.p[i] || form[i] == '\0') { /* a word may hold a zero byte */
            return false;
        }
    }
    return form[word.n] == '\0' || form[word.n] == mark;
}

bool hand_is(const struct hand_words *w, size_t i, const char *forms) {
    const struct view word = i < w->count ? w->items[i].fold : (struct view){0};
    if (word.n == 0) {
        return false;
    }
    for (const char *form = forms; *form != '\0'; form++) {
        if (*form == *word.p && is_form(word, form, '|')) {
            return true;
        }
        while (*form != '|') {
            if (*++form == '\0') {
                return false;
            }
        }
    }
    return false;
}

size_t hand_seq(const struct hand_words *w, size_t i, const char *words) {
    size_t n = 0;
    for (const char *form = words; *form != '\0'; n++) {
        const struct view word = i + n < w->count ? w->items[i + n].fold : (struct view){0};
        if (word.n == 0 || !is_form(word, form, ' ')) {
            return 0;
        }
        form += word.n;
        form += *form == ' ' ? 1 : 0;
    }
    return n;
}

size_t hand_find(const struct hand_words *w, size_t from, const char *forms) {
    size_t i = from;
    while (i < w->count && !hand_is(w, i, forms)) {
        i++;
    }
    return i < w->count ? i : w->count;
}

bool hand_near(const struct hand_words *w, size_t from, size_t far, const char *forms) {
    const size_t at = hand_find(w, from, forms);
    return at < w->count && at < from + far;
}

uint32_t hand_cues(const struct hand_words *w, size_t i) {
    return i < w->count ? w->items[i].cues : 0;
}

size_t hand_cue(const struct hand_words *w, size_t from, size_t to, uint32_t cues) {
    size_t i = from;
    while (i < to && (hand_cues(w, i) & cues) == 0) {
        i++;
    }
    return i < to ? i : to;
}

bool hand_in_bracket(const struct hand_words *w, size_t from, size_t i) {
    const int32_t before = from > 0 && from <= w->count ? w->items[from - 1].round : 0;
    return i < w->count && w->items[i].round > before;
}

struct view hand_slice(const struct hand_words *w, size_t from, size_t to) {
    if (from >= to || from >= w->count) {
        return (struct view){0};
    }
    to = to < w->count ? to : w->count;
    size_t begin = w->items[from].from;
    size_t end = w->items[to - 1].to;
    /* quotes and brackets belong to the words inside them */
    while (begin > 0 && is_cover(w->text.p[begin - 1])) {
        begin--;
    }
    while (end < w->text.n && w->text.p[end] != ' ' &&
           (is_cover(w->text.p[end]) || w->text.p[end] == ')' || w->text.p[end] == ']')) {
        end++;
    }
    size_t close = end;
    while (close < w->text.n && w->text.p[close] != ' ' && w->text.p[close] != ')') {
        close++;
    }
    if (close < w->text.n && w->text.p[close] == ')' &&
        brackets(view_slice(w->text, begin, end)) > 0) {
        end = close + 1;
    }
    return view_slice(w->text, begin, end);
}

int32_t hand_number(const struct hand_words *w, size_t i) {
    static const char *const names[] = {"one|once|a|an|first|1st|another",
                                        "two|twice|second|2nd|couple",
                                        "three|thrice|third|3rd",
                                        "four|fourth|4th",
                                        "five|fifth|5th",
                                        "six|sixth|6th"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        if (hand_is(w, i, names[n])) {
            return (int32_t)n + 1;
        }
    }
    int64_t number = 0;
    return i < w->count && view_int(w->items[i].form, 1, 99, &number) ? (int32_t)number : 0;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static bool is_verb(const struct hand_lexicon *lexicon, const char *word, size_t n) {
    return (hand_cues_of(lexicon, (struct view){word, n}) & HAND_VERB) != 0;
}

struct view hand_base(const struct hand_lexicon *lexicon, struct view fold, esi_arena *arena) {
    static const char *const endings[] = {"ing", "ed", "es", "s"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const struct view ending = view_of(endings[i]);
        if (fold.n < ending.n + 2 || !view_ends(fold, ending)) {
            continue;
        }
        const size_t n = fold.n - ending.n;
        char *word = arena_alloc(arena, n + 2);
        if (word == NULL) {
            return (struct view){0};
        }
        memcpy(word, fold.p, n);
        if (is_verb(lexicon, word, n)) {
            return (struct view){word, n};
        }
        word[n] = 'e';
        if (is_verb(lexicon, word, n + 1)) {
            return (struct view){word, n + 1};
        }
        if (n > 2 && word[n - 1] == word[n - 2] && is_verb(lexicon, word, n - 1)) {
            return (struct view){word, n - 1};
        }
        if (n > 2 && word[n - 1] == 'i') {
            word[n - 1] = 'y';
            if (is_verb(lexicon, word, n)) {
                return (struct view){word, n};
            }
        }
    }
    return (struct view){0};
}

bool hand_to_base(struct hand *h, struct hand_words *w, size_t i) {
    const struct view base = i < w->count && view_ends(w->items[i].fold, VIEW("s"))
                                 ? hand_base(h->lexicon, w->items[i].fold, h->arena)
                                 : (struct view){0};
    if (base.n == 0) {
        return false;
    }
    h->split = (struct hand_words){0};
    w->items[i].fold = base;
    w->items[i].cues = hand_cues_of(h->lexicon, base);
    return true;
}

/* ---- codes ----------------------------------------------------------------------------------- */

bool hand_is_code(const struct hand_word *word) {
    bool digit = false, mark = false, lower = false;
    const struct view id = word->form;
    for (size_t i = 0; i < id.n; i++) {
        const char c = id.p[i];
        digit = digit || (c >= '0' && c <= '9');
        mark = mark || c == '-' || c == '_' || (c >= 'A' && c <= 'Z' && i > 0);
        lower = lower || (c >= 'a' && c <= 'z');
        if (c == '.' || c == '/' || c == '%' || c == '+') {
            return false;
        }
    }
    return digit && mark && !lower && id.n > 2 && id.p[0] >= 'A' && id.p[0] <= 'Z';
}

/* ---- documents ------------------------------------------------------------------------------- */

static size_t prefix_of(struct view id) {
    size_t n = 0;
    while (n < id.n && id.p[n] != '-' && id.p[n] != '_' && (id.p[n] < '0' || id.p[n] > '9')) {
        n++;
    }
    return n;
}

/* "KB-12": nothing but digits behind its prefix. */
static bool has_digits_only(struct view id) {
    const size_t n = prefix_of(id);
    size_t digits = 0;
    for (size_t i = n; i < id.n; i++) {
        digits += id.p[i] >= '0' && id.p[i] <= '9' ? 1 : 0;
    }
    return digits > 0 && digits + 1 >= id.n - n;
}

bool hand_is_document(const struct front *front, const struct hand_word *word) {
    struct view id = word->form;
    if (word->code && id.n > 2) {
        id = view_slice(id, 1, id.n - 1);
    }
    const size_t n = prefix_of(id);
    if (n == 0 || n == id.n || id.n < 4 || id.n > 80) {
        return false;
    }
    bool digit = false;
    for (size_t i = 0; i < id.n; i++) {
        const char c = id.p[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        digit = digit || (c >= '0' && c <= '9');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    const struct view own = view_slice(front->id, 0, prefix_of(front->id));
    const struct view prefix = view_slice(id, 0, n);
    if (hand_is_code(word) && !has_digits_only(front->id)) {
        return view_eq_nocase(prefix, VIEW("kb")) || view_eq_nocase(prefix, VIEW("doc"));
    }
    const bool family = own.n > 0 && own.n < front->id.n && view_eq_nocase(own, prefix);
    return family || view_eq_nocase(prefix, VIEW("kb")) ||
           (view_eq_nocase(prefix, VIEW("doc")) && digit);
}
