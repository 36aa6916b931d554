#include "core/frontmatter.h"
