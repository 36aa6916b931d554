#include "desk/budget.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "core/price.h"

#define ORIGIN "desk/budget"
#define READ_EVERY_NS (INT64_C(3000) * NS_PER_MS)
#define READ_EVERY_MAX_NS (INT64_C(60000) * NS_PER_MS)
#define READ_SHARE 100 /* a reading takes a hundredth of the time at most */
#define READ_WAIT_MS 2000
#define TOKENS_MOST INT64_C(100000000) /* of one call: what says more is mistaken */

struct sum {
    int64_t tokens, cost;
};

struct budget {
    struct price_table *prices;
    struct sum session, day; /* limits; 0: none */
    esi_logger log;
    struct os_mutex lock; /* of what follows */
    struct os_cond was_read;
    bool warned;         /* that a price isn't known */
    int64_t today;       /* days since 1970: of the sums below, but for `open` */
    struct sum recorded; /* by the store, when it was read last */
    struct sum since;    /* of this desk, recorded since that reading began */
    struct sum open;     /* of turns under way: spent, or reserved */
    struct sum lost;     /* spent, and recorded nowhere */
    bool known;          /* `recorded` is of today */
    bool reading;
    int64_t read_again_ns;
};

static void add(struct sum *to, int64_t tokens, int64_t cost) {
    to->tokens += tokens;
    to->cost += cost;
}

/* ---- made and freed -------------------------------------------------------------------------- */

static esi_err read_prices(const char *path, struct price_table **out, esi_error *err) {
    if (!path) {
        return price_read((struct view){0}, "prices.json", out, err);
    }
    struct buf text;
    buf_init(&text, PRICE_FILE_MAX);
    esi_err rc = os_read_file(path, PRICE_FILE_MAX, &text, err);
    if (rc == ESI_OK) {
        rc = price_read(text.p ? buf_view(&text) : VIEW(""), path, out, err);
    }
    buf_clear(&text);
    return rc;
}

esi_err budget_create(const struct settings *settings, struct budget **out, esi_error *err) {
    struct budget *b = calloc(1, sizeof(*b));
    if (!b) {
        return fail_memory(err, ORIGIN);
    }
    b->session = (struct sum){settings->session_tokens, settings->session_cost};
    b->day = (struct sum){settings->day_tokens, settings->day_cost};
    b->log = settings->log;
    esi_err rc = os_mutex_init(&b->lock, err);
    if (rc != ESI_OK) {
        free(b);
        return rc;
    }
    rc = os_cond_init(&b->was_read, err);
    if (rc != ESI_OK) {
        os_mutex_clear(&b->lock);
        free(b);
        return rc;
    }
    rc = read_prices(settings->prices, &b->prices, err);
    if (rc != ESI_OK) {
        budget_free(b);
        return rc;
    }
    *out = b;
    return ESI_OK;
}

void budget_free(struct budget *budget) {
    if (budget) {
        price_free(budget->prices);
        os_cond_clear(&budget->was_read);
        os_mutex_clear(&budget->lock);
        free(budget);
    }
}

/* ---- what was spent -------------------------------------------------------------------------- */

static int64_t within(int64_t tokens) {
    return tokens < 0 ? 0 : tokens > TOKENS_MOST ? TOKENS_MOST : tokens;
}

/* In millionths of a millionth of the unit; 0 where no price is known, which is told once where a
 * limit counts on it. */
static int64_t cost_parts(struct budget *b, const esi_charge *charge) {
    const struct price *price = price_find(b->prices, charge->model);
    if (price) {
        return price_of(price, charge);
    }
    os_lock(&b->lock);
    const bool tell = !b->warned && (b->session.cost > 0 || b->day.cost > 0);
    b->warned = b->warned || tell;
    os_unlock(&b->lock);
    if (tell) {
        log_warn(&b->log, ORIGIN, NULL,
                 "the table of prices doesn't know the model \"%.64s\": its calls count as free",
                 charge->model ? charge->model : "");
    }
    return 0;
}

