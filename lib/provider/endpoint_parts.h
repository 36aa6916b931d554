/* endpoint_parts.h: what the files that read a configuration of endpoints share. */
#ifndef ESIHELP_PROVIDER_ENDPOINT_PARTS_H
#define ESIHELP_PROVIDER_ENDPOINT_PARTS_H

#include "base/json.h"
#include "provider/endpoint.h"

#define ENDPOINT_DEFAULT_URL "https://api.openai.com/v1"
#define ENDPOINT_TEXT_MAX 2048 /* bytes of an address, a path, a value */
#define ENDPOINT_KEY_MAX 4096
/* Texts and tokens in one request for vectors: below the limits of OpenAI (2,048 and 300,000), at a
 * size that the usual servers of closed networks take. What is refused as too large is halved. */
#define ENDPOINT_BATCH_TEXTS 128
#define ENDPOINT_BATCH_TOKENS 100000

/* One endpoint as it was written, in a file or as options. NULL and 0 where nothing was. */
struct endpoint_draft {
    const esi_provider_config *config;
    const struct json_doc *doc; /* NULL: it comes from options */
    const char *file;           /* its path, from whose folder others begin */
    const char *shown;          /* what messages call it: the end of a long path */
    const char *pointer;        /* where it stands in the file */
    bool embeds;
    const char *name, *base_url, *model, *deployment, *api, *api_version;
    const char *key, *key_file;
    const char *ca_file, *client_cert, *client_key, *proxy, *no_proxy;
    const json_value *headers;
    bool insecure, no_stream;
    int64_t first_ms, dimensions, batch_texts, batch_tokens;
};

/* Refuses it: "FILE:LINE: MEMBER of endpoint "NAME": ..." or "OPTION: ...". */
esi_err endpoint_draft_fail(const struct endpoint_draft *draft, const char *member, esi_err code,
                            esi_error *err, const char *format, ...)
    ESI_PRINTF(5, 6) ESI_MUST_CHECK;

/* The path of a file that it names: a relative one begins at the folder of the file of endpoints.
 * NULL: no memory. */
const char *endpoint_file_place(const struct endpoint_draft *draft, const char *path,
                                esi_arena *memory);

/* The key for that address; NULL: it has none. */
esi_err endpoint_find_key(const struct endpoint_draft *draft, const struct endpoint_url *url,
                          esi_arena *memory, const char **out, esi_error *err) ESI_MUST_CHECK;

/* Makes of it what calls need; the lock is initialised. What it keeps is in `memory`. */
esi_err endpoint_make(const struct endpoint_draft *draft, esi_arena *memory, struct endpoint *out,
                      esi_error *err) ESI_MUST_CHECK;

#endif
