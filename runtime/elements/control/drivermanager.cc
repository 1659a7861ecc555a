// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/drivermanager.hh"

int DriverManager::configure(Vector<String> &conf, ErrorHandler *errh)
{
    set_type(type_driver);
    return Script::configure(conf, errh);
}

EXPORT_ELEMENT(DriverManager)
