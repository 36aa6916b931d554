/* handling_parts.h: what the files of core/handling share. Private to it.
 *
 * A section is walked block by block (handling_blocks.c). Headings and lines that lead a list
 * in give a scope (handling_scope.c): who is spoken to, what kind of lines follow, for which
 * role, under which condition. Each sentence is read inside its scope (handling_sentence.c): an
 * order (handling_orders.c, handling_tell.c), a rule about somebody (handling_rules.c) or a
 * statement; its condition and the desk's action (handling_when.c); what is said, asked, done
 * or captured (handling_content.c), in words for the user (handling_voice.c). What a site says in
 * front matter is put over all of that in the end (handling_mend.c). */
#ifndef ESIHELP_CORE_HANDLING_PARTS_H
#define ESIHELP_CORE_HANDLING_PARTS_H

#include "core/handling.h"

struct hand;

/* ---- words (handling_words.c) ---------------------------------------------------------------- */

enum hand_cue {
    HAND_IF = 1 << 0,    /* if, when, whenever, where */
    HAND_TIME = 1 << 1,  /* after, before, once, until, while, unless */
    HAND_NOT = 1 << 2,   /* not, never, and forms with n't */
    HAND_MODAL = 1 << 3, /* must, may, can, should, ... */
    HAND_BE = 1 << 4,    /* is, are, was, ... */
    HAND_HAVE = 1 << 5,  /* has, have, had */
    HAND_DET = 1 << 6,   /* the, a, your, this, ... */
    HAND_PREP = 1 << 7,  /* of, in, on, ... */
    HAND_THEY = 1 << 8,  /* they, them, he, she, ... */
    HAND_YOU = 1 << 9,
    HAND_DESK = 1 << 10,    /* assistant, bot, agent, desk, ... */
    HAND_USER = 1 << 11,    /* learner, user, participant, ... */
    HAND_WH = 1 << 12,      /* which, what, when, whether, how, ... */
    HAND_SEVERAL = 1 << 13, /* several, multiple, many */
    HAND_JOIN = 1 << 14,    /* and, or, then */
    /* verbs, by what they order */
    HAND_ESCALATE = 1 << 15,
    HAND_TELL = 1 << 16,
    HAND_LET = 1 << 17, /* have, get, let, make somebody do something */
    HAND_ASK = 1 << 18,
    HAND_CONFIRM = 1 << 19,
    HAND_CAPTURE = 1 << 20,
    HAND_RECORD =
        1 << 21,         /* record, note, include, attach: capturing only where a ticket is meant */
    HAND_OPEN = 1 << 22, /* open, create, file, raise: a ticket */
    HAND_CONTACT = 1 << 23,
    HAND_SUGGEST = 1 << 24,
    HAND_GUIDE = 1 << 25, /* guide, walk, direct, point somebody somewhere */
    HAND_REFUSE = 1 << 26,
    HAND_MANNER = 1 << 27, /* how to behave: keep, stay, use, follow, treat, apologise, ... */
    HAND_DO = 1 << 28,     /* what a person does at a computer */
    HAND_DOES = 1 << 29,   /* a verb with an s: takes, keeps */
    HAND_FAIL = 1 << 30,   /* words of trouble: fails, error, black, stuck */
};
#define HAND_VERB                                                                                  \
    (HAND_ESCALATE | HAND_TELL | HAND_LET | HAND_ASK | HAND_CONFIRM | HAND_CAPTURE | HAND_RECORD | \
     HAND_OPEN | HAND_CONTACT | HAND_SUGGEST | HAND_GUIDE | HAND_REFUSE | HAND_MANNER | HAND_DO)
/* Verbs that only the assistant is ordered with. */
#define HAND_DESK_VERB (HAND_TELL | HAND_ASK | HAND_CAPTURE | HAND_SUGGEST | HAND_GUIDE)

struct hand_word {
    struct view form; /* as written, without marks around it */
    struct view fold; /* small letters, plain apostrophe; empty in code */
    size_t from, to;  /* of the form, in the text */
    uint32_t cues;    /* none inside code and quotes */
    uint32_t roles;   /* that it names */
    char after;       /* the mark behind it: , ; : . ? ) or 0 */
    int32_t round;    /* round brackets that are open behind it */
    bool code, quoted;
};

struct hand_words {
    struct view text;
    struct hand_word *items;
    size_t count;
};

