#include "provider/http.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <esihelp/version.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/http_parts.h"

/* A kept connection that is lost later than this after a request was sent on it wasn't lost because
 * nobody used it: the endpoint may have worked on the request. */
#define IDLE_LOST_MS 1000
/* Spare slots that are looked at for one of the right place. */
#define SPARE_LOOKS 16

/* As a long, which the options take. */
#define HTTP_2_OVER_TLS ((long)CURL_HTTP_VERSION_2TLS)

static const char no_memory[] = "no memory for the request";

/* Has a byte of the request left? libcurl's first try to send it may find the connection gone. */
static bool has_left(const struct http_slot *slot) {
    long size = 0;
    return curl_easy_getinfo(slot->easy, CURLINFO_REQUEST_SIZE, &size) == CURLE_OK && size > 0;
}

/* The connection stands, and libcurl is about to send the request. The second time for one call,
 * the first connection was lost, and it would be sent again. */
static int on_send(void *context, char *to, char *from, int to_port, int from_port) {
    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    const struct http_slot *slot = context;
    struct http_call *call = slot->call;
    call->tried_again = call->now_sent;
    if (call->now_sent && has_left(slot)) {
        call->stopped = true;
        return CURL_PREREQFUNC_ABORT;
    }
    call->now_sent = true;
    call->sent_ns = call->http->now_ns;
    http_expect(call, call->request.first_ms);
    return CURL_PREREQFUNC_OK;
}

/* A connection is about to be made: after the request was sent, that is for sending it again. */
static int on_connect(void *context, curl_socket_t fd, curlsocktype purpose) {
    (void)fd;
    (void)purpose;
    const struct http_slot *slot = context;
    slot->call->tried_again = slot->call->now_sent;
    if (slot->call->now_sent && has_left(slot)) {
        slot->call->stopped = true;
        return CURL_SOCKOPT_ERROR;
    }
    return CURL_SOCKOPT_OK;
}

/* Keeps a field as "name\0value\0"; what is no field, or doesn't fit any more, isn't kept. */
static void keep_field(struct http_call *call, struct view line) {
    const size_t colon = view_find(line, VIEW(":"), 0);
    if (colon == SIZE_MAX || colon == 0) {
        return;
    }
    const struct view name = view_slice(line, 0, colon);
    const struct view value = view_trim(view_slice(line, colon + 1, line.n));
    char *to = buf_room(&call->fields, name.n + value.n + 2);
    if (to == NULL) {
        call->fault = call->fault || !call->fields.too_long;
        call->fields.failed = false;
        return;
    }
    for (size_t i = 0; i < name.n; i++) {
        const char c = name.p[i];
        *to++ = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    *to++ = '\0';
    for (size_t i = 0; i < value.n; i++) {
        *to++ = value.p[i] == '\0' ? ' ' : value.p[i];
    }
    *to++ = '\0';
    call->fields.n += name.n + value.n + 2;
}

static bool is_stream(struct http_call *call) {
    const struct view type = view_of(http_reply_field(call, "content-type"));
    const struct view events = VIEW("text/event-stream");
    return view_eq_nocase(view_slice(type, 0, events.n), events);
}

static size_t on_field(char *p, size_t size, size_t n, void *context) {
    struct http_slot *slot = context;
    struct http_call *call = slot->call;
    (void)size; /* always 1 */
    call->replied = true;
    http_expect(call, call->request.silence_ms);
    if (n > HTTP_FIELDS_MAX - call->field_bytes) {
        call->too_big = true;
        return CURL_WRITEFUNC_ERROR;
    }
    call->field_bytes += n;
    if (call->now_status != 0) {
        return n; /* a trailer: the caller reads the fields already */
    }
    const struct view line = view_trim((struct view){p, n});
    if (view_starts(line, VIEW("HTTP/"))) {
        buf_empty(&call->fields); /* of an interim reply */
    } else if (line.n > 0) {
        keep_field(call, line);
    } else {
        long status = 0;
        (void)curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200) {
            call->now_status = (int)status;
            call->streams = is_stream(call);
            http_tell(call);
        }
    }
    return call->fault ? CURL_WRITEFUNC_ERROR : n;
}

