#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_parts.h"

#define ARGS_MAX 24
#define VERB_ANY (VERB_CHAT | VERB_EMBED)

/* What a play is short for: its kind and its arguments, each followed by a space. */
static const struct short_form {
    const char *name, *kind, *args;
} short_forms[] = {
    {"normal", "normal", ""},
    {"body", "body", ""},
    {"rubbish", "rubbish", ""},
    {"redirect", "redirect", ""},
    {"stall", "normal", "at=before end=stall "},
    {"stall_mid", "normal", "at=middle end=stall "},
    {"reset", "normal", "at=before end=reset "},
    {"reset_mid", "normal", "at=middle end=reset "},
    {"reset_end", "normal", "at=end end=reset "},
    {"close", "normal", "at=before end=close "},
    {"close_mid", "normal", "at=middle end=close "},
    {"close_end", "normal", "at=end end=close "},
    {"idle_fin", "normal", "after=fin "},
    {"idle_rst", "normal", "after=rst "},
    {"next_fin", "normal", "after=next_fin "},
    {"next_rst", "normal", "after=next_rst "},
    {"slow", "normal", "ms=300 "},
    {"slow_drip", "normal", "drip=5 packet=40 "},
    {"text", "normal", "content=text "},
    {"fenced", "normal", "content=fenced "},
    {"prose", "normal", "content=prose "},
    {"empty", "normal", "content=empty "},
    {"null", "normal", "content=null "},
    {"refusal", "normal", "refusal=1 "},
    {"length", "normal", "finish=length keep=60 "},
    {"filter", "normal", "finish=content_filter keep=40 "},
    {"reorder", "normal", "order=answer "},
    {"unknown_id", "normal", "id=s99 "},
    {"no_usage", "normal", "usage=0 "},
    {"no_done", "normal", "done=0 "},
    {"no_last", "normal", "last=0 "},
    {"hidden", "normal", "hidden=1 "},
    {"invalid", "normal", "invalid=1 "},
    {"truncated", "normal", "truncated=1 "},
    {"bytes", "normal", "chunk=1 "},
    {"crlf", "normal", "eol=crlf "},
    {"cr", "normal", "eol=cr "},
    {"comments", "normal", "comments=1 "},
    {"bom", "normal", "bom=1 "},
    {"batch", "normal", "events=7 "},
    {"cuts", "normal", "cut=1 delta=1 "},
    {"ascii", "normal", "ascii=1 cut=1 delta=1 "},
    {"twice", "normal", "twice=1 "},
    {"extra", "normal", "extra=1 "},
    {"early", "normal", "early=1 "},
    {"http10", "normal", "http10=1 "},
    {"fewer", "normal", "fewer=1 "},
    {"more", "normal", "more=1 "},
    {"shuffled", "normal", "shuffle=1 "},
    {"unordered", "normal", "index=none "},
    {"same_index", "normal", "index=same "},
    {"high_index", "normal", "index=high "},
    {"other_dims", "normal", "dims=7 "},
    {"nan", "normal", "value=nan "},
    {"inf", "normal", "value=inf "},
    {"null_value", "normal", "value=null "},
    {"zero", "normal", "value=zero "},
    {"text_value", "normal", "value=text "},
    {"bad_base64", "normal", "form=base64 damage=bad "},
    {"cut_base64", "normal", "form=base64 damage=cut "},
};

static const char known_names[] =
    " times ms drip packet chunk length at end after close http10 header field continue early key"
    " knows lacks inputs context as what retry retry_ms reset hidden say raw body content refusal"
    " finish id cite labels order keep usage model whole twice extra invalid truncated delta cut"
    " ascii eol bom comments events done last dims fewer more index shuffle value form damage bytes"
    " to echo ";

struct arg {
    char *name, *value;
};

struct line {
    unsigned verbs;
    const char *kind;
    char digits[4];
    struct arg args[ARGS_MAX];
    size_t arg_count;
    char *implied; /* the play's own arguments, taken apart into the same list */
    int64_t times, used;
};