/* The words that tell something, made once for a document. NULL when memory ran out. */
struct hand_lexicon;
struct hand_lexicon *hand_lexicon(esi_arena *arena);
/* What a word in small letters may tell. */
uint32_t hand_cues_of(const struct hand_lexicon *lexicon, struct view fold);
/* false when memory ran out. */
bool hand_split(const struct hand_lexicon *lexicon, struct view text, esi_arena *arena,
                struct hand_words *out);
/* Is word i one of these ("a|b|c")? */
bool hand_is(const struct hand_words *w, size_t i, const char *forms);
/* How many words at i are just these ("in case"); 0: they aren't. */
size_t hand_seq(const struct hand_words *w, size_t i, const char *words);
/* The first of the forms at or after `from`; count if there is none. */
size_t hand_find(const struct hand_words *w, size_t from, const char *forms);
/* Is one of the forms among the `far` words at `from`? */
bool hand_near(const struct hand_words *w, size_t from, size_t far, const char *forms);
/* The first word with one of the cues in [from, to); `to` if there is none. */
size_t hand_cue(const struct hand_words *w, size_t from, size_t to, uint32_t cues);
/* The cues of word i; 0 beyond the end. */
uint32_t hand_cues(const struct hand_words *w, size_t i);
/* The text from the beginning of word `from` to the end of word `to - 1`, without closing marks. */
struct view hand_slice(const struct hand_words *w, size_t from, size_t to);
/* Is a bracket that opened at or after word `from` still open behind word i? */
bool hand_in_bracket(const struct hand_words *w, size_t from, size_t i);
/* The base form of a known verb with -s, -ed or -ing ("restarting": "restart"); empty where it
 * isn't one or memory ran out. */
struct view hand_base(const struct hand_lexicon *lexicon, struct view fold, esi_arena *arena);
/* Reads word i, a verb with -s, as its base form ("asks" as "ask"); false: it isn't one. */
bool hand_to_base(struct hand *h, struct hand_words *w, size_t i);
/* A number: "3", "two", "once", "a", "second"; 0: none. */
int32_t hand_number(const struct hand_words *w, size_t i);
/* Does the word look like an error code or the number of a rule: "TW-104", "SO-7"? */
bool hand_is_code(const struct hand_word *word);
/* Does the word look like the id of a document? */
bool hand_is_document(const struct front *front, const struct hand_word *word);

/* ---- what surrounds a line ------------------------------------------------------------------- */

enum hand_mode {
    MODE_NONE,
    MODE_SYMPTOM,
    MODE_CAUSE,
    MODE_STEP,
    MODE_SAY,
    MODE_ASK,
    MODE_CAPTURE,
    MODE_NEVER,
    MODE_ESCALATE
};

/* What a heading, a label or a line that leads a list in says of the lines below it. */
struct hand_scope {
    bool set;  /* it says something */
    bool desk; /* the assistant is spoken to */
    bool user; /* the user is, whatever stands around */
    enum hand_mode mode;
    uint32_t roles;          /* for whom the lines are; 0: everybody */
    struct view condition;   /* holds for all of them */
    struct note_item action; /* of MODE_ESCALATE: what the desk does */
    struct view lead;        /* of MODE_NEVER: the words that a line completes */
    int32_t group;           /* the case they belong to; 0: none */
};

/* What a sentence leaves to those behind it in its paragraph or item. */
struct hand_carry {
    struct view condition;
    bool leads;        /* the paragraph or item begins with it */
    bool states;       /* its main clause states something and orders nothing */
    int32_t rules;     /* escalations so far that say when */
    bool of_users;     /* the sentence before spoke of users as somebody else */
    uint32_t people;   /* roles that the sentence before named, none of them trainees */
    struct view topic; /* what the paragraph's first sentence is about, if it is one kind of case */
};

#define HAND_COLUMNS_MAX 16

/* A column of the table at work: what its head says of its cells. */
struct hand_column {
    struct view name;
    struct hand_scope scope;
    bool condition;  /* its cells say when */
    bool action;     /* its cells are a tier or a severity */
    bool check;      /* its cells are to be looked at: "Check" */
    uint32_t people; /* roles that its name names: the cells are about them */
};

