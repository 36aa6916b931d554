/* sys/provider.h: bring a model of your own.
 *
 * A provider turns texts into vectors (embed), or writes an answer from a prompt (answer), or
 * both. examples/own_model.h is one, tests/contract asks of every provider what is promised here.
 *
 * What holds for all slots: between open and close each may be called by many threads at a time,
 * the same one too, and never with a lock of the library held. What a request or a configuration
 * points to is the library's and lives until the call returns; what a slot hands out is said at
 * each. A slot that may block asks esi_wait_left_ms before each piece of work and ends when it says
 * 0: with ESI_ECANCELLED where esi_cancel_fired(wait.cancel), else with ESI_ETIMEOUT. On failure a
 * slot leaves its outputs as they were and says why by esi_fail; the message never holds a secret
 * or a user's text. A provider takes no user's text as a command: the library checks what it wrote.
 * */
#ifndef ESIHELP_SYS_PROVIDER_H
#define ESIHELP_SYS_PROVIDER_H

#include <esihelp/sys/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esi_provider esi_provider; /* the backend's own */

/** What a provider can do, and the space its vectors live in. */
typedef struct esi_provider_info {
    const char *name;            /**< "offline", "openai" or the host's own */
    const char *chat_model;      /**< of the first endpoint; NULL: it writes no answers */
    const char *embedding_model; /**< NULL: it makes no vectors */
    int32_t dimensions;          /**< of its vectors, 1 to 4096; 0 where it makes none */
    bool local;                  /**< no text leaves this process, and a vector costs nothing */
} esi_provider_info;

/** How to open it. A provider takes what it needs; the strings live only for the call. */
typedef struct esi_provider_config {
    size_t size;
    const char *api_key; /**< NULL, or a secret */
    const char *base_url;
    const char *chat_model;
    const char *embedding_model;
    int32_t dimensions; /**< 0: what the model gives */
    void *context;      /**< esi_options.provider_context */
    esi_logger log;
    const char *endpoints;      /**< the text of a file that lists endpoints (JSON); NULL: none */
    const char *endpoints_name; /**< what messages call it */
    const char *embedding_base_url; /**< where vectors are made; NULL: base_url */
    const char *embedding_api_key;  /**< NULL: api_key, where the address is the same */
    const char *api_version;        /**< of an endpoint addressed as Azure's; NULL: it isn't */
    const char *ca_file;            /**< certificates that are trusted; NULL: the system's */
    const char *client_cert, *client_key; /**< PEM files; NULL: none */
    const char *proxy;                    /**< NULL: what the environment says */
    /** What the collection's vectors are of, so that no model has to be asked; NULL, 0: none. */
    const char *stored_model;
    int32_t stored_dimensions;
    int64_t hedge_ms; /**< how long an endpoint may be silent before the next one is asked, too;
                           0: never two at once */
    esi_wait wait;
} esi_provider_config;

typedef struct esi_text {
    const char *data; /**< UTF-8, not NUL-terminated */
    size_t size;
} esi_text;

/** What one call of a model cost, in tokens. */
typedef struct esi_charge {
    const char *model;
    int64_t input_tokens;  /**< all of them */
    int64_t cached_tokens; /**< those of them that cost less, as they were sent before */
    int64_t output_tokens;
    bool estimated; /**< the endpoint didn't say */
} esi_charge;

typedef struct esi_embed_request {
    size_t size;
    const esi_text *texts;
    size_t count; /**< 1 to 2048 */
    bool query;   /**< questions, not passages (some models tell them apart) */
    esi_wait wait;
    bool *made; /**< one per text, false before the call: this one's vector is there, also where the
                     call fails afterwards; NULL: not wanted */
    void (*on_charge)(const esi_charge *charge, void *context); /**< NULL: not wanted */
    void *context;
} esi_embed_request;

typedef enum esi_speaker { ESI_SPEAKER_USER = 0, ESI_SPEAKER_ASSISTANT = 1 } esi_speaker;

