#include <string.h>

#include "core/redact.h"
#include "tap.h"

static esi_arena arena;

static void open_arena(void) {
    arena_init(&arena, 0);
}

static void close_arena(void) {
    arena_clear(&arena);
}

static struct view mask(const char *text, uint32_t kinds) {
    struct view out = {NULL, 0};
    ck_assert_int_eq(redact_text(view_of(text), kinds, &arena, &out, NULL, NULL, NULL), ESI_OK);
    return out;
}

static const struct {
    const char *text, *masked;
} rows[] = {
    /* e-mail */
    {"mail me at ann.lee+lab@example.co.uk.", "mail me at [email]."},
    {"(bob@example.org)", "([email])"},
    {"ssh student@vm7.range.example hangs", "ssh student@vm7.range.example hangs"},
    {"git clone git@git.example.org:team/repo.git", "git clone git@git.example.org:team/repo.git"},
    {"scp notes.txt ann@10.0.0.4:/tmp", "scp notes.txt ann@10.0.0.4:/tmp"},
    {"@channel look at this @ 5", "@channel look at this @ 5"},
    /* phone */
    {"call +49 (0)30 901820 today", "call [phone] today"},
    {"my number is 0170 1234567.", "my number is [phone]."},
    {"(555) 010-4477 or 555-010-4478", "[phone] or [phone]"},
    {"since 2026-11-22 10:15:00 it fails", "since 2026-11-22 10:15:00 it fails"},
    {"on 22.11.2026 at 14.30", "on 22.11.2026 at 14.30"},
    {"CVE-2021-44228 and ticket 1234567", "CVE-2021-44228 and ticket 1234567"},
    {"it took 12.345.678 bytes in 2024 2025", "it took 12.345.678 bytes in 2024 2025"},
    {"build 10.0.19045.3803", "build 10.0.19045.3803"},
    {"lab-7-2024-0042-1", "lab-7-2024-0042-1"},
    /* cards */
    {"card 4111 1111 1111 1111 was charged", "card [card] was charged"},
    {"4111111111111111", "[card]"},
    {"4111111111111112 is an order", "4111111111111112 is an order"},
    {"at 1763805600123 ms", "at 1763805600123 ms"},
    /* IBAN and ids */
    {"IBAN DE89 3704 0044 0532 0130 00, please", "IBAN [iban], please"},
    {"DE89370400440532013001", "DE89370400440532013001"},
    {"ssn 536-90-4399", "ssn [national_id]"},
    {"666-12-3456 and ssn 666123456", "[phone] and ssn 666123456"},
    {"DNI 12345678Z", "DNI [national_id]"},
    {"DNI 12345678A", "DNI 12345678A"},
    {"RSSMRA85T10A562S", "[national_id]"},
    /* addresses of the network */
    {"from 93.184.216.34:443", "from [ip]:443"},
    {"root@93.184.216.34", "root@[ip]"},
    {"10.0.3.7, 192.168.1.1, 172.20.0.2 and 127.0.0.1 answer",
     "10.0.3.7, 192.168.1.1, 172.20.0.2 and 127.0.0.1 answer"},
    {"version 8.8.8.8", "version 8.8.8.8"},
    {"300.1.1.1 or 1.2.3", "300.1.1.1 or 1.2.3"},
    {"2606:4700:4700::1111 is up", "[ip] is up"},
    {"fe80::1 and 2001:db8::7 and 10:15:00", "fe80::1 and 2001:db8::7 and 10:15:00"},
    /* keys */
    {"key AKIAQ3EGV5DTK7XW2NLP works", "key [key] works"},
    {"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", "[key]"},
    {"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJlLXRoYXQ", "[key]"},
    {"-----BEGIN RSA PRIVATE KEY-----\n"
     "MIIEpQIBAAKCAQEAn6O8liSX4m98LLYtPKSzEmQZB7Loh9P13f4yQ92EF3yxR5\n"
     "-----END RSA PRIVATE KEY-----\nthanks",
     "[key]\nthanks"},
    {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
     "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"},
    {"client_secret = \"q8Zr2LmX0vTb6NcY\"", "client_secret = \"[key]\""},
    {"Authorization: Bearer q8Zr2LmX0vTb6NcYpW4d", "Authorization: Bearer [key]"},
    {"csrf_token=q8Zr2LmX0vTb6NcYpW4d", "csrf_token=q8Zr2LmX0vTb6NcYpW4d"},
    {"the token is invalid", "the token is invalid"},
    /* passwords */
    {"my password is Tr0ub4dor&3, is that ok?", "my password is [password], is that ok?"},
    {"Passwort: geheim", "Passwort: [password]"},
    {"password=hunter2", "password=[password]"},
    {"the password is wrong", "the password is wrong"},
    {"my password is not accepted", "my password is not accepted"},
    {"the password was rejected twice", "the password was rejected twice"},
    {"the password is required.", "the password is required."},
    {"is my password the same?", "is my password the same?"},
    {"password: <your password>", "password: <your password>"},
    {"PASSWORD=${DB_PASSWORD}", "PASSWORD=${DB_PASSWORD}"},
    {"postgres://bob:s3cr3t-w0rd@db.example/lab", "postgres://bob:[password]@db.example/lab"},
    {"https://user:password@host", "https://user:password@host"},
    {"http://10.0.0.1:8080/a@b", "http://10.0.0.1:8080/a@b"},
    {"curl -u ann:q8Zr2LmX http://10.0.0.1", "curl -u ann:[password] http://10.0.0.1"},
    {"curl -u username:password http://10.0.0.1", "curl -u username:password http://10.0.0.1"},
    /* neither */
    {"the spin is 1234", "the spin is 1234"},
    {"", ""},
    {"nothing to see here, move on", "nothing to see here, move on"},
};

