/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing: headers of this runtime need no protection from, or for, C++ keywords. */