static int64_t rounded(int64_t parts) {
    return parts / PRICE_PARTS + (parts % PRICE_PARTS >= PRICE_PARTS / 2);
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

void bill_charge(const esi_charge *charge, void *bill) {
    struct bill *own = bill;
    struct budget *b = own->budget;
    const int64_t input = within(charge->input_tokens);
    const int64_t output = within(charge->output_tokens);
    const int64_t parts = cost_parts(b, charge);
    const int64_t before = own->cost;
    own->input_tokens += input;
    own->output_tokens += output;
    own->parts = own->parts > INT64_MAX - parts ? INT64_MAX : own->parts + parts;
    own->cost = rounded(own->parts);
    /* What was reserved for it isn't needed twice. */
    const int64_t tokens = least(own->reserved_tokens, input + output);
    const int64_t cost = least(own->reserved_cost, own->cost - before);
    own->reserved_tokens -= tokens;
    own->reserved_cost -= cost;
    os_lock(&b->lock);
    add(&b->open, input + output - tokens, own->cost - before - cost);
    os_unlock(&b->lock);
}

static void turn_day(struct budget *b, int64_t now_ms) {
    const int64_t day = now_ms / MS_PER_DAY;
    if (day > b->today) {
        b->today = day;
        b->known = false;
        b->recorded = b->since = b->lost = (struct sum){0};
        b->read_again_ns = 0;
    }
}

void budget_charge(const esi_charge *charge, void *budget) {
    struct budget *b = budget;
    if (!b) {
        return;
    }
    const int64_t cost = rounded(cost_parts(b, charge));
    const int64_t now_ms = clock_now_ms();
    os_lock(&b->lock);
    turn_day(b, now_ms);
    add(&b->lost, within(charge->input_tokens) + within(charge->output_tokens), cost);
    os_unlock(&b->lock);
}

void bill_close(struct bill *bill, bool recorded) {
    struct budget *b = bill->budget;
    const int64_t tokens = bill->input_tokens + bill->output_tokens;
    if (!b || (tokens == 0 && bill->reserved_tokens == 0)) {
        return;
    }
    os_lock(&b->lock);
    add(&b->open, -tokens - bill->reserved_tokens, -bill->cost - bill->reserved_cost);
    add(recorded ? &b->since : &b->lost, tokens, bill->cost);
    os_unlock(&b->lock);
    *bill = (struct bill){.budget = b};
}

/* ---- what may be spent ----------------------------------------------------------------------- */

/* Reads the day's sum without the lock; others go on with what is known meanwhile. */
static void read_day(struct budget *b, const struct budget_ask *ask) {
    const int64_t day = b->today;
    const struct sum before = b->since;
    const int64_t began = esi_clock_ns();
    const esi_wait own = wait_for_ms(READ_WAIT_MS, ask->wait.cancel);
    const esi_wait wait = ask->wait.until_ns < own.until_ns ? ask->wait : own;
    struct sum found = {0};
    esi_error why = {0};
    b->reading = true;
    os_unlock(&b->lock);
    const esi_err rc =
        ask->ops->usage(ask->store, day * MS_PER_DAY, &wait, &found.tokens, &found.cost, &why);
    if (rc != ESI_OK) {
        log_warn(&b->log, ORIGIN, NULL, "what models cost today could not be read: %s",
                 why.message);
    }
    const int64_t now = esi_clock_ns();
    const int64_t pause = (now - began) * READ_SHARE;
    os_lock(&b->lock);
    b->reading = false;
    if (b->today == day) {
        b->read_again_ns = now + (pause < READ_EVERY_NS       ? READ_EVERY_NS
                                  : pause > READ_EVERY_MAX_NS ? READ_EVERY_MAX_NS
                                                              : pause);
    }
    if (rc == ESI_OK && b->today == day) {
        b->recorded = found;
        add(&b->since, -before.tokens, -before.cost);
        b->known = true;
    }
    os_broadcast(&b->was_read);
}

/* Is the day's sum there? Whoever comes first in a while reads it. */
static bool day_known(struct budget *b, const struct budget_ask *ask) {
    turn_day(b, ask->now_ms);
    if (!ask->ops->usage) {
        return true; /* such a store can't tell: what this desk spent counts */
    }
    while (b->reading && !b->known && esi_wait_left_ms(&ask->wait) > 0) {
        (void)os_cond_wait(&b->was_read, &b->lock, ask->wait.until_ns);
    }
    if (!b->reading && esi_clock_ns() >= b->read_again_ns) {
        read_day(b, ask);
    }
    return b->known;
}

static bool fits(int64_t limit, int64_t used, int64_t more) {
    return limit == 0 || (used < limit && more <= limit - used);
}

bool budget_admits(struct bill *bill, const struct budget_ask *ask) {
    struct budget *b = bill->budget;
    const esi_charge charge = {.model = ask->model,
                               .input_tokens = ask->input_tokens,
                               .output_tokens = ask->output_tokens};
    const struct sum more = {within(ask->input_tokens) + within(ask->output_tokens),
                             rounded(cost_parts(b, &charge))};
    const int64_t spent = bill->input_tokens + bill->output_tokens;
    if (!fits(b->session.tokens, ask->session_tokens + spent, more.tokens) ||
        !fits(b->session.cost, ask->session_cost + bill->cost, more.cost)) {
        return false;
    }
    os_lock(&b->lock);
    bool may = (b->day.tokens == 0 && b->day.cost == 0) || day_known(b, ask);
    may =
        may &&
        fits(b->day.tokens, b->recorded.tokens + b->since.tokens + b->open.tokens + b->lost.tokens,
             more.tokens) &&
        fits(b->day.cost, b->recorded.cost + b->since.cost + b->open.cost + b->lost.cost,
             more.cost);
    if (may) {
        add(&b->open, more.tokens, more.cost);
        bill->reserved_tokens += more.tokens;
        bill->reserved_cost += more.cost;
    }
    os_unlock(&b->lock);
    return may;
}
