#include "core/note.h"