typedef struct esi_prompt_turn {
    esi_speaker speaker;
    esi_text text;
} esi_prompt_turn;

/** One source of a prompt: a model cites it by `id`. */
typedef struct esi_prompt_source {
    const char *id; /**< short, as "s1" */
    esi_text text;
} esi_prompt_source;

/** Hears an answer while it is made. Each may be NULL, and is called on the thread that called
 * `answer`, with no lock of the provider's held; what it is given lives only for the call.
 * Non-zero:
 *  stop, the answer isn't wanted any more. Then no other is called, but for on_charge, and `answer`
 *  is ESI_OK with what there was and ESI_FINISH_STOPPED. */
typedef struct esi_answer_listener {
    void *context;
    /** Which sources it rests on: once, before its first text, and only where the model says so by
     *  then. Ids that weren't offered are left out. */
    int (*on_cited)(const char *const *ids, size_t count, void *context);
    /** The next piece of its text: whole characters. */
    int (*on_text)(const char *text, size_t size, void *context);
    /** What was heard so far is void: another endpoint begins anew. NULL: once text was given, a
     *  failure ends the answer. */
    int (*on_restart)(void *context);
    /** Nothing new: comes about once a second while the model is silent. */
    int (*on_tick)(void *context);
    /** What a call cost; also one whose answer wasn't used. */
    void (*on_charge)(const esi_charge *charge, void *context);
} esi_answer_listener;

/** One answer that is wanted. */
typedef struct esi_answer_request {
    size_t size;
    /** Who the assistant is and the rules, as plain text: the same to the byte from turn to turn
     * for
     *  one role, so that what was computed for it may be kept. */
    esi_text system;
    /** The conversation: the person first, then the two in turn. The last one is the person's, with
     *  the sources in fences and then the question. */
    const esi_prompt_turn *turns;
    size_t turn_count; /**< 1 or more */
    /** What may be cited: part of the last turn already, told once more for who needs it apart. */
    const esi_prompt_source *sources;
    size_t source_count;                 /**< 1 to 16 */
    int32_t max_tokens;                  /**< that the answer may have */
    const esi_answer_listener *listener; /**< NULL: nobody listens */
    const char *const *categories;       /**< what `category` of the advice may be */
    size_t category_count;
    esi_wait wait;
} esi_answer_request;

typedef enum esi_finish {
    ESI_FINISH_STOP = 0,
    ESI_FINISH_LENGTH = 1,  /**< cut at max_tokens */
    ESI_FINISH_FILTER = 2,  /**< the endpoint's content filter */
    ESI_FINISH_REFUSAL = 3, /**< the model declined */
    ESI_FINISH_STOPPED = 4  /**< a listener asked to stop */
} esi_finish;

/** What a model thinks of a case. Nothing is decided by it, unless the policy says so. */
typedef struct esi_advice {
    bool has_tier, has_severity, has_escalate;
    esi_tier tier;
    esi_severity severity;
    bool escalate;
    const char *category; /**< one of the request's; NULL: it didn't say */
} esi_advice;

/** What `answer` gives. */
typedef struct esi_answer {
    esi_text text; /**< the whole answer, also what on_text was given since the restart */
    const char *const *cited; /**< ids of sources that were offered, each once; they may be the
                                   request's own */
    size_t cited_count;
    bool has_cited; /**< false: this model doesn't say; every source counts as cited */
    esi_finish finish;
    const char *model;       /**< who wrote it; NULL: info.chat_model */
    const char *const *open; /**< what of the question the sources leave open, a line each */
    size_t open_count;
    esi_advice advice;
} esi_answer;