struct script {
    char *text;
    struct line *lines;
    size_t count;
};

/* ---- reading --------------------------------------------------------------------------------- */

static char *copy(const char *text, size_t n) {
    char *p = malloc(n + 1);
    if (p == NULL) {
        abort();
    }
    memcpy(p, text, n);
    p[n] = '\0';
    return p;
}

/* Cuts the next word off; NULL: there is none. A value may be quoted, or take all that is left. */
static char *next_word(char **rest) {
    char *p = *rest + strspn(*rest, " \t");
    if (*p == '\0') {
        return NULL;
    }
    char *word = p;
    char *equals = p + strcspn(p, " \t=");
    const size_t n = (size_t)(equals - word);
    const bool takes_all = *equals == '=' && ((n == 3 && memcmp(word, "say", 3) == 0) ||
                                              (n == 3 && memcmp(word, "raw", 3) == 0) ||
                                              (n == 4 && memcmp(word, "body", 4) == 0));
    if (takes_all) {
        p = word + strlen(word);
    } else if (*equals == '=' && equals[1] == '\'') {
        memmove(equals + 1, equals + 2, strlen(equals + 2) + 1);
        p = equals + 1 + strcspn(equals + 1, "'");
    } else {
        p += strcspn(p, " \t");
    }
    *rest = *p != '\0' ? p + 1 : p;
    *p = '\0';
    return word;
}

static bool add_args(struct line *l, char *rest, char *why) {
    char wanted[40];
    for (char *word; (word = next_word(&rest)) != NULL;) {
        char *equals = strchr(word, '=');
        if (equals == NULL || l->arg_count == ARGS_MAX) {
            snprintf(why, 160, "'%.60s' is no name=value", word);
            return false;
        }
        *equals = '\0';
        snprintf(wanted, sizeof wanted, " %.30s ", word);
        if (strstr(known_names, wanted) == NULL) {
            snprintf(why, 160, "no such name: '%.60s'", word);
            return false;
        }
        l->args[l->arg_count++] = (struct arg){word, equals + 1};
    }
    return true;
}

static bool set_play(struct line *l, const char *name, char *why) {
    if (strlen(name) == 3 && isdigit((unsigned char)name[0]) && isdigit((unsigned char)name[1]) &&
        isdigit((unsigned char)name[2])) {
        memcpy(l->digits, name, 4);
        l->kind = l->digits;
        return true;
    }
    for (size_t i = 0; i < sizeof short_forms / sizeof *short_forms; i++) {
        if (strcmp(name, short_forms[i].name) == 0) {
            l->kind = short_forms[i].kind;
            l->implied = copy(short_forms[i].args, strlen(short_forms[i].args));
            return true;
        }
    }
    snprintf(why, 160, "no such play: '%.60s'", name);
    return false;
}

static unsigned verbs_of(const char *word) {
    return strcmp(word, "chat") == 0     ? VERB_CHAT
           : strcmp(word, "embed") == 0  ? VERB_EMBED
           : strcmp(word, "models") == 0 ? VERB_MODELS
           : strcmp(word, "any") == 0    ? VERB_ANY
                                         : 0;
}

/* What the line says goes before what its play implies. */
static bool read_line(struct line *l, char *text, char *why) {
    char *rest = text;
    const char *word = next_word(&rest);
    const unsigned verbs = verbs_of(word);
    *l = (struct line){.verbs = verbs != 0 ? verbs : VERB_ANY};
    const char *play = verbs != 0 ? next_word(&rest) : word;
    if (!set_play(l, play != NULL ? play : "normal", why) || !add_args(l, rest, why) ||
        (l->implied != NULL && !add_args(l, l->implied, why))) {
        return false;
    }
    l->times = line_number(l, "times", 1);
    return true;
}

