// SPDX-License-Identifier: Apache-2.0
// Translators behind CheckIPHeader: packets of both directions, errors about them, and state that is exported on the way.
in0 :: MemoryIn -> a :: CheckIPHeader(VERBOSE false) -> t :: Tee;
in1 :: MemoryIn -> b :: CheckIPHeader(VERBOSE false) -> u :: Tee;
out :: Null -> out0 :: MemoryOut;

n :: IPRewriter(pattern 10.9.0.1 1024-65535 - - 0 1, pattern - - 10.0.0.1 80 1 0, pass 2);
e :: ICMPRewriter(n);
t[0] -> k :: IPClassifier(icmp, tcp or udp, -); k[0] -> e; k[1] -> n; k[2] -> [2]n;
u[0] -> [1]n; e -> out; n[0] -> out; n[1] -> out; n[2] -> out;

p :: ICMPPingRewriter(pattern 10.9.0.2 0-65535 - - 0 1, drop);
t[1] -> p; u[1] -> [1]p; p[0] -> out; p[1] -> out;
d :: IPAddrRewriter(pattern 10.9.0.3-10.9.0.9 - 0 1, pass 1);
t[2] -> d; u[2] -> [1]d; d[0] -> out; d[1] -> out;
g :: IPAddrPairRewriter(pattern 10.9.0.3-10.9.0.9 10.0.0.2 0 1, pass 1);
t[3] -> g; u[3] -> [1]g; g[0] -> out; g[1] -> out;
f :: TCPRewriter(pattern 10.9.0.4 1024-65535# - - 0 1, drop);
t[4] -> f; u[4] -> [1]f; f[0] -> out; f[1] -> out;
r :: IPReassembler; t[5] -> r -> out;
