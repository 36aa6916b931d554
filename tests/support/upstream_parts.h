/* upstream_parts.h: what the files of the upstream share.
 *
 *   upstream.c         the thread, from outside
 *   upstream_loop.c    connections: what is read, what is sent, and when
 *   upstream_request.c one request taken apart
 *   upstream_script.c  the lines of a script, and which one is next
 *   upstream_play.c    a line and a request to what is sent
 *   upstream_chat.c    the body of a right answer, upstream_embed.c: of vectors
 *   upstream_error.c   the bodies of refusals
 *   upstream_text.c    bytes that grow; JSON read and written */
#ifndef ESIHELP_TESTS_UPSTREAM_PARTS_H
#define ESIHELP_TESTS_UPSTREAM_PARTS_H

#include <pthread.h>

#include "upstream.h"

/* ---- upstream_text.c: bytes and JSON --------------------------------------------------------- */

struct span {
    const char *p;
    size_t n;
};

/* Grows as needed, ends the test without memory, and is followed by a NUL. */
struct bytes {
    char *p;
    size_t n, max;
};

void bytes_clear(struct bytes *b);
void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_str(struct bytes *b, const char *text);
void bytes_printf(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string without its quotes. */
void bytes_quoted(struct bytes *b, struct span text);
/* The same in ASCII: one UTF-16 unit after the other, \u-escaped. */
void bytes_unit(struct bytes *b, uint16_t unit);

bool span_is(struct span s, const char *text);
/* Where `text` begins in s; NULL: nowhere. */
const char *span_find(struct span s, const char *text);

/* Members and items of a JSON text, as they stand there; n is 0 where there is none. */
struct span json_member(struct span object, const char *name);
/* *at: 0 before the first; false: no more. */
bool json_item(struct span array, size_t *at, struct span *out);
/* The decoded text of a string, or of the "text" members of a list; added to `out`. */
void json_text(struct span value, struct bytes *out);
int64_t json_whole(struct span value, int64_t otherwise);

/* ---- upstream_request.c ---------------------------------------------------------------------- */

enum verb { VERB_CHAT = 1, VERB_EMBED = 2, VERB_MODELS = 4, VERB_OTHER = 8 };

struct head {
    size_t size; /* of the head, with its empty line; 0: it isn't whole yet */
    struct span method, path;
    int64_t length; /* of the body; -1: chunked */
    bool expects, closes;
    bool broken;
};

struct ask {
    enum verb verb;
    struct span body;
    char key[256];
    char model[128];
    bool stream, with_usage; /* stream_options.include_usage */
    bool schema, json;       /* response_format */
    bool base64;
    int64_t dimensions; /* 0: not said */
    struct span input;  /* of vectors */
    bool one_input;
    int64_t inputs;
    struct bytes last; /* the last turn of a prompt */
};

void head_read(struct span bytes, struct head *out);
/* The value of a field in a head, trimmed; n is 0 where it isn't there. */
struct span head_field(struct span head, const char *name);
/* Reads a chunked body that begins at `bytes`: true once it is whole; *used: its size there. */
bool chunks_read(struct span bytes, struct bytes *body, size_t *used);
void ask_read(struct span head, struct span path, struct span body, struct ask *out);
void ask_clear(struct ask *ask);

/* ---- upstream_script.c ----------------------------------------------------------------------- */

struct line;
struct script;

/* NULL with what is wrong in `why` (of 160 bytes). */
struct script *script_read(const char *text, char *why);
void script_free(struct script *s);
/* The line that a request takes. *seed: 0, or what the next one is drawn with. */
const struct line *script_next(struct script *s, enum verb verb, uint32_t *seed);
/* What the line says, or what its play stands for; NULL: neither. */
const char *line_value(const struct line *l, const char *name);
int64_t line_number(const struct line *l, const char *name, int64_t otherwise);
bool line_is(const struct line *l, const char *name, const char *value);
/* "normal", "body", "rubbish", "redirect" or three digits. */
const char *line_kind(const struct line *l);

/* ---- upstream_play.c ------------------------------------------------------------------------- */

enum ending { ENDING_KEEP, ENDING_STALL, ENDING_RESET, ENDING_CLOSE };
enum after { AFTER_KEEP, AFTER_FIN, AFTER_RST, AFTER_NEXT_FIN, AFTER_NEXT_RST };

/* What is sent, and when. */
struct plan {
    struct bytes out;
    size_t *stops; /* before these bytes, in order, it waits */
    size_t stop_count, stop_max;
    int64_t first_ms, stop_ms;
    int64_t repeat; /* bytes that come after `out`: its last `repeat_of`, again and again */
    size_t repeat_of;
    enum ending ending;
    enum after after;
};

/* A reply before it is framed. `marks`: ends of its natural packets. */
struct reply {
    int status;
    const char *type;
    struct bytes fields; /* more of the head, each with its line end */
    struct bytes body;
    size_t *marks;
    size_t mark_count, mark_max;
    bool stream;
    int64_t repeat; /* as in a plan */
    size_t repeat_of;
};

void plan_make(const struct line *l, const struct ask *ask, struct plan *out);
void plan_clear(struct plan *plan);
void reply_mark(struct reply *r);

/* ---- upstream_chat.c, upstream_embed.c, upstream_error.c ------------------------------------- */

void chat_reply(const struct line *l, const struct ask *ask, struct reply *out);
void embed_reply(const struct line *l, const struct ask *ask, struct reply *out);
/* what: NULL: as the line says, or as the status suggests. */
void error_reply(const struct line *l, const struct ask *ask, int status, const char *what,
                 struct reply *out);
/* The body alone. */
void error_body(const struct line *l, const struct ask *ask, int status, const char *what,
                struct bytes *out);

/* ---- upstream_loop.c ------------------------------------------------------------------------- */

struct upstream {
    pthread_t thread;
    int listener, poll, wake[2];
    int port;
    char url[48];
    bool keep;
    pthread_mutex_t lock;
    pthread_cond_t came;
    /* below: under the lock */
    bool stop;
    uint32_t seed;
    struct script *script;
    struct upstream_counts counts;
    char **kept;
    size_t kept_count, kept_max;
    /* below: the thread's own */
    struct conn **heap; /* those that wait for a time, the nearest first */
    size_t heap_count, heap_max;
    struct conn *conns; /* all of them */
    size_t dead;        /* of them, those that are gone */
};

void *upstream_run(void *context);

#endif
