#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "tap.h"

START_TEST(memory_is_zeroed_and_aligned) {
    esi_arena arena = {0};
    for (size_t size = 1; size < 5000; size += 37) {
        const unsigned char *p = arena_alloc(&arena, size);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            ck_assert_uint_eq(p[i], 0);
        }
    }
    arena_clear(&arena);
}
END_TEST

START_TEST(pieces_keep_what_is_written_to_them) {
    esi_arena arena = {0};
    unsigned char *pieces[200];
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = arena_alloc(&arena, i * 13 + 1);
        memset(pieces[i], (int)i, i * 13 + 1);
    }
    for (size_t i = 0; i < 200; i++) {
        for (size_t j = 0; j < i * 13 + 1; j++) {
            ck_assert_uint_eq(pieces[i][j], i);
        }
    }
    arena_clear(&arena);
}
END_TEST

START_TEST(a_large_piece_leaves_the_room_before_it_in_use) {
    esi_arena arena = {0};
    const char *before = arena_alloc(&arena, 16);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 100000));
    const char *after = arena_alloc(&arena, 16);
    ck_assert(after > before && after - before < 1024);
    arena_clear(&arena);
}
END_TEST

START_TEST(nothing_is_still_a_pointer) {
    esi_arena arena = {0};
    ck_assert_ptr_nonnull(arena_alloc(&arena, 0));
    ck_assert_ptr_nonnull(arena_array(&arena, 0, 8));
    arena_clear(&arena);
}
END_TEST

START_TEST(the_limit_holds_and_what_was_given_stays) {
    esi_arena arena;
    arena_init(&arena, 100);
    char *text = arena_str(&arena, VIEW("kept"));
    ck_assert_ptr_nonnull(arena_alloc(&arena, 64));
    ck_assert_ptr_null(arena_alloc(&arena, 64));
    ck_assert_str_eq(text, "kept");
    ck_assert_uint_le(arena.used, 100);
    arena_clear(&arena);
}
END_TEST

START_TEST(after_clear_the_limit_is_free_again) {
    esi_arena arena;
    arena_init(&arena, 64);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 64));
    ck_assert_ptr_null(arena_alloc(&arena, 1));
    arena_clear(&arena);
    ck_assert_uint_eq(arena.used, 0);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 64));
    arena_clear(&arena);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused) {
    esi_arena arena = {0};
    ck_assert_ptr_null(arena_array(&arena, SIZE_MAX / 2, 3));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(arena_str(&arena, (struct view){"x", SIZE_MAX}));
    arena_clear(&arena);
}
END_TEST

START_TEST(copies_end_with_a_nul) {
    esi_arena arena = {0};
    ck_assert_str_eq(arena_str(&arena, (struct view){"abcdef", 3}), "abc");
    ck_assert_str_eq(arena_str(&arena, (struct view){NULL, 0}), "");
    ck_assert_str_eq(esi_arena_copy(&arena, "abcdef", 2), "ab");
    arena_clear(&arena);
}
END_TEST

START_TEST(printf_takes_what_it_needs) {
    esi_arena arena = {0};
    ck_assert_str_eq(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
    const char *wide = arena_printf(&arena, "%3000d", 1);
    ck_assert_uint_eq(strlen(wide), 3000);
    arena_clear(&arena);
    arena_init(&arena, 32);
    ck_assert_ptr_null(arena_printf(&arena, "%300d", 1));
    arena_clear(&arena);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("arena");
    tcase_add_test(t, memory_is_zeroed_and_aligned);
    tcase_add_test(t, pieces_keep_what_is_written_to_them);
    tcase_add_test(t, a_large_piece_leaves_the_room_before_it_in_use);
    tcase_add_test(t, nothing_is_still_a_pointer);
    tcase_add_test(t, the_limit_holds_and_what_was_given_stays);
    tcase_add_test(t, after_clear_the_limit_is_free_again);
    tcase_add_test(t, sizes_that_overflow_are_refused);
    tcase_add_test(t, copies_end_with_a_nul);
    tcase_add_test(t, printf_takes_what_it_needs);
    return tap_run("base/arena", t);
}