/* One document being read. */
struct hand {
    esi_arena *arena;
    const struct hand_lexicon *lexicon;
    const struct front *front;
    bool memory;             /* ran out */
    struct hand_words split; /* the text that was split last: it is often asked for again */
    bool mended;             /* items come from front matter */

    struct handling_section *section; /* the one at work */
    size_t item_cap, unread_cap;
    struct view source; /* the sentence at work */
    bool prose;         /* it stands in a paragraph of its own, not in a list */
    int32_t line;
    int32_t group, groups;

    struct hand_scope heading; /* of the headings above */
    struct hand_scope label;   /* "**Resolution:**", until the next one */
    bool label_listed;         /* a list stood below it already */
    struct hand_scope list;    /* of the line that led the list in */
    struct hand_scope item;    /* of an item that leads the following ones in */
    int32_t item_depth;        /* that item's */
    bool item_case;            /* it leads in a case */
    bool cases;                /* an item of this list was a case by its label */
    bool item_deeper;          /* items below it stood deeper */
    bool item_small;           /* items below it began with a small letter */
    struct hand_scope local;   /* of a label, for its paragraph or item */
    struct view local_name;    /* that label, where it names people */
    bool local_new;            /* no statement of its people was read yet */
    struct hand_carry carry;
    struct view last_condition;     /* of the last sentence that had one, in this section */
    struct view last_asked;         /* what the last question asks whether it is so */
    int32_t sentences;              /* so far in this paragraph or item */
    const struct block *blocks_end; /* of the chunk at work */
    const struct block *listed;     /* the numbered items before it were looked at */
    bool plain_list;                /* nothing is ordered in the numbered list at work */
    bool numbered;                  /* the item is one by a number in prose: "2.1 Press it" */
    struct view list_lead;          /* a lead-in that says nothing else: "Regions:" */
    size_t list_fact;               /* items of the note when its statement was the last; 0: none */
    int32_t order;                  /* steps so far in this list */
    int32_t number;                 /* of the last numbered item */
    enum block_kind before;         /* the block before this one */
    struct hand_column columns[HAND_COLUMNS_MAX];
    size_t column_count;
    struct buf *text; /* what a user may read of the section */
};

void hand_add(struct hand *h, struct note_item item);
void hand_unread(struct hand *h, struct view line);
/* A view of a formatted text in the arena; empty when memory ran out. */
struct view hand_format(struct hand *h, const char *format, ...) ESI_PRINTF(2, 3);
/* Splits, and notes when memory ran out. */
bool hand_read_words(struct hand *h, struct view text, struct hand_words *out);

/* What a clause turned out to be. */
enum hand_outcome {
    NOT_MINE, /* the clause is something else */
    FOR_USER, /* may be read by the user as it stands */
    FOR_DESK, /* an order to the assistant, understood */
    STRANGE   /* an order to the assistant, not understood */
};

/* ---- blocks (handling_blocks.c) -------------------------------------------------------------- */

/* next: the block behind it in its chunk; NULL. */
void hand_block(struct hand *h, const struct block *b, const struct block *next);

/* ---- a block's words (handling_text.c) ------------------------------------------------------- */

/* One block on its way into the user's text, sentence by sentence. */
struct hand_shown {
    const struct block *block;
    bool begun;
};

/* Puts a sentence into what a user may read. */
void hand_show(struct hand *h, struct hand_shown *shown, struct view sentence);
void hand_show_row(struct hand *h, const struct block *b);
void hand_show_code(struct hand *h, const struct block *b);
/* The same, where it is for the user. */
void hand_take_outcome(struct hand *h, struct hand_shown *shown, struct view sentence,
                       enum hand_outcome outcome);
/* Reads the sentences of a text; in_list: they are steps of a list for the user. */
void hand_read_sentences(struct hand *h, struct hand_shown *shown, struct view text,
                         const struct hand_scope *scope, bool in_list);
/* A script: the quoted words are said, those behind them are for the desk. */
void hand_read_script(struct hand *h, struct hand_shown *shown, struct view text,
                      const struct hand_scope *scope);
/* A step for the user: the whole item is one, but for sentences that speak to the assistant. */
void hand_read_step(struct hand *h, struct hand_shown *shown, struct view text,
                    const struct hand_scope *scope);

/* ---- labels (handling_label.c) --------------------------------------------------------------- */

