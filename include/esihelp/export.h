/* export.h: which functions leave the library, and which results must be looked at. */
#ifndef ESIHELP_EXPORT_H
#define ESIHELP_EXPORT_H

#if defined(_WIN32)
#if defined(ESI_BUILDING)
#define ESI_API __declspec(dllexport)
#elif defined(ESI_STATIC)
#define ESI_API
#else
#define ESI_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define ESI_API __attribute__((visibility("default")))
#else
#define ESI_API
#endif

#if defined(__GNUC__)
#define ESI_MUST_CHECK __attribute__((warn_unused_result))
#define ESI_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define ESI_MUST_CHECK
#define ESI_PRINTF(format_at, first_at)
#endif

#endif
