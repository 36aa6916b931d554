#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "pg_proxy_parts.h"

#define FLUSH_MS 2000 /* to pass on what comes before a cut */

#define CODE_STARTUP 196608u
#define CODE_SSL 80877103u
#define CODE_GSS 80877104u

/* ---- what is to be sent -------------------------------------------------------------------- */

static bool keep(struct side *side, const unsigned char *bytes, size_t n) {
    if (side->out_n + n > side->out_max) {
        const size_t max = (side->out_n + n) * 2;
        unsigned char *grown = realloc(side->out, max);
        if (grown == NULL) {
            return false;
        }
        side->out = grown;
        side->out_max = max;
    }
    memcpy(side->out + side->out_n, bytes, n);
    side->out_n += n;
    return true;
}

bool send_some(struct side *side) {
    const ssize_t n = send(side->fd, side->out, side->out_n, MSG_NOSIGNAL);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    side->out_n -= (size_t)n;
    memmove(side->out, side->out + n, side->out_n);
    return true;
}

static void send_all(struct side *side) {
    const esi_wait wait = wait_for_ms(FLUSH_MS, NULL);
    while (side->out_n > 0 && !wait_over(&wait)) {
        struct pollfd ready = {.fd = side->fd, .events = POLLOUT};
        if (poll(&ready, 1, 100) > 0 && !send_some(side)) {
            return;
        }
    }
}

void end_pair(struct pg_proxy *p, struct pair *pair, bool cut) {
    if (pair->dead) {
        return;
    }
    pair->dead = true;
    send_all(&pair->server);
    if (cut) {
        close_hard(pair->client.fd);
    } else {
        send_all(&pair->client);
        close(pair->client.fd);
    }
    close(pair->server.fd);
    p->counts.cuts += cut;
}

void close_hard(int fd) {
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
}

/* ---- reading messages ---------------------------------------------------------------------- */

static uint32_t number_at(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Takes bytes of a head; true once it is whole: type and left are set. */
static bool take_head(struct reader *r, const unsigned char **bytes, size_t *n) {
    while (*n > 0 && r->head_n < r->head_max) {
        r->head[r->head_n++] = *(*bytes)++;
        (*n)--;
    }
    if (r->head_n < r->head_max) {
        return false;
    }
    const bool typed = r->head_max == 5;
    const uint32_t size = number_at(r->head + (typed ? 1 : 0));
    const uint32_t counted = typed ? 4 : 8;
    r->type = typed ? r->head[0] : 0;
    r->left = size > counted ? size - counted : 0;
    r->pass = UINT64_MAX;
    return true;
}

static void head_done(struct reader *r) {
    r->head_n = 0;
}

/* A message of the client begins. Does it have to be cut, and how? */
static bool count_message(struct pg_proxy *p, struct pair *pair, enum proxy_cut *how) {
    const unsigned char type = pair->asks.type;
    if (!pair->ready || type == 'X') {
        return false;
    }
    const bool waits = strchr("QSHFcf", type) != NULL;
    pair->open_trips += type == 'Q' || type == 'S' || type == 'F';
    pair->parse = type == 'P';
    os_lock(&p->lock);
    p->counts.messages++;
    p->counts.trips += waits;
    const bool counts = p->cut_in > 0 && (waits || !p->cut_counts_trips);
    const bool cuts = counts && --p->cut_in == 0;
    *how = p->cut_how;
    os_unlock(&p->lock);
    return cuts;
}

/* Says how much of the message is passed on before the cut. */
static void plan_cut(struct pair *pair, enum proxy_cut how) {
    struct reader *r = &pair->asks;
    const uint64_t whole = r->head_n + r->left;
    pair->cuts = how != CUT_ANSWERED;
    pair->holds = how == CUT_ANSWERED;
    r->pass = how == CUT_BEFORE ? 0 : how == CUT_MIDDLE ? whole / 2 : whole;
}

/* A start-up message is no message of the session, and says what comes next. */
static void read_startup(struct pair *pair) {
    const uint32_t code = number_at(pair->asks.head + 4);
    if (code == CODE_SSL || code == CODE_GSS) {
        pair->one_byte = true;
    } else if (code == CODE_STARTUP) {
        pair->asks.head_max = 5;
    }
}

static void pass_on(struct pg_proxy *p, struct pair *pair, const unsigned char *bytes, size_t n) {
    struct reader *r = &pair->asks;
    const size_t allowed = n < r->pass ? n : (size_t)r->pass;
    bool lost = !keep(&pair->server, bytes, allowed);
    r->pass -= r->pass == UINT64_MAX ? 0 : allowed;
    lost = lost || (pair->cuts && r->pass == 0);
    if (lost) {
        os_lock(&p->lock);
        end_pair(p, pair, true);
        os_unlock(&p->lock);
    }
}

static void take_body(struct pg_proxy *p, struct pair *pair, const unsigned char **bytes,
                      size_t *n) {
    struct reader *r = &pair->asks;
    const size_t some = *n < r->left ? *n : (size_t)r->left;
    if (some > 0 && pair->parse) {
        os_lock(&p->lock);
        p->counts.named += **bytes != '\0';
        os_unlock(&p->lock);
        pair->parse = false;
    }
    const unsigned char *from = *bytes;
    r->left -= some;
    *bytes += some;
    *n -= some;
    pass_on(p, pair, from, some);
}

void client_said(struct pg_proxy *p, struct pair *pair, const unsigned char *bytes, size_t n) {
    struct reader *r = &pair->asks;
    while (n > 0 && !pair->dead) {
        if (r->left > 0) {
            take_body(p, pair, &bytes, &n);
            continue;
        }
        if (!take_head(r, &bytes, &n)) {
            return;
        }
        enum proxy_cut how;
        if (count_message(p, pair, &how)) {
            plan_cut(pair, how);
        }
        unsigned char head[sizeof r->head];
        const size_t head_n = r->head_n;
        memcpy(head, r->head, head_n);
        if (r->type == 0) {
            read_startup(pair);
        }
        head_done(r);
        pass_on(p, pair, head, head_n);
    }
}

/* A message of the server begins. It is ready for what comes next, or for the rows of a copy. */
static void read_answer(struct pg_proxy *p, struct pair *pair) {
    const bool ready = pair->answers.type == 'Z';
    const bool copies = pair->answers.type == 'G';
    if (!ready && !copies) {
        return;
    }
    os_lock(&p->lock);
    p->counts.logins += ready && !pair->ready;
    pair->open_trips -= ready && pair->ready;
    pair->ready = true;
    if (pair->holds && (copies || pair->open_trips == 0)) {
        end_pair(p, pair, true);
    }
    os_unlock(&p->lock);
}

void server_said(struct pg_proxy *p, struct pair *pair, const unsigned char *bytes, size_t n) {
    struct reader *r = &pair->answers;
    if (!pair->holds) {
        if (pair->client.out_n == 0) {
            os_lock(&p->lock);
            pair->client.due_ns = esi_clock_ns() + p->delay_ns;
            os_unlock(&p->lock);
        }
        (void)keep(&pair->client, bytes, n);
    }
    if (pair->one_byte && n > 0) {
        pair->one_byte = false;
        bytes++;
        n--;
    }
    while (n > 0 && !pair->dead) {
        const size_t some = n < r->left ? n : (size_t)r->left;
        r->left -= some;
        bytes += some;
        n -= some;
        if (n > 0 && take_head(r, &bytes, &n)) {
            head_done(r);
            read_answer(p, pair);
        }
    }
}