struct hand_label {
    bool found;
    bool question, answer; /* "Q:", "A:" */
    bool local;            /* holds for its block alone */
    bool seen;             /* names a case: what is seen */
    struct hand_scope scope;
    struct view name, rest; /* before and behind the colon */
};

/* The label that a block begins with. */
struct hand_label hand_label_of(struct hand *h, const struct block *b);
/* The same for a text; b: the block it stands in, NULL where only known labels count. */
struct hand_label hand_label_at(struct hand *h, struct view text, const struct block *b);
/* What stands behind the colon at `at`. */
struct view hand_after_colon(struct view text, size_t at);
/* Does a line that leads a list in say how things are ("Phone lost or broken:")? */
bool hand_is_state(struct hand *h, struct view text);

/* ---- scopes (handling_scope.c) --------------------------------------------------------------- */

enum hand_lead_kind {
    LEAD_HEADING,
    LEAD_LABEL, /* before a colon and more text: counts only if its words are known as a label */
    LEAD_IN     /* ends in a colon: a list follows */
};
struct hand_scope hand_lead(struct hand *h, struct view text, enum hand_lead_kind kind);
/* What holds for the line at work. */
struct hand_scope hand_here(const struct hand *h);
/* The words around `inner` are `outer`: what inner doesn't say, outer does. */
struct hand_scope hand_within(const struct hand_scope *outer, const struct hand_scope *inner);

/* ---- conditions and actions (handling_when.c) ------------------------------------------------ */

/* The words of a sentence between which something stands. */
struct hand_span {
    size_t from, to;
};

/* A condition that the sentence begins with: *condition without its "if". The result is where the
 * main clause begins; `from` where there is none. */
size_t hand_leading(const struct hand_words *w, size_t from, size_t to,
                    struct hand_span *condition);
/* One behind the main clause; the result is where the clause ends. times: also "after ...", "once
 * ...", "for ...", as an escalation has them. */
size_t hand_trailing(const struct hand_words *w, size_t from, size_t to, bool times,
                     struct hand_span *condition);
/* Puts a condition into an item: its words, what it excepts, number of tries, several people. */
void hand_put_condition(struct hand *h, struct note_item *item, struct view condition);
/* Adds an item that isn't a WHEN, under a condition. */
void hand_add_under(struct hand *h, struct note_item item, struct view condition);
/* The tier and severity that words name, into an item. */
void hand_put_action(const struct hand_words *w, size_t from, size_t to, struct note_item *item);

/* ---- what a case counts as (handling_ruling.c) ----------------------------------------------- */

/* Do words [from, to) say nothing but a tier or a severity: "HIGH, escalate to Tier 2"? */
bool hand_classifies(const struct hand_words *w, size_t from, size_t to);
/* Does it rule that such a case is passed on, or only name who gets it then: "Storage: Tier 2"? */
bool hand_class_rules(const struct hand_words *w, size_t from, size_t to);
/* Where such words begin behind a case: "Hall without power: CRITICAL"; `to` where none do. */
size_t hand_class_at(const struct hand_words *w, size_t from, size_t to);
/* Is the first sentence of a text nothing else? */
bool hand_is_class(struct hand *h, struct view text);
/* Is the sentence a case and what it counts as? */
bool hand_holds_class(struct hand *h, struct view sentence);
/* Adds a WHEN of such words. */
void hand_add_class(struct hand *h, const struct hand_words *w, struct hand_span words,
                    struct view condition);
/* Reads a sentence that is one of these. */
enum hand_outcome hand_read_class(struct hand *h, const struct hand_words *w,
                                  const struct hand_scope *scope);

/* ---- what is ordered (handling_content.c) ---------------------------------------------------- */

struct hand_order {
    const struct hand_words *w;
    size_t from, to; /* of the content */
    const struct hand_scope *scope;
    struct view condition;
    bool desk;
};

void hand_say(struct hand *h, const struct hand_order *o);
void hand_steps(struct hand *h, const struct hand_order *o);
void hand_asks(struct hand *h, const struct hand_order *o);
/* "Could you tell me ...?" */
struct view hand_as_question(struct hand *h, struct view part);
void hand_captures(struct hand *h, const struct hand_order *o);
/* negation: where "not" or "never" stands, the text from there on is what isn't allowed. */
void hand_never(struct hand *h, const struct hand_order *o, uint32_t roles);

