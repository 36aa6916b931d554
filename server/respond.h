/* respond.h: answers, each written to the socket at once. */
#ifndef ESIHELP_SERVER_RESPOND_H
#define ESIHELP_SERVER_RESPOND_H

#include "call.h"
#include "outbuf.h"

/* Sends a JSON document. headers: further lines, each with its "\r\n"; NULL for none. */
void respond_json(struct call *call, int status, const struct outbuf *json, const char *headers);

/* Sends a problem (RFC 9457) for a failure of the library or of reading the request. */
void respond_error(struct call *call, const esi_error *err);
/* The same with a status and headers of its own. */
void respond_problem(struct call *call, int status, const esi_error *err, const char *headers);
/* Writes a problem's object, as respond_problem sends it. */
void respond_write_problem(const struct call *call, int status, const esi_error *err,
                           struct outbuf *out);
/* The status that a failure has on the wire. */
int respond_status(const esi_error *err);

/* Server-sent events: begin once, then events and comments. False: the client is gone. */
bool respond_stream_begin(struct call *call);
bool respond_stream_event(struct call *call, const char *event, const struct outbuf *json);
bool respond_stream_comment(struct call *call);
void respond_stream_end(struct call *call);

#endif
