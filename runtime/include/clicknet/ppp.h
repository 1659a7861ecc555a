// SPDX-License-Identifier: Apache-2.0
#ifndef CLICKNET_PPP_H
#define CLICKNET_PPP_H

// PPP protocol numbers (RFC 1661).
#define PPP_ADDRESS 0xFF
#define PPP_CONTROL 0x03
#define PPP_IP 0x0021
#define PPP_IP6 0x0057

#endif
