#include "core/issue.h"
