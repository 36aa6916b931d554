#include "provider/provider.h"

#include <string.h>

#include "provider/offline.h"
#include "tap.h"

START_TEST(the_local_provider_is_found) {
    const esi_provider_ops *ops = NULL;
    ck_assert_int_eq(provider_find("offline", &ops, NULL), ESI_OK);
    ck_assert_ptr_eq(ops, &offline_ops);
}
END_TEST

START_TEST(every_name_of_this_build_is_found) {
    char names[200];
    const size_t n = strlen(provider_names());
    ck_assert_uint_lt(n, sizeof(names));
    memcpy(names, provider_names(), n + 1);
    for (char *name = names; name != NULL;) {
        char *space = strchr(name, ' ');
        if (space != NULL) {
            *space = '\0';
        }
        const esi_provider_ops *ops = NULL;
        ck_assert_int_eq(provider_find(name, &ops, NULL), ESI_OK);
        ck_assert_str_eq(ops->name, name);
        name = space == NULL ? NULL : space + 1;
    }
}
END_TEST

START_TEST(a_provider_that_this_build_lacks_is_told_from_one_that_isnt) {
    const esi_provider_ops *ops = &offline_ops;
    esi_error err = {0};
    if (strstr(provider_names(), "openai") == NULL) {
        ck_assert_int_eq(provider_find("openai", &ops, &err), ESI_EUNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(err.message, "offline"));
    }
    ck_assert_int_eq(provider_find("sibyl", &ops, &err), ESI_EINVAL);
    ck_assert_int_eq(provider_find("", &ops, &err), ESI_EINVAL);
    ck_assert_int_eq(provider_find(NULL, &ops, &err), ESI_EINVAL);
    ck_assert_ptr_eq(ops, &offline_ops);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("provider");
    tcase_add_test(t, the_local_provider_is_found);
    tcase_add_test(t, every_name_of_this_build_is_found);
    tcase_add_test(t, a_provider_that_this_build_lacks_is_told_from_one_that_isnt);
    return tap_run("provider/provider", t);
}
