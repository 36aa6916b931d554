#include "base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void assert_hash(struct sha256 *s, const char *want) {
    uint8_t hash[32];
    char hex[65];
    sha256_end(s, hash);
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(hex + i * 2, 3, "%02x", hash[i]);
    }
    ck_assert_str_eq(hex, want);
}

static void assert_text(struct view text, const char *want) {
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, text);
    assert_hash(&s, want);
}

START_TEST(texts_have_their_published_hashes) {
    assert_text(VIEW(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_text(VIEW("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_text(VIEW("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

START_TEST(a_million_letters_in_odd_pieces) {
    struct sha256 s;
    sha256_begin(&s);
    char piece[257];
    memset(piece, 'a', sizeof piece);
    for (size_t left = 1000000, step = 1; left > 0; step = step % 257 + 1) {
        const size_t n = step < left ? step : left;
        sha256_add(&s, (struct view){piece, n});
        left -= n;
    }
    assert_hash(&s, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

START_TEST(every_length_near_a_block_is_padded) {
    /* Cut anywhere, a text has the hash it has whole. */
    char text[130];
    memset(text, 'x', sizeof text);
    for (size_t n = 0; n < sizeof text; n++) {
        uint8_t whole[32], cut[32];
        struct sha256 s;
        sha256_begin(&s);
        sha256_add(&s, (struct view){text, n});
        sha256_end(&s, whole);
        sha256_begin(&s);
        sha256_add(&s, (struct view){text, n / 3});
        sha256_add(&s, (struct view){text, n - n / 3});
        sha256_end(&s, cut);
        ck_assert_mem_eq(whole, cut, 32);
    }
}
END_TEST

START_TEST(fields_dont_run_into_one_another) {
    uint8_t one[32], two[32];
    struct sha256 s;
    sha256_begin(&s);
    sha256_add_field(&s, VIEW("ab"));
    sha256_add_field(&s, VIEW("c"));
    sha256_end(&s, one);
    sha256_begin(&s);
    sha256_add_field(&s, VIEW("a"));
    sha256_add_field(&s, VIEW("bc"));
    sha256_end(&s, two);
    ck_assert_mem_ne(one, two, 32);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("sha256");
    tcase_add_test(t, texts_have_their_published_hashes);
    tcase_add_test(t, a_million_letters_in_odd_pieces);
    tcase_add_test(t, every_length_near_a_block_is_padded);
    tcase_add_test(t, fields_dont_run_into_one_another);
    return tap_run("base/sha256", t);
}