/* ---- clauses that are orders (handling_orders.c) --------------------------------------------- */

/* One clause of a sentence. */
struct hand_part {
    struct hand *h;
    const struct hand_words *w;
    size_t from, to;
    const struct hand_scope *scope;
    struct view condition;
    bool conditional; /* the sentence itself said when */
    size_t begin;     /* where its sentence begins, if this is its first clause */
    bool negated;
    bool user_list; /* a step of a list for the user: what could be for either is for them */
};

/* Reads a clause that begins with a verb or with "do not". */
enum hand_outcome hand_read_order(const struct hand_part *p);
/* Adds a WHEN of the words [from, to). */
enum hand_outcome hand_add_when(const struct hand_part *p, size_t from, size_t to,
                                uint32_t actions);
/* What a WHEN orders, in plain words. */
struct view hand_action_text(struct hand *h, const struct note_item *item);
/* "Do not escalate ...": verb is where "escalate" stands. */
void hand_add_no_escalation(const struct hand_part *p, size_t verb);
/* A name for the assistant at i; *next is behind it. */
bool hand_desk_at(const struct hand_words *w, size_t i, size_t *next);
/* A noun for the user at i, perhaps with an article, or "them"; *next is behind it. */
bool hand_user_at(const struct hand_words *w, size_t i, size_t *next);
bool hand_has_tier(const struct hand_words *w, size_t from, size_t to);
/* "Do not", "never", "avoid" at `from`; *verb is where the verb stands. */
bool hand_negation(const struct hand_words *w, size_t from, size_t *verb);

/* The order's content: words [from, to) under the clause's condition. */
struct hand_order hand_order_of(const struct hand_part *p, size_t from, size_t to, bool desk);
/* Is one of the forms in [from, to)? */
bool hand_in_range(const struct hand_words *w, size_t from, size_t to, const char *forms);
extern const char *const hand_teams; /* words for people a case is handed to */
bool hand_mentions_user(const struct hand_words *w, size_t from, size_t to);
struct view hand_both(struct hand *h, struct view a, struct view b); /* "a and b" */
/* Where the content ends: before a condition, which goes to the clause. */
size_t hand_cut_condition(struct hand_part *p, size_t from, size_t to);

/* ---- orders to tell, ask and capture (handling_tell.c) --------------------------------------- */

enum hand_outcome hand_read_letting(const struct hand_part *p);
enum hand_outcome hand_read_telling(const struct hand_part *p);
enum hand_outcome hand_read_asking(const struct hand_part *p);
enum hand_outcome hand_read_confirming(const struct hand_part *p);
enum hand_outcome hand_read_capturing(const struct hand_part *p);
enum hand_outcome hand_read_suggesting(const struct hand_part *p);
enum hand_outcome hand_read_guiding(const struct hand_part *p);

/* ---- rules about somebody (handling_rules.c) ------------------------------------------------- */

/* Behind a subject: the verb, an order's polarity, and whether it is a rule at all. */
struct hand_predicate {
    size_t verb;
    bool not_allowed; /* may not, must not, is not allowed to, never */
    bool denies;      /* does not */
    bool must;        /* must, should, needs to */
    bool can;
};
struct hand_predicate hand_predicate_at(const struct hand_words *w, size_t i);

/* "The assistant must", "you may not", "only operators may", "faults are escalated to": NOT_MINE
 * where the clause is none of these. */
enum hand_outcome hand_read_desk_subject(const struct hand_part *p);
/* Is the desk, as subject at `from`, told what it must do? Its verb stands at *verb. */
bool hand_obliged(const struct hand_words *w, size_t from, size_t *verb);
/* Does the desk, as subject at `from`, do what it could be ordered? Its verbs become orders, the
 * first stands at *verb. */
bool hand_described(struct hand *h, struct hand_words *w, size_t from, size_t *verb);
enum hand_outcome hand_read_rule(const struct hand_part *p);
enum hand_outcome hand_read_statement(const struct hand_part *p);
/* Words before a clause that say nothing: "Note:", "Then", "Please". */
size_t hand_skip_fillers(const struct hand_words *w, size_t from, size_t to);
void hand_add_fact(const struct hand_part *p, size_t from, size_t to);

/* ---- from sentence to sentence (handling_carry.c) -------------------------------------------- */

