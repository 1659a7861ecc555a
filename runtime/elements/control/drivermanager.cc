// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/elements/control/drivermanager.hh"

int DriverManager::configure(Vector<String> &conf, ErrorHandler *errh)
{
    set_type(type_driver);
    Vector<String> instructions(conf);
    if (instructions.size() == 0)
        instructions.push_back("pause");
    return configure_instructions(instructions, errh);
}

EXPORT_ELEMENT(DriverManager)
