/* prompt_fixture.h: sections written by hand, and the prompt that is made of them. */
#ifndef ESIHELP_TESTS_PROMPT_FIXTURE_H
#define ESIHELP_TESTS_PROMPT_FIXTURE_H

#include "base/text.h"
#include "base/token_count.h"
#include "conversation.h"
#include "core/handling.h"
#include "core/prompt.h"

#define MARK "0123456789abcdef"
#define OPEN "\xE2\x9F\xA6"
#define CLOSE "\xE2\x9F\xA7"

static struct talk talk; /* its sections are what was found */
static struct prompt_message history[60];
static struct issue issue;
static struct prompt_in in;
static struct prompt out;

static inline void setup(void) {
    talk_begin(&talk);
    talk.decision = (struct decision){.kind = "trouble"};
    memset(&issue, 0, sizeof(issue));
    in = (struct prompt_in){.policy = talk.policy,
                            .platform = VIEW("Northlight"),
                            .role = ESI_ROLE_TRAINEE,
                            .history = history,
                            .passages = talk.passages,
                            .decision = &talk.decision,
                            .question = VIEW("The VPN drops every few minutes"),
                            .fence = MARK};
}

static inline void teardown(void) {
    talk_end(&talk);
}

/* ---- what is asked --------------------------------------------------------------------------- */

static inline struct passage *section(const char *title, const char *heading, const char *text) {
    struct passage *p = talk_section(&talk, title, heading);
    p->text = view_of(text);
    p->updated = VIEW("2026-05-04");
    in.passage_count = talk.passage_count;
    return p;
}

static inline struct note_item *order(enum note_kind kind, const char *text) {
    struct note_item *item = talk_item(&talk, kind, text);
    item->for_desk = true;
    return item;
}

static inline void said(bool from_user, const char *text) {
    history[in.history_count++] = (struct prompt_message){from_user, view_of(text)};
}

static inline void vpn_sections(void) {
    section("Using the VPN", "The connection drops",
            "If the VPN drops every few minutes:\n\n1. Quit every other VPN client.\n"
            "2. Switch the profile from `udp-1194` to `tcp-443`.\n3. Connect again.");
    order(NOTE_SAY, "A reconnect doesn't stop your lab.");
    order(NOTE_ASK, "the name of the profile");
    order(NOTE_CAPTURE, "the time of the last drop");
    order(NOTE_WHEN, "Escalate to Tier 2.")->condition = VIEW("it still drops after two tries");
    section("Networks on site", "Cables and Wi-Fi",
            "Seats in the hall have a cable. The guest Wi-Fi doesn't let VPNs through.");
}

/* ---- looking at it --------------------------------------------------------------------------- */

static inline void build(void) {
    ck_assert_int_eq(prompt_build(&in, &talk.arena, &out, NULL), ESI_OK);
}

static inline struct view turn_at(size_t i) {
    return (struct view){out.turns[i].text.data, out.turns[i].text.size};
}

static inline const char *last(void) {
    return turn_at(out.turn_count - 1).p;
}

static inline size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

/* The text of a block of the last turn: "handling s1"; empty where there is none. */
static inline const char *block(const char *name) {
    const char *head = arena_printf(&talk.arena, OPEN MARK " %s" CLOSE "\n", name);
    const struct view text = turn_at(out.turn_count - 1);
    const size_t at = view_find(text, view_of(head), 0);
    if (at == SIZE_MAX) {
        return "";
    }
    const size_t end = view_find(text, VIEW(OPEN MARK " end" CLOSE), at);
    ck_assert_uint_ne(end, SIZE_MAX);
    return arena_str(&talk.arena, view_slice(text, at + strlen(head), end));
}

#endif
