// SPDX-License-Identifier: Apache-2.0
// Elements for IP packets, behind CheckIPHeader as they expect it, each with a copy of its own.
// account: checked.count + bad.count = received.count
in0 :: MemoryIn -> received :: Counter -> check :: CheckIPHeader(CHECKSUM false, VERBOSE false) -> checked :: Counter -> t :: Tee;
check[1] -> bad :: Counter -> out :: Null -> out0 :: MemoryOut;

t[0] -> DecIPTTL -> ttl :: Null -> out;
t[1] -> f :: IPFragmenter(68, VERBOSE false) -> out; f[1] -> ICMPError(10.0.0.1, unreachable, needfrag, PMTU 68) -> out;
t[2] -> o :: IPGWOptions(10.0.0.1, OTHERADDRS 10.0.0.2) -> out; o[1] -> ICMPError(10.0.0.1, parameterproblem) -> out;
t[3] -> ICMPError(10.0.0.1, timeexceeded, SET_FIX_ANNO true) -> FixIPSrc(10.0.0.9) -> out;
t[4] -> ICMPError(10.0.0.1, redirect, host) -> out;
t[5] -> IPMirror -> out;
t[6] -> ICMPPingResponder -> out;
t[7] -> CheckTCPHeader -> SetTCPChecksum -> out;
t[8] -> CheckUDPHeader -> SetUDPChecksum -> out;
t[9] -> CheckICMPHeader -> out;
t[10] -> SetIPChecksum -> CheckIPHeader -> out;
t[11] -> GetIPAddress(16) -> StoreIPAddress(10.1.1.1, src) -> SetIPAddress(10.2.2.2) -> StoreIPAddress(dst) -> out;
t[12] -> c :: IPClassifier(tcp opt ack, udp and src port 53, icmp type echo, ip frag, ip hl > 5, ip ttl 0 or ip dscp 3, transp[4:2] = 9, -);
c[0] -> out; c[1] -> out; c[2] -> out; c[3] -> out; c[4] -> out; c[5] -> out; c[6] -> out; c[7] -> out;
t[13] -> IPFilter(allow src net 10.0.0.0/8 and dst port 80, allow tcp win 0, allow icmp, deny all) -> out;
t[14] -> r :: RadixIPLookup(10.0.0.0/8 0, 10.1.0.0/16 10.9.9.9 1, 0/0 2); r[0] -> out; r[1] -> out; r[2] -> out;
t[15] -> IPPrint(x, CONTENTS hex, PAYLOAD ascii, TTL true, TOS true, LENGTH true, ID true) -> out;
t[16] -> ToIPSummaryDump(/dev/null, FIELDS timestamp ip_src ip_dst sport dport ip_proto ip_len ip_id ip_ttl ip_tos ip_frag ip_fragoff
    ip_capture_len tcp_seq tcp_ack tcp_flags tcp_window tcp_urp udp_len icmp_type icmp_code payload_len payload link);
t[17] -> StripIPHeader -> Unstrip(20) -> out;
t[18] -> IPEncap(4, 10.0.0.1, 10.0.0.2) -> UDPIPEncap(1.1.1.1, 1, 2.2.2.2, 2) -> out;