static size_t on_body(char *p, size_t size, size_t n, void *context) {
    struct http_call *call = ((struct http_slot *)context)->call;
    (void)size; /* always 1 */
    if (n > call->request.reply_max - call->got_bytes) {
        call->too_big = true;
        return CURL_WRITEFUNC_ERROR;
    }
    call->http->streamed = call->http->streamed || call->streams;
    call->http->look_bytes += n;
    const size_t held = call->got_bytes - atomic_load(&call->taken_bytes);
    http_tell(call);
    if (held > 0 && held + n > HTTP_HELD_MAX) {
        call->now_paused = true;
        http_expect(call, 0); /* nobody but us is silent now */
        return CURL_WRITEFUNC_PAUSE;
    }
    buf_add(&call->got, (struct view){p, n});
    if (call->got.failed) {
        call->fault = true;
        return CURL_WRITEFUNC_ERROR;
    }
    call->got_bytes += n;
    http_expect(call, call->request.silence_ms);
    return n;
}

/* Slots */

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_place(const struct http_place *a, const struct http_place *b) {
    return same(a->url, b->url) && same(a->ca_file, b->ca_file) &&
           same(a->client_cert, b->client_cert) && same(a->client_key, b->client_key) &&
           same(a->proxy, b->proxy) && same(a->no_proxy, b->no_proxy) && a->insecure == b->insecure;
}

static size_t text_size(const char *text) {
    return text == NULL ? 0 : strlen(text) + 1;
}

static const char *copy_text(char **to, const char *text) {
    if (text == NULL) {
        return NULL;
    }
    const size_t size = strlen(text) + 1;
    const char *copy = memcpy(*to, text, size);
    *to += size;
    return copy;
}

/* The slot's own copy of a place, to know it again by. */
static bool keep_place(struct http_slot *slot, const struct http_place *place) {
    char *text =
        malloc(text_size(place->url) + text_size(place->ca_file) + text_size(place->client_cert) +
               text_size(place->client_key) + text_size(place->proxy) + text_size(place->no_proxy));
    if (text == NULL) {
        return false;
    }
    slot->text = text;
    slot->place = (struct http_place){
        .url = copy_text(&text, place->url),
        .ca_file = copy_text(&text, place->ca_file),
        .client_cert = copy_text(&text, place->client_cert),
        .client_key = copy_text(&text, place->client_key),
        .proxy = copy_text(&text, place->proxy),
        .no_proxy = copy_text(&text, place->no_proxy),
        .insecure = place->insecure,
    };
    return true;
}

static void slot_free(struct http_slot *slot) {
    if (slot != NULL) {
        curl_easy_cleanup(slot->easy);
        free(slot->text);
        free(slot);
    }
}

static CURLcode set_text(CURL *easy, CURLoption option, const char *text) {
    return text == NULL ? CURLE_OK : curl_easy_setopt(easy, option, text);
}

/* What is the same for every call. */
static CURLcode set_ways(struct http_slot *slot) {
    CURL *easy = slot->easy;
    CURLcode r = curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_SHARE, slot->http->share);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->error);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* of a slow DNS */
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, HTTP_2_OVER_TLS);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)HTTP_READ_SIZE);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_USERAGENT, "esihelp/" ESI_VERSION);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_PREREQDATA, slot);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_connect);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, slot);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_field);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    return r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
}

static CURLcode set_place(CURL *easy, const struct http_place *place) {
    CURLcode r = curl_easy_setopt(easy, CURLOPT_URL, place->url);
    /* A connection that is being made may take many requests, which TLS tells before the first one.
     * Without TLS, libcurl would wait for the first reply to know that it doesn't. */
    const bool may_share = view_eq_nocase(view_slice(view_of(place->url), 0, 6), VIEW("https:"));
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_PIPEWAIT, may_share ? 1L : 0L);
    r = r != CURLE_OK ? r : set_text(easy, CURLOPT_CAINFO, place->ca_file);
    r = r != CURLE_OK ? r : set_text(easy, CURLOPT_SSLCERT, place->client_cert);
    r = r != CURLE_OK ? r : set_text(easy, CURLOPT_SSLKEY, place->client_key);
    r = r != CURLE_OK ? r : set_text(easy, CURLOPT_PROXY, place->proxy);
    r = r != CURLE_OK ? r : set_text(easy, CURLOPT_NOPROXY, place->no_proxy);
    if (r == CURLE_OK && place->insecure) {
        r = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return r;
}

