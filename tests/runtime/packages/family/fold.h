/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FOLD_H
#define FOLD_H
#ifdef __cplusplus
extern "C" {
#endif
unsigned fold_bytes(const unsigned char *bytes, unsigned length);
#ifdef __cplusplus
}
#endif
#endif
