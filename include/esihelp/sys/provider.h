/* sys/provider.h: bring a model of your own.
 *
 * A provider turns texts into vectors (embed), or writes an answer from a prompt (answer), or
 * both. Slots may be called by many threads at a time, never with a lock of the library held. */
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
    const char *chat_model;      /**< NULL: it writes no answers */
    const char *embedding_model; /**< NULL: it makes no vectors */
    int32_t dimensions;          /**< of its vectors, 1 to 4096; 0 where it makes none */
    bool local;                  /**< no text leaves this process */
} esi_provider_info;

typedef struct esi_provider_config {
    size_t size;
    const char *api_key; /**< NULL, or a secret */
    const char *base_url;
    const char *chat_model;
    const char *embedding_model;
    int32_t dimensions; /**< 0: what the model gives */
    void *context;      /**< esi_options.provider_context */
    esi_logger log;
} esi_provider_config;

typedef struct esi_text {
    const char *data; /**< UTF-8, not NUL-terminated */
    size_t size;
} esi_text;

typedef struct esi_embed_request {
    size_t size;
    const esi_text *texts;
    size_t count; /**< 1 to 2048 */
    bool query;   /**< questions, not passages (some models tell them apart) */
    esi_wait wait;
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

/** Receives the answer's text as it comes. Non-zero: stop, the answer isn't wanted any more. */
typedef int (*esi_answer_fn)(const char *text, size_t size, void *context);

typedef struct esi_answer_request {
    size_t size;
    esi_text system;              /**< the same from turn to turn for one role */
    const esi_prompt_turn *turns; /**< history, then the fenced sources with the question */
    size_t turn_count;
    const esi_prompt_source *sources; /**< what may be cited; already part of the last turn */
    size_t source_count;
    int32_t max_tokens;
    esi_answer_fn on_text; /**< NULL: not wanted in pieces; called on the calling thread */
    void *text_context;
    esi_wait wait;
} esi_answer_request;

typedef enum esi_finish {
    ESI_FINISH_STOP = 0,
    ESI_FINISH_LENGTH = 1,  /**< cut at max_tokens */
    ESI_FINISH_FILTER = 2,  /**< the endpoint's content filter */
    ESI_FINISH_REFUSAL = 3, /**< the model declined */
    ESI_FINISH_STOPPED = 4  /**< on_text asked to stop */
} esi_finish;

typedef struct esi_answer {
    esi_text text;            /**< the whole answer, also what on_text was given */
    const char *const *cited; /**< ids of sources */
    size_t cited_count;
    bool has_cited; /**< false: this model doesn't say; every source counts as cited */
    esi_finish finish;
    const char *model; /**< who wrote it; NULL: info.chat_model */
    int64_t input_tokens, output_tokens;
} esi_answer;

/** The slots. A provider without embed or without answer leaves it NULL. */
typedef struct esi_provider_ops {
    size_t size; /**< sizeof(esi_provider_ops) */
    const char *name;

    /** Makes the provider; may block up to a few seconds. `config` lives only for the call.
     *  On failure nothing is left behind. */
    esi_err (*open)(const esi_provider_config *config, esi_provider **out, esi_error *err);
    /** Frees it; no call is in it any more. */
    void (*close)(esi_provider *self);
    /** Never blocks; the strings live as long as the provider. */
    void (*info)(esi_provider *self, esi_provider_info *out);
    /** Writes request->count x dimensions floats, row by row, each of length 1. May block until
     *  wait ends. Failure leaves `vectors` in any state. Errors: ESI_ETIMEOUT, ESI_ECANCELLED,
     *  ESI_EUNAVAILABLE, ESI_EUPSTREAM, ESI_EDIM, ESI_ENOMEM. */
    esi_err (*embed)(esi_provider *self, const esi_embed_request *request, float *vectors,
                     esi_error *err);
    /** Writes one answer; `out` and what it points to come from `arena`. May block until wait
     *  ends. What on_text was given before a failure stays given. Errors as embed. */
    esi_err (*answer)(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                      esi_answer *out, esi_error *err);
    /** Can it be reached? May block until wait ends. NULL: always. */
    esi_err (*probe)(esi_provider *self, const esi_wait *wait, esi_error *err);
} esi_provider_ops;

#ifdef __cplusplus
}
#endif
#endif