/** How one of a provider's endpoints is. */
typedef struct esi_endpoint_state {
    const char *name;  /**< as its operator calls it, or its host */
    const char *model; /**< what it is asked for */
    bool embeds;       /**< it makes vectors; else it writes answers */
    bool resting;      /**< it failed too often: nothing is sent to it for rest_ms more */
    int64_t rest_ms;
    int64_t requests; /**< sent to it, repeated ones among them */
    int64_t failures; /**< of those, and attempts that found no connection */
    int64_t repeats;  /**< requests that were sent again, here or elsewhere, after a failure */
    int64_t lost; /**< of the failures: the kept connection was gone before the request got there */
    int64_t in_flight;
    const char *problem; /**< the last failure, in one line; NULL: none since the last success */
} esi_endpoint_state;

/** The slots. A provider without embed or without answer leaves it NULL, and says so in its info.
 *  What it points to must outlive every desk that was opened with it. */
typedef struct esi_provider_ops {
    size_t size; /**< sizeof(esi_provider_ops); what a smaller one lacks counts as NULL */
    const char *name;

    /** Makes the provider. May block until config->wait ends, a few seconds at most. It copies what
     *  it needs of `config`; `context` alone stays the host's and valid. `*out` is the provider's
     *  own until close. On failure nothing is left behind. An endpoint that can't be reached is no
     *  failure of opening, where what it would say is known. Errors: ESI_EINVAL (a value), ESI_EDIM
     *  (other dimensions than the model has), ESI_EUNSUPPORTED, ESI_EUNAVAILABLE, ESI_ETIMEOUT,
     *  ESI_ENOMEM. One call for each desk. */
    esi_err (*open)(const esi_provider_config *config, esi_provider **out, esi_error *err);

    /** Frees it. No call is in it any more, none follows. May block for as long as it takes its own
     *  threads to end. */
    void (*close)(esi_provider *self);

    /** What it is. Never blocks, can't fail, always says the same. The strings are the provider's
     *  and live as long as it does. */
    void (*info)(esi_provider *self, esi_provider_info *out);

    /** Writes request->count x dimensions floats, row by row, each of length 1; the same text gives
     *  the same vector, alone or among others, and an empty or malformed one has a vector, too. May
     *  block until wait ends. `vectors` is the caller's. Failure leaves rows that request->made
     *  doesn't name in any state; those that it names are good and paid for. Errors: ESI_ETIMEOUT,
     *  ESI_ECANCELLED, ESI_EUNAVAILABLE (try later), ESI_EUPSTREAM (it answered, and not as it
     *  should), ESI_EDIM, ESI_ENOMEM. */
    esi_err (*embed)(esi_provider *self, const esi_embed_request *request, float *vectors,
                     esi_error *err);

    /** Writes one answer. May block until wait ends; while it has nothing to tell it calls on_tick
     *  about once a second, because that is how a caller who left is noticed. The listener hears
     *  on_cited (if at all) once and before any text, then on_text with whole characters that
     *  together are `out->text`. Without a listener the whole comes at the end. `out` and what it
     * points to come from `arena`, which is the caller's and this call's alone. What a listener was
     *  given before a failure stays given: a failure after text is told as one, and nothing is
     *  repeated without on_restart. A model that declines, or is cut, is no failure: that is what
     *  `finish` is for. Errors: as embed. */
    esi_err (*answer)(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                      esi_answer *out, esi_error *err);

    /** Can it be reached? May block until wait ends; costs nothing that is paid for. NULL: always.
     *  Errors: ESI_ETIMEOUT, ESI_ECANCELLED, ESI_EUNAVAILABLE, ESI_EUPSTREAM. */
    esi_err (*probe)(esi_provider *self, const esi_wait *wait, esi_error *err);

    /** How its endpoints are, in the order in which they are tried. Never blocks. All strings come
     *  from `arena`, which is the caller's. NULL: it has none. Errors: ESI_ENOMEM. */
    esi_err (*endpoints)(esi_provider *self, esi_arena *arena, const esi_endpoint_state **out,
                         size_t *out_count, esi_error *err);
} esi_provider_ops;

#ifdef __cplusplus
}
#endif
#endif