/* "Otherwise", "if not" at `from`: *next is behind it. */
bool hand_otherwise(const struct hand_words *w, size_t from, size_t *next);
/* The condition that a clause takes over from the sentence before: "If it beeps, the seat is taken.
 * Escalate and ask for the seat number." Empty where it takes none. */
struct view hand_inherited(const struct hand_part *p);
/* "when that happens", "in that case": the condition it means, or the words as they are. */
struct view hand_resolved(struct hand *h, struct view condition);
/* "the page fail" of "should the page fail", as "the page fails". */
struct view hand_finite(struct hand *h, struct view text);
/* The condition of what stands behind "otherwise"; empty where nothing was said before. */
struct view hand_opposite(struct hand *h);
/* "No mail?", "Forgot your key?" before what to do then: is it a case? What follows is for it. */
bool hand_asks_case(struct hand *h, const struct hand_words *w);
/* A sentence with a condition of its own is over. */
void hand_leave_condition(struct hand *h, struct view condition, bool leads);
/* Any sentence is: whom and what it was about. */
void hand_leave_statement(struct hand *h, const struct hand_words *w, bool first);

/* ---- clauses (handling_clause.c) ------------------------------------------------------------- */

/* Is the clause an order to do something, and not a noun that looks like a verb ("Log files are
 * kept")? */
bool hand_is_imperative(const struct hand_words *w, size_t from, size_t to);
/* Does an order to the user stand at `from`, perhaps behind a phrase ("To buy one, open ...") or as
 * a way through menus? */
bool hand_orders(struct hand *h, const struct hand_words *w, size_t from, size_t to);
/* Four words or more with a verb of their own. */
bool hand_is_statement(const struct hand_words *w, size_t from, size_t to);
/* Where the next clause that is an order of its own begins; *end is where this one ends. */
size_t hand_next_clause(const struct hand_part *p, size_t from, size_t to, size_t *end);
/* Does a text begin with an order to the user, perhaps behind a condition or a purpose? */
bool hand_orders_user(struct hand *h, struct view text);
/* Is a sentence a statement with a verb of its own? */
bool hand_states(struct hand *h, struct view sentence);

/* ---- sentences (handling_sentence.c) --------------------------------------------------------- */

/* in_list: the sentence is one of a list for the user. */
enum hand_outcome hand_sentence(struct hand *h, struct view sentence,
                                const struct hand_scope *scope, bool in_list);

/* ---- tables (handling_table.c) --------------------------------------------------------------- */

void hand_table_head(struct hand *h, const struct block *row);
enum hand_outcome hand_table_row(struct hand *h, const struct block *row);

/* ---- standing (handling_authority.c, handling_standing.c) ------------------------------------ */

/* What is gathered of a document's place among the others. */
struct hand_judge {
    const struct front *front;
    esi_arena *arena;
    struct hand_lexicon *lexicon;
    struct authority out;
    size_t supersedes_cap, names_cap;
    int32_t ended;       /* above 0: this sentence or the one before said that the document is */
    bool speaks_of_self; /* the sentence before spoke of the document itself, ... */
    bool speaks_of_many; /* ... as of several: "these notes" */
    bool memory;
};

/* The standing that a word gives ("obsolete"); marked: also words that need a mark around them. */
enum standing hand_ending_of(struct view word, bool marked);
void hand_judge_lower(struct hand_judge *j, enum standing standing, struct view reason);
void hand_judge_supersedes(struct hand_judge *j, struct view id);
void hand_judge_names(struct hand_judge *j, struct view id);
/* early: it stands where a document speaks of itself. */
void hand_judge_sentence(struct hand_judge *j, struct view sentence, bool early);
/* "Last reviewed: March 2024", "Version 3, June 2025". */
void hand_judge_date(struct hand_judge *j, struct view text);

/* ---- words for the user (handling_voice.c) --------------------------------------------------- */

/* Speaks to the user: "the learner's seat" becomes "your seat". */
struct view hand_you(struct hand *h, struct view text);
/* The same; "they" is the user only where the text names the user before it. */
struct view hand_you_named(struct hand *h, struct view text);
/* As a sentence: a capital first, a mark last. */
struct view hand_as_sentence(struct hand *h, struct view text);
/* Without a capital first, unless it is a name or an abbreviation, and without marks at the end. */
struct view hand_as_part(struct hand *h, struct view text);

#endif