/* A spare slot that was set up for that place. The latest ones come first. */
static struct http_slot *spare_slot(struct http *http, const struct http_place *place) {
    struct http_slot **at = &http->spare;
    for (int i = 0; i < SPARE_LOOKS && *at != NULL; i++) {
        struct http_slot *slot = *at;
        if (same_place(&slot->place, place)) {
            *at = slot->next;
            http->spare_count--;
            return slot;
        }
        at = &slot->next;
    }
    return NULL;
}

/* NULL: no memory. */
static struct http_slot *find_slot(struct http *http, const struct http_place *place) {
    struct http_slot *slot = spare_slot(http, place);
    if (slot != NULL) {
        return slot;
    }
    slot = calloc(1, sizeof *slot);
    if (slot == NULL) {
        return NULL;
    }
    slot->http = http;
    slot->easy = curl_easy_init();
    if (slot->easy == NULL || !keep_place(slot, place) || set_ways(slot) != CURLE_OK) {
        slot_free(slot);
        return NULL;
    }
    slot->setup = set_place(slot->easy, &slot->place);
    if (slot->setup == CURLE_OUT_OF_MEMORY) {
        slot_free(slot);
        return NULL;
    }
    return slot;
}

static CURLcode set_request(CURL *easy, struct http_call *call) {
    const struct http_request *request = &call->request;
    const curl_off_t most =
        request->reply_max > INT64_MAX ? INT64_MAX : (curl_off_t)request->reply_max;
    CURLcode r = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, &call->lines[0]);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, most);
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
    if (request->body.n == 0) {
        return r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.p);
    const curl_off_t size = (curl_off_t)request->body.n;
    r = r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
    return r != CURLE_OK ? r : curl_easy_setopt(easy, CURLOPT_POST, 1L);
}

void transfer_free_spare(struct http *http) {
    while (http->spare != NULL) {
        struct http_slot *slot = http->spare;
        http->spare = slot->next;
        slot_free(slot);
    }
    http->spare_count = 0;
}

/* Takes the request out of the slot, and keeps it for the next one. */
static void put_back(struct http *http, struct http_slot *slot) {
    slot->call = NULL;
    (void)curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, NULL);
    if (http->spare_count >= HTTP_SPARE_MAX) {
        transfer_free_spare(http); /* they may be of places that nobody asks any more */
    }
    slot->next = http->spare;
    http->spare = slot;
    http->spare_count++;
}

/* Calls */

static void link_call(struct http *http, struct http_call *call) {
    call->prev = NULL;
    call->next = http->calls;
    if (call->next != NULL) {
        call->next->prev = call;
    }
    http->calls = call;
    call->shard->calls++;
    atomic_fetch_add(&http->in_flight, 1);
}

static void unlink_call(struct http *http, struct http_call *call) {
    if (call->next != NULL) {
        call->next->prev = call->prev;
    }
    if (call->prev != NULL) {
        call->prev->next = call->next;
    } else {
        http->calls = call->next;
    }
    call->shard->calls--;
    atomic_fetch_add(&http->in_flight, -1);
}

/* The one place where a call ends. */
static void set_end(struct http_call *call, enum http_end end, const char *problem) {
    assert(call->now_end == HTTP_UNDER_WAY);
    call->now_end = end;
    call->now_paused = false;
    str_line(call->problem, sizeof call->problem, problem == NULL ? "" : problem);
    http_tell(call);
}

void transfer_start(struct http *http, struct http_call *call) {
    struct http_shard *shard = http_shard(http);
    struct http_slot *slot = shard == NULL ? NULL : find_slot(http, call->request.place);
    if (slot == NULL) {
        set_end(call, HTTP_NOT_SENT, no_memory);
        return;
    }
    call->slot = slot;
    call->shard = shard;
    slot->call = call;
    slot->error[0] = '\0';
    link_call(http, call);
    http_expect(call, call->request.connect_ms);
    if (slot->setup != CURLE_OK) {
        transfer_end(call, HTTP_REFUSED, curl_easy_strerror(slot->setup));
    } else if (set_request(slot->easy, call) != CURLE_OK ||
               curl_multi_add_handle(shard->multi, slot->easy) != CURLM_OK) {
        transfer_end(call, HTTP_NOT_SENT, no_memory);
    }
}

