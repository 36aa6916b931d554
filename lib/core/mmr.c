#include "core/mmr.h"
