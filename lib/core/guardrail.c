#include "core/guardrail.h"
