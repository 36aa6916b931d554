/* upstream.h: an endpoint of the tests: it speaks the API over real sockets of loopback, on a
 * thread of its own, and plays what a script says, also what no endpoint should do.
 *
 * A script is lines (also parted by ";"), one play each:
 *
 *     [chat|embed|models|any] PLAY [name=value ...]
 *
 * A request takes the first line for its verb that isn't used up; the last one for it goes on for
 * ever. Without a line for its verb a request is answered as `normal`; "any" is chat and embed. A
 * value may stand in '...'; `say`, `raw` and `body` take the rest of their line as it is. A line
 * that can't be read ends the test.
 *
 * Plays. The first column alone does something, the others are short for it:
 *
 *   normal       the right reply, in the form that was asked for: sources are cited and quoted
 *   NNN          that status with an error's body: 400, 401, 403, 404, 429, 500, 502, 503, ...
 *   body         the value of `body` is the reply's body
 *   rubbish      bytes=N (100 MB) of what is no reply
 *   redirect     a 307 to the same path at to=URL (another host of loopback)
 *
 *   stall stall_mid             nothing more, for ever: normal end=stall at=before|middle
 *   reset reset_mid reset_end   the connection breaks (RST): normal end=reset at=before|middle|end
 *   close close_mid close_end   it is closed (FIN): normal end=close at=...
 *   idle_fin idle_rst           a whole reply on a connection that is to be kept, then its end
 *   next_fin next_rst           the same, but when the next request comes, which isn't read
 *   slow slow_drip              normal ms=300; normal drip=5 packet=40
 *   text fenced prose empty null         normal content=...
 *   refusal length filter       the model declines; finish_reason length, content_filter
 *   reorder unknown_id no_usage no_done no_last    normal order=answer; id=s99; usage=0; ...
 *   hidden                      an error within a 200, in mid-stream where it streams
 *   invalid truncated           JSON that isn't; that ends too early
 *   bytes crlf cr comments bom batch cuts ascii twice extra early http10
 *                               normal in another dress, see chunk, eol, ...
 *   fewer more shuffled unordered same_index high_index other_dims nan inf null_value zero
 *   text_value bad_base64 cut_base64     vectors: normal fewer=1; more=1; index=...; value=...
 *
 * Names that every play takes:
 *
 *   times=N      the line holds for N requests (1); when lines are drawn, its weight
 *   ms=N         wait before the first byte
 *   drip=N       wait between packets; packet=N: bytes of one (an event, or all of the reply)
 *   chunk=N      bytes of one HTTP chunk (a packet); length=0: chunked also where its size is known
 *   at=before|middle|end  end=keep|stall|reset|close   how far a reply gets, and then
 *   after=keep|fin|rst|next_fin|next_rst   what becomes of a connection after a whole reply
 *   close=1      "Connection: close"; http10=1: HTTP/1.0 without a length, closed at its end
 *   header=N     a field of N bytes; field='Name: value': that field; continue=1, early=1: a 100,
 *                a 103 comes first
 *   key=K        who doesn't bring that key is answered with a 401; knows=M: a 404 for other models
 *   lacks=A,B    a 400 for requests with that part, else the play: json_schema, json_object,
 *                response_format, stream, stream_options, max_tokens, max_completion_tokens,
 *                temperature, dimensions, encoding_format, base64, system, developer, batch
 *   inputs=N, context=N   a 400 for more inputs; for bodies of more than N bytes
 *
 * Of an error (NNN, and what lacks, inputs, context, key and knows refuse):
 *
 *   as=openai|azure|vllm|llamacpp|ollama|litellm|tgi|string|detail|details|message|plain|html|empty
 *   what=NAME    what is wrong: one of lacks' names, or context, batch, tokens_batch, quota, rate,
 *                overloaded, model, key, filter, server (by the status, where it isn't said)
 *   retry=V      Retry-After: V; retry=date+N: N seconds from now as a date; retry_ms=N:
 *                retry-after-ms; reset=V: x-ratelimit-reset-requests (and -remaining: 0)
 *   echo=1       the message repeats the caller's key; hidden=1: the same body within a 200
 *
 * Of normal, chat: say=TEXT (the answer), raw=TEXT (all of the model's text), content=json|text|
 * fenced|prose|empty|null, refusal=1, finish=WORD, id=ID (cited, first of all), cite=0, labels=0,
 * order=answer (ids after the text), keep=N (percent of the text that comes), usage=0, model=M,
 * whole=1 (no stream, whatever was asked), twice=1, extra=1, invalid=1, truncated=1.
 * Of a stream: delta=N bytes (12), cut=1 (anywhere, also within a character), ascii=1 (\u escapes
 * on the wire, with cut also between surrogates; 2: the model itself writes them), bom=1,
 * eol=lf|crlf|cr, comments=1, events=N in a packet, done=0, last=0 (no event with a finish_reason),
 * hidden=1 (an error in its middle).
 * Of normal, embed: dims=N, fewer=N, more=N, index=reverse|none|same|high|negative, shuffle=1,
 * value=nan|inf|null|zero|text|huge, form=float|base64, damage=cut|bad (of base64), usage=0. */
#ifndef ESIHELP_TESTS_UPSTREAM_H
#define ESIHELP_TESTS_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstream;

struct upstream_setup {
    const char *script; /* NULL: "any normal" */
    uint32_t seed;      /* not 0: each request takes a line by chance, not in turn */
    bool keep_requests; /* for upstream_request */
    int port;           /* 0: any; else as ESI_TEST_TLS_PORT says, see upstream_tls.py */
};

struct upstream *upstream_start(const struct upstream_setup *setup);
void upstream_stop(struct upstream *u);
/* "http://127.0.0.1:PORT/v1" */
const char *upstream_url(const struct upstream *u);
int upstream_port(const struct upstream *u);
/* Another script from now on. */
void upstream_play(struct upstream *u, const char *script);
/* What is wrong with a script; NULL: nothing. */
const char *upstream_check(const char *script);

struct upstream_counts {
    int64_t requests; /* whose head and body arrived whole */
    int64_t chat, embed;
    int64_t inputs; /* texts of requests for vectors that got them */
    int64_t connections;
    int64_t open;   /* requests that aren't answered yet */
    int64_t unread; /* requests that weren't read to their end, or at all (next_fin, next_rst) */
    int64_t mute; /* of `requests`: on a connection that had served before and was then ended by us
                     without a byte of a reply; who sent it can't tell it from one that got lost */
};
struct upstream_counts upstream_counts(struct upstream *u);
/* The n-th request from 0 as it came, head and body; NULL: there were fewer. Lives until stop. */
const char *upstream_request(struct upstream *u, size_t n);
/* Waits until so many requests came, at most that long. */
bool upstream_await(struct upstream *u, int64_t requests, int64_t ms);

#endif
