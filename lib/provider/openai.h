/* openai.h: models behind the API of OpenAI: its own, Azure's, and whatever else speaks it.
 *
 * What an answer comes to, where an endpoint doesn't simply give one:
 *
 *   the model declines               ESI_FINISH_REFUSAL; the text is what it says about it, and was
 *                                    not given to on_text
 *   the content filter, be it by a   ESI_FINISH_FILTER; the text is what came before it
 *   status or as a finish reason
 *   cut at max_tokens                ESI_FINISH_LENGTH; the text may end within a sentence
 *   no JSON at all                   the text as it came, has_cited false
 *   ids that weren't offered         left out; has_cited stays true, cited_count may be 0
 *   nothing to show: an empty reply, the next endpoint, else ESI_EUPSTREAM
 *   only tool calls, JSON without an
 *   answer
 *   an error within a 200            as a limit where it says so, else the next endpoint
 *   cut on the way                   the next endpoint, where a listener hears of the restart or
 *                                    nothing was given yet, else ESI_EUPSTREAM
 *   a listener answers non-zero      ESI_FINISH_STOPPED, and the connection is closed
 *
 * What a model thinks aloud before its answer is left out. */
#ifndef ESIHELP_PROVIDER_OPENAI_H
#define ESIHELP_PROVIDER_OPENAI_H

#include <esihelp/sys/provider.h>

/* Opened with an embedding_model of "", it makes no vectors, and no endpoint is asked for them. */
extern const esi_provider_ops openai_ops;

#endif