/* Parts lines at line ends, and at ";" outside of what takes the rest of its line. */
static char *next_line(char **rest) {
    char *line = *rest + strspn(*rest, " \t\n;");
    if (*line == '\0') {
        return NULL;
    }
    char *end = line + strcspn(line, "\n");
    char *semicolon = memchr(line, ';', (size_t)(end - line));
    if (semicolon != NULL) {
        *semicolon = '\0';
        const bool takes_all = strstr(line, " say=") != NULL || strstr(line, " raw=") != NULL ||
                               strstr(line, " body=") != NULL;
        *semicolon = ';';
        end = takes_all ? end : semicolon;
    }
    *rest = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return line;
}

struct script *script_read(const char *text, char *why) {
    struct script *s = calloc(1, sizeof *s);
    if (s == NULL) {
        abort();
    }
    s->text = copy(text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    char *rest = s->text;
    for (char *line; (line = next_line(&rest)) != NULL;) {
        s->lines = realloc(s->lines, (s->count + 1) * sizeof *s->lines);
        if (s->lines == NULL) {
            abort();
        }
        s->count++;
        if (!read_line(&s->lines[s->count - 1], line, why)) {
            script_free(s);
            return NULL;
        }
    }
    for (size_t i = 0; i < s->count; i++) { /* the list may have moved */
        struct line *l = &s->lines[i];
        l->kind = l->digits[0] != '\0' ? l->digits : l->kind;
    }
    return s;
}

void script_free(struct script *s) {
    for (size_t i = 0; s != NULL && i < s->count; i++) {
        free(s->lines[i].implied);
    }
    if (s != NULL) {
        free(s->lines);
        free(s->text);
        free(s);
    }
}

/* ---- choosing -------------------------------------------------------------------------------- */

static uint32_t draw(uint32_t *seed) {
    uint32_t x = *seed;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *seed = x;
    return x * 2654435761u;
}

static struct line *by_chance(struct script *s, enum verb verb, uint32_t *seed) {
    int64_t sum = 0;
    for (size_t i = 0; i < s->count; i++) {
        sum += (s->lines[i].verbs & verb) != 0 ? s->lines[i].times : 0;
    }
    int64_t left = sum > 0 ? (int64_t)(draw(seed) >> 4) % sum : 0;
    for (size_t i = 0; i < s->count; i++) {
        if ((s->lines[i].verbs & verb) != 0) {
            left -= s->lines[i].times;
            if (left < 0) {
                return &s->lines[i];
            }
        }
    }
    return NULL;
}

static struct line *in_turn(struct script *s, enum verb verb) {
    struct line *last = NULL;
    for (size_t i = 0; i < s->count; i++) {
        struct line *l = &s->lines[i];
        if ((l->verbs & verb) != 0) {
            last = l;
            if (l->used < l->times) {
                break;
            }
        }
    }
    return last;
}

const struct line *script_next(struct script *s, enum verb verb, uint32_t *seed) {
    static const struct line normal = {.kind = "normal"};
    struct line *found = *seed != 0 ? by_chance(s, verb, seed) : in_turn(s, verb);
    if (found == NULL) {
        return &normal;
    }
    found->used++;
    return found;
}

/* ---- asking ---------------------------------------------------------------------------------- */

const char *line_value(const struct line *l, const char *name) {
    for (size_t i = 0; i < l->arg_count; i++) {
        if (strcmp(l->args[i].name, name) == 0) {
            return l->args[i].value;
        }
    }
    return NULL;
}

int64_t line_number(const struct line *l, const char *name, int64_t otherwise) {
    const char *value = line_value(l, name);
    return value != NULL ? strtoll(value, NULL, 10) : otherwise;
}

bool line_is(const struct line *l, const char *name, const char *value) {
    const char *found = line_value(l, name);
    return found != NULL && strcmp(found, value) == 0;
}

const char *line_kind(const struct line *l) {
    return l->kind;
}
