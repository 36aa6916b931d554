/* prompt_history.c: the conversation so far, within its share: the newest messages whole, older
 * ones in a line, the oldest not at all. The speakers take turns, as many models insist on. */
#include "base/error.h"
#include "base/text.h"
#include "base/token_count.h"
#include "core/prompt_parts.h"

#define ORIGIN "core/prompt"
#define HISTORY_MAX 50
#define WHOLE_SHARE 2 / 3   /* of the tokens, for messages that are told whole */
#define MESSAGE_SHARE 1 / 3 /* of the tokens, for one of them */
#define LINE_CHARS 160
#define OPENING_BYTES 25 /* a shorter sentence is a greeting, or might be */
#define CUT " (...)"
#define LEFT_OUT "(Earlier messages are left out.)\n\n"
#define NO_ANSWER "(There was no answer.)"

struct history {
    struct prompting *p;
    struct prompt_message *kept; /* the newest first, defused */
    size_t count;
    size_t tokens, used; /* that all of it may take, and does */
    bool lines;          /* what is older than this is told in lines */
};

/* ---- one message ----------------------------------------------------------------------------- */

/* Whole, or as much of it as one message may have. */
static void add_whole(struct prompting *p, struct buf *out, struct view text, size_t most) {
    prompt_defuse(p, out, text);
    const struct view head = prompt_head(buf_view(out), most);
    if (head.n < out->n) {
        buf_cut(out, view_trim(head).n);
        buf_str(out, CUT);
    }
}

/* The line of an answer that tells most of it: the first that isn't its opening. */
static struct view answer_line(struct view text) {
    struct view rest = text;
    struct view line = {0};
    struct view first = {0};
    while (view_line(&rest, &line)) {
        line = view_trim(line);
        first = first.n == 0 ? line : first;
        if (line.n > 2 && (line.p[0] == '-' || (line.p[0] >= '0' && line.p[0] <= '9'))) {
            return line;
        }
    }
    return first;
}

/* The first sentence of a message that is more than its opening. */
static struct view first_sentence(struct view text) {
    struct view rest = text;
    struct view sentence = {0};
    while (text_sentence(&rest, &sentence)) {
        if (sentence.n >= OPENING_BYTES) {
            return sentence;
        }
    }
    return text;
}

static void add_line(struct prompting *p, struct buf *out, const struct prompt_message *message) {
    const struct view text = view_trim(message->text);
    const struct view line = message->from_user ? first_sentence(text) : answer_line(text);
    prompt_defuse_line(p, out, line, LINE_CHARS);
    if (text.n > line.n || text_count(line) > LINE_CHARS) {
        buf_str(out, CUT);
    }
}

/* Takes the next older message in; *out is false where there is no room for it. */
static esi_err take(struct history *h, const struct prompt_message *message, bool *out) {
    struct prompting *p = h->p;
    struct buf text;
    buf_init(&text, PROMPT_BYTES_MAX);
    esi_err code = ESI_OK;
    size_t cost = 0;
    if (!h->lines) {
        add_whole(p, &text, message->text, h->tokens * MESSAGE_SHARE);
        cost = token_count(buf_view(&text)) + PROMPT_TURN_TOKENS;
        h->lines = h->used + cost > h->tokens * WHOLE_SHARE;
    }
    if (h->lines) {
        buf_empty(&text);
        add_line(p, &text, message);
        cost = token_count(buf_view(&text)) + PROMPT_TURN_TOKENS;
    }
    *out = h->used + cost <= h->tokens;
    if (text.failed) {
        code = fail_memory(p->err, ORIGIN);
    } else if (*out && text.n > 0) {
        char *copy = arena_str(p->arena, buf_view(&text));
        code = copy ? ESI_OK : fail_memory(p->err, ORIGIN);
        h->kept[h->count++] = (struct prompt_message){message->from_user, {copy, text.n}};
        h->used += cost;
    }
    buf_clear(&text);
    return code;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static esi_err end_turn(struct prompting *p, struct buf *text, bool from_user) {
    char *copy = text->failed ? NULL : arena_str(p->arena, buf_view(text));
    if (!copy) {
        return fail_memory(p->err, ORIGIN);
    }
    p->out.turns[p->out.turn_count++] =
        (esi_prompt_turn){.speaker = from_user ? ESI_SPEAKER_USER : ESI_SPEAKER_ASSISTANT,
                          .text = {.data = copy, .size = text->n}};
    buf_empty(text);
    return ESI_OK;
}

/* Messages of one speaker in a row are one turn; the person begins, and the desk is the last. */
static esi_err make_turns(struct history *h, bool some_left_out) {
    struct prompting *p = h->p;
    struct buf text;
    esi_err code = ESI_OK;
    buf_init(&text, PROMPT_BYTES_MAX);
    while (h->count > 0 && !h->kept[h->count - 1].from_user) {
        h->count--;
        some_left_out = true;
    }
    if (h->count > 0 && some_left_out) {
        buf_str(&text, LEFT_OUT);
    }
    for (size_t i = h->count; i > 0 && code == ESI_OK; i--) {
        const struct prompt_message *message = &h->kept[i - 1];
        const bool goes_on = i < h->count && h->kept[i].from_user == message->from_user;
        buf_str(&text, goes_on ? "\n\n" : "");
        buf_add(&text, message->text);
        if (i == 1 || h->kept[i - 2].from_user != message->from_user) {
            code = end_turn(p, &text, message->from_user);
        }
    }
    if (code == ESI_OK && h->count > 0 && h->kept[0].from_user) {
        buf_str(&text, NO_ANSWER);
        code = end_turn(p, &text, false);
    }
    buf_clear(&text);
    return code;
}

esi_err prompt_history(struct prompting *p, size_t tokens) {
    const struct prompt_in *in = p->in;
    const size_t most = in->history_count < HISTORY_MAX ? in->history_count : HISTORY_MAX;
    struct history h = {.p = p, .used = token_count(VIEW(LEFT_OUT NO_ANSWER)) + PROMPT_TURN_TOKENS};
    h.tokens = tokens;
    h.kept = ARENA_ARRAY(p->arena, most, struct prompt_message);
    p->out.turns = ARENA_ARRAY(p->arena, most + 2, esi_prompt_turn);
    if (!h.kept || !p->out.turns) {
        return fail_memory(p->err, ORIGIN);
    }
    size_t taken = 0;
    bool fits = true;
    esi_err code = ESI_OK;
    while (code == ESI_OK && taken < most) {
        code = take(&h, &in->history[in->history_count - 1 - taken], &fits);
        if (!fits) {
            break;
        }
        taken++;
    }
    return code == ESI_OK ? make_turns(&h, taken < in->history_count) : code;
}
