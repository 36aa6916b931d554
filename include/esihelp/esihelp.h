/* esihelp.h: the whole of libesihelp's API. See desk.h for where to begin. */
#ifndef ESIHELP_ESIHELP_H
#define ESIHELP_ESIHELP_H

#include <esihelp/chat.h>
#include <esihelp/copy.h>
#include <esihelp/desk.h>
#include <esihelp/error.h>
#include <esihelp/export.h>
#include <esihelp/guardrail.h>
#include <esihelp/kb.h>
#include <esihelp/log.h>
#include <esihelp/metrics.h>
#include <esihelp/outbox.h>
#include <esihelp/retention.h>
#include <esihelp/ticket.h>
#include <esihelp/types.h>
#include <esihelp/version.h>

#endif