START_TEST(secrets_and_personal_data_are_masked_and_the_rest_stays) {
    const struct view out = mask(rows[_i].text, REDACT_ALL);
    ck_assert_msg(view_eq(out, view_of(rows[_i].masked)), "%s gave %.*s", rows[_i].text, (int)out.n,
                  out.n > 0 ? out.p : "");
}
END_TEST

START_TEST(a_text_without_a_find_is_given_back_itself) {
    const char *text = "my VM is slow";
    ck_assert_ptr_eq(mask(text, REDACT_ALL).p, text);
}
END_TEST

START_TEST(only_the_kinds_that_are_wanted_are_masked) {
    const char *text = "ann@example.org, password: hunter2";
    const struct view out = mask(text, 1u << REDACT_PASSWORD);
    ck_assert(view_eq(out, VIEW("ann@example.org, password: [password]")));
    ck_assert_ptr_eq(mask(text, 0).p, text);
}
END_TEST

START_TEST(finds_are_told_with_kind_and_place) {
    const struct view text = VIEW("a@b.example then 93.184.216.34");
    struct redact_span *spans = NULL;
    size_t count = 0;
    struct view out;
    ck_assert_int_eq(redact_text(text, REDACT_ALL, &arena, &out, &spans, &count, NULL), ESI_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert(spans[0].kind == REDACT_EMAIL && spans[0].from == 0 && spans[0].to == 11);
    ck_assert(spans[1].kind == REDACT_IP && spans[1].from == 17 && spans[1].to == 30);
}
END_TEST

START_TEST(a_masked_text_stays_as_it_is) {
    const struct view once =
        mask("ann@example.org has password: hunter2 and +49 30 901820", REDACT_ALL);
    struct view twice = {NULL, 0};
    ck_assert_int_eq(redact_text(once, REDACT_ALL, &arena, &twice, NULL, NULL, NULL), ESI_OK);
    ck_assert(view_eq(once, twice));
}
END_TEST

START_TEST(many_finds_in_one_text_are_all_masked) {
    char text[2001];
    for (size_t i = 0; i < 2000; i++) {
        text[i] = "a@b.example, x@y.example "[i % 25];
    }
    text[2000] = '\0';
    struct redact_span *spans = NULL;
    size_t count = 0;
    struct view out;
    ck_assert_int_eq(redact_text(view_of(text), REDACT_ALL, &arena, &out, &spans, &count, NULL),
                     ESI_OK);
    ck_assert_uint_eq(count, 160);
    ck_assert_uint_eq(view_find(out, VIEW("@"), 0), SIZE_MAX);
}
END_TEST

START_TEST(kinds_have_the_names_of_the_policy_file) {
    ck_assert_str_eq(redact_name(REDACT_EMAIL), "email");
    ck_assert_str_eq(redact_name(REDACT_NATIONAL_ID), "national_id");
    ck_assert_str_eq(redact_name(REDACT_PASSWORD), "password");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("redact");
    tcase_add_checked_fixture(t, open_arena, close_arena);
    tcase_add_loop_test(t, secrets_and_personal_data_are_masked_and_the_rest_stays, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(t, a_text_without_a_find_is_given_back_itself);
    tcase_add_test(t, only_the_kinds_that_are_wanted_are_masked);
    tcase_add_test(t, finds_are_told_with_kind_and_place);
    tcase_add_test(t, a_masked_text_stays_as_it_is);
    tcase_add_test(t, many_finds_in_one_text_are_all_masked);
    tcase_add_test(t, kinds_have_the_names_of_the_policy_file);
    return tap_run("core/redact", t);
}
