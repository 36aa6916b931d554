/* What documents and people wrote stays inside its block of a prompt, though its writer knows the
 * mark, which is more than a writer can. The input: two bytes of choices, then pieces that a NUL
 * ends: question, history, and each part of two sections and of the case. */
#include "fuzz.h"

#include <string.h>

#include "base/text.h"
#include "base/text_char.h"
#include "core/prompt.h"

#define MARK "00112233445566778899aabbccddeeff"
#define OPEN "\xE2\x9F\xA6"
#define CLOSE "\xE2\x9F\xA7"

enum { sections = 2, items = 3, messages = 4 };

/* All that a prompt is made of, each word of it foreign. */
struct input {
    struct view rest;
    struct prompt_in in;
    struct prompt_message history[messages];
    struct passage passages[sections];
    struct note_item items[sections][items];
    struct decision decision;
    struct issue issue;
    struct view facts[1], tried[1], ask[1];
};

static struct view piece(struct input *input) {
    struct view v = {0};
    (void)view_split(&input->rest, '\0', &v);
    return v;
}

static void fill_section(struct input *input, size_t i, unsigned choice) {
    struct passage *p = &input->passages[i];
    p->title = piece(input);
    p->heading = piece(input);
    p->version = piece(input);
    p->text = piece(input);
    p->outranked = p->named = (choice & 1) != 0;
    p->outranked_by = p->outranked_why = p->version;
    for (size_t k = 0; k < items; k++) {
        input->items[i][k] = (struct note_item){.kind = (enum note_kind)((choice >> k) % 10),
                                                .text = piece(input),
                                                .for_desk = (choice >> k & 1) != 0,
                                                .code = (choice >> k & 2) != 0,
                                                .roles = k == 2 && choice & 8 ? 4u : 0};
        input->items[i][k].condition = input->items[i][k].exception = p->heading;
    }
    p->note = (struct note){.items = input->items[i], .count = items};
}

static void fill(struct input *input, const uint8_t *data, size_t size) {
    static const size_t budgets[] = {0, 1400, 1600, 2000, 3000, 20000};
    const unsigned choice = size > 1 ? data[0] | (unsigned)data[1] << 8 : 0;
    *input = (struct input){.rest = {(const char *)data + 2, size > 1 ? size - 2 : 0}};
    input->in = (struct prompt_in){.platform = VIEW("Northlight"), .fence = MARK};
    input->in.question = piece(input);
    for (size_t i = 0; i < messages; i++) {
        input->history[i] = (struct prompt_message){(choice >> i & 1) != 0, piece(input)};
    }
    for (size_t i = 0; i < sections; i++) {
        fill_section(input, i, choice >> i);
    }
    input->facts[0] = piece(input);
    input->tried[0] = piece(input);
    input->ask[0] = piece(input);
    input->issue = (struct issue){.query = piece(input),
                                  .facts = input->facts,
                                  .fact_count = 1,
                                  .tried = input->tried,
                                  .tried_count = 1};
    input->decision = (struct decision){.kind = "trouble", .ticket = (choice & 4) != 0};
    input->in.history = input->history;
    input->in.history_count = messages;
    input->in.passages = input->passages;
    input->in.passage_count = sections;
    input->in.decision = &input->decision;
    input->in.issue = &input->issue;
    input->in.ask = input->ask;
    input->in.ask_count = 1;
    input->in.budget = budgets[choice % (sizeof(budgets) / sizeof(budgets[0]))];
}

/* ---- a reader that believes no one ------------------------------------------------------------
 * */

static bool has(struct view text, const char *part) {
    return view_find(text, view_of(part), 0) != SIZE_MAX;
}

/* What would end a line, or can't be seen. */
static void check_characters(struct view text) {
    FUZZ_HOLDS(text_valid(text));
    for (struct view rest = text; rest.n > 0;) {
        const uint32_t c = text_next(&rest);
        FUZZ_HOLDS(c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7F && c != 0x85));
        FUZZ_HOLDS(c < 0x80 || char_kind(c) != CHAR_SPACE);
        FUZZ_HOLDS(c == 0x200C || c == 0x200D || char_kind(c) != CHAR_INVISIBLE || c < 0x20);
    }
}

static void check_tokens(struct view text) {
    static const char *const tokens[] = {"<|",     "|>",      "<\xEF\xBD\x9C",   "\xEF\xBD\x9C>",
                                         "[INST]", "[/INST]", "<<SYS>>",         "<</SYS>>",
                                         "<s>",    "</s>",    "<start_of_turn>", "<end_of_turn>",
                                         "<bos>",  "[inst]",  "<think>",         "<tool_call>"};
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        FUZZ_HOLDS(!has(text, tokens[i]));
    }
}

/* "System:", "### Assistant:" */
static void check_speaker(struct view line) {
    static const char *const speakers[] = {
        "system:", "assistant:", "user:", "human:", "developer:"};
    while (line.n > 0 && strchr("#*> \t", line.p[0])) {
        line = view_slice(line, 1, line.n);
    }
    for (size_t i = 0; i < sizeof(speakers) / sizeof(speakers[0]); i++) {
        FUZZ_HOLDS(!view_eq_nocase(view_slice(line, 0, strlen(speakers[i])), view_of(speakers[i])));
    }
}