static void count(struct http_call *call) {
    struct http *http = call->http;
    long connections = 0;
    call->now_sent = call->now_sent && has_left(call->slot);
    if (call->now_sent &&
        curl_easy_getinfo(call->slot->easy, CURLINFO_NUM_CONNECTS, &connections) == CURLE_OK) {
        atomic_fetch_add(&http->connections, connections);
    }
    atomic_fetch_add(&http->sent, call->now_sent ? 1 : 0);
    atomic_fetch_add(&http->stopped, call->stopped ? 1 : 0);
}

void transfer_end(struct http_call *call, enum http_end end, const char *problem) {
    struct http *http = call->http;
    struct http_slot *slot = call->slot;
    if (slot == NULL) { /* it was never begun */
        set_end(call, end, problem);
        return;
    }
    count(call);
    set_end(call, end, problem);
    (void)curl_multi_remove_handle(call->shard->multi, slot->easy);
    unlink_call(http, call);
    call->slot = NULL;
    if (call->tried_again) {
        slot_free(slot); /* libcurl counts its resends for a handle's whole life, and gives up */
    } else {
        put_back(http, slot);
    }
}

static bool is_in(const CURLcode *codes, CURLcode code) {
    while (*codes != CURLE_OK && *codes != code) {
        codes++;
    }
    return *codes != CURLE_OK;
}

/* What would fail at any time, and wherever it were tried. */
static const CURLcode refused[] = {CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
                                   CURLE_NOT_BUILT_IN,         CURLE_SSL_CERTPROBLEM,
                                   CURLE_SSL_CACERT_BADFILE,   CURLE_BAD_FUNCTION_ARGUMENT,
                                   CURLE_UNKNOWN_OPTION,       CURLE_OK};
/* After a request was sent, these say that libcurl couldn't connect for sending it again. */
static const CURLcode connecting[] = {CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST,
                                      CURLE_COULDNT_CONNECT, CURLE_OK};

static enum http_end judge(struct http_call *call, CURLcode code) {
    if (code == CURLE_OK && call->now_status != 0) {
        return HTTP_WHOLE;
    }
    call->now_sent = call->now_sent && has_left(call->slot);
    call->stopped = call->stopped || (call->now_sent && is_in(connecting, code));
    call->tried_again = call->tried_again || call->stopped;
    if (call->stopped) {
        const int64_t late_ns = call->sent_ns + IDLE_LOST_MS * NS_PER_MS;
        return call->http->now_ns < late_ns ? HTTP_IDLE_LOST : HTTP_LOST;
    }
    if (call->too_big || code == CURLE_FILESIZE_EXCEEDED) {
        return HTTP_TOO_BIG;
    }
    if (!call->now_sent) {
        return is_in(refused, code) ? HTTP_REFUSED : HTTP_NOT_SENT;
    }
    return HTTP_LOST;
}

/* What libcurl says in detail may quote what an endpoint sent, and an endpoint may send back what
 * it was sent: that is repeated only as long as nothing was. An address that it may quote has its
 * secrets before an "@" or behind a "?". */
static const char *problem_of(const struct http_call *call, enum http_end end, CURLcode code) {
    if (end == HTTP_WHOLE) {
        return NULL;
    }
    if (call->fault) {
        return "no memory for the reply";
    }
    if (end == HTTP_TOO_BIG) {
        return "the reply is larger than it may be";
    }
    if (end == HTTP_IDLE_LOST || call->stopped) {
        return "a kept connection was closed before the reply began";
    }
    const char *detail = call->slot->error;
    const bool is_safe = !call->now_sent && detail[0] != '\0' && strpbrk(detail, "@?") == NULL;
    return is_safe ? detail : curl_easy_strerror(code);
}

void transfer_done(struct http_call *call, CURLcode code) {
    const enum http_end end = judge(call, code);
    if (call->stopped) {
        log_debug(&call->http->log, "provider/http", NULL,
                  "a kept connection was closed, and libcurl was kept from sending again");
    }
    transfer_end(call, end, problem_of(call, end, code));
}

void transfer_resume(struct http_call *call) {
    call->now_paused = false;
    http_expect(call, call->request.silence_ms);
    (void)curl_easy_pause(call->slot->easy, CURLPAUSE_CONT);
}
