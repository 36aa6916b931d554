/* embedded.h: files that are compiled into the library. Each ends in a NUL that its size doesn't
 * count. */
#ifndef ESIHELP_DATA_EMBEDDED_H
#define ESIHELP_DATA_EMBEDDED_H

#include <stddef.h>

extern const unsigned char data_policy_json[]; /* kb/policy.json */
extern const size_t data_policy_json_size;
extern const unsigned char data_prices_json[]; /* lib/data/prices.json */
extern const size_t data_prices_json_size;

extern const unsigned char data_sqlite_0001_desk[]; /* schema/sqlite/0001_desk.sql */
extern const size_t data_sqlite_0001_desk_size;
extern const unsigned char data_sqlite_0002_retention[]; /* schema/sqlite/0002_retention.sql */
extern const size_t data_sqlite_0002_retention_size;
extern const unsigned char data_sqlite_0003_spaces[]; /* schema/sqlite/0003_spaces.sql */
extern const size_t data_sqlite_0003_spaces_size;
extern const unsigned char data_sqlite_0004_vectors[]; /* schema/sqlite/0004_vectors.sql */
extern const size_t data_sqlite_0004_vectors_size;
extern const unsigned char data_sqlite_0005_usage[]; /* schema/sqlite/0005_usage.sql */
extern const size_t data_sqlite_0005_usage_size;

#endif
