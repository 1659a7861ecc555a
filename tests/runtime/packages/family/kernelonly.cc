// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <linux/no_such_header_at_user_level.h>
ELEMENT_REQUIRES(linuxmodule)
ELEMENT_PROVIDES(KernelOnly)
