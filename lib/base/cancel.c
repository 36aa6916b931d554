#include "base/cancel.h"