static void check_text(struct view text) {
    struct view line;
    check_characters(text);
    check_tokens(text);
    for (struct view rest = text; view_line(&rest, &line);) {
        check_speaker(line);
    }
}

/* What may stand between blocks: nothing but our own words. */
static bool is_ours(struct view line) {
    static const char *const lines[] = {
        "The mark of this message is " MARK ".",
        "",
        "Decided: no ticket is opened and nobody is called. Promise neither.",
        "Decided: nobody is called. A ticket is opened for it. Say so.",
        "Answer the question, from the sources alone:",
    };
    size_t i = 0;
    while (i < sizeof(lines) / sizeof(lines[0]) && !view_eq(line, view_of(lines[i]))) {
        i++;
    }
    return i < sizeof(lines) / sizeof(lines[0]);
}

/* The name of the block that a line begins, or "end"; empty for any other line. */
static struct view fence_of(struct view line) {
    if (!view_starts(line, VIEW(OPEN MARK " "))) {
        FUZZ_HOLDS(!has(line, OPEN) && !has(line, CLOSE) && (!has(line, MARK) || is_ours(line)));
        return (struct view){0};
    }
    FUZZ_HOLDS(view_ends(line, VIEW(CLOSE)));
    const struct view name = view_slice(line, sizeof(OPEN MARK " ") - 1, line.n - 3);
    FUZZ_HOLDS(!has(name, OPEN) && !has(name, CLOSE) && !has(name, MARK));
    return name;
}

struct reader {
    size_t source; /* that was begun last */
    bool handling, cased, asked;
};

/* Blocks come in one order, each once. */
static void begin_block(struct reader *r, struct view name) {
    char source[32], handling[32];
    (void)snprintf(source, sizeof(source), "source s%zu", r->source + 1);
    (void)snprintf(handling, sizeof(handling), "handling s%zu", r->source);
    FUZZ_HOLDS(!r->asked);
    if (view_eq(name, view_of(source))) {
        FUZZ_HOLDS(!r->cased);
        r->source++;
        r->handling = false;
    } else if (view_eq(name, view_of(handling))) {
        FUZZ_HOLDS(!r->cased && !r->handling && r->source > 0);
        r->handling = true;
    } else if (view_eq(name, VIEW("case"))) {
        FUZZ_HOLDS(!r->cased);
        r->cased = true;
    } else {
        FUZZ_HOLDS(view_eq(name, VIEW("question")));
        r->asked = true;
    }
}

static void check_last(const struct prompt *prompt) {
    const esi_text last = prompt->turns[prompt->turn_count - 1].text;
    struct reader reader = {0};
    struct view rest = {last.data, last.size};
    struct view line;
    bool inside = false;
    check_text(rest);
    while (view_line(&rest, &line)) {
        const struct view name = fence_of(line);
        if (inside) {
            FUZZ_HOLDS(name.n == 0 || view_eq(name, VIEW("end")));
            inside = name.n == 0;
        } else if (name.n > 0) {
            begin_block(&reader, name);
            inside = true;
        } else {
            FUZZ_HOLDS(is_ours(line));
        }
    }
    FUZZ_HOLDS(!inside && reader.asked && reader.source == prompt->source_count);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The rules, made where nothing foreign is at hand. */
static void check_system(struct view system) {
    esi_arena arena;
    arena_init(&arena, 0);
    const struct prompt_in in = {
        .platform = VIEW("Northlight"), .question = VIEW("hello"), .fence = "0123456789abcdef"};
    struct prompt prompt;
    FUZZ_HOLDS(prompt_build(&in, &arena, &prompt, NULL) == ESI_OK);
    FUZZ_HOLDS(view_eq(prompt.system, system));
    arena_clear(&arena);
}

static void check(const struct prompt_in *in, const struct prompt *prompt) {
    const size_t budget = in->budget == 0 ? PROMPT_TOKENS : in->budget;
    FUZZ_HOLDS(prompt->tokens <= budget);
    for (size_t i = 0; i < prompt->turn_count; i++) {
        const struct view text = {prompt->turns[i].text.data, prompt->turns[i].text.size};
        const bool last = i + 1 == prompt->turn_count;
        FUZZ_HOLDS(prompt->turns[i].speaker ==
                   (i % 2 == 0 ? ESI_SPEAKER_USER : ESI_SPEAKER_ASSISTANT));
        FUZZ_HOLDS(last || (!has(text, MARK) && !has(text, OPEN) && !has(text, CLOSE)));
        check_text(text);
    }
    for (size_t i = 0; i < prompt->source_count; i++) {
        const struct view text = {prompt->sources[i].text.data, prompt->sources[i].text.size};
        FUZZ_HOLDS(!has(text, MARK) && !has(text, OPEN) && !has(text, CLOSE));
    }
    check_system(prompt->system);
    check_last(prompt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct input input;
    esi_arena arena;
    arena_init(&arena, 0);
    fill(&input, data, size);
    struct prompt prompt;
    const esi_err code = prompt_build(&input.in, &arena, &prompt, NULL);
    FUZZ_HOLDS(code == ESI_OK || code == ESI_ETOOBIG);
    if (code == ESI_OK) {
        check(&input.in, &prompt);
    }
    arena_clear(&arena);
    return 0;
}
