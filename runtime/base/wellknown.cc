// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/wellknown.hh"
#include <click/nameinfo.hh>
#include <click/packet_anno.hh>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <csignal>
#include <iterator>
#include <memory>
#include <netdb.h>

namespace base {

namespace {

typedef StaticNameDB::Entry Entry;

// For one value the first name is the one that is printed.
const Entry ip_protocols[] = {
    {"icmp", IP_PROTO_ICMP},       {"igmp", IP_PROTO_IGMP},       {"ggp", IP_PROTO_GGP},   {"ipip", IP_PROTO_IPIP},
    {"ipinip", IP_PROTO_IPIP},     {"st", IP_PROTO_ST},           {"tcp", IP_PROTO_TCP},   {"udp", IP_PROTO_UDP},
    {"dccp", IP_PROTO_DCCP},       {"ip6", IP_PROTO_IP6},         {"rsvp", IP_PROTO_RSVP}, {"gre", IP_PROTO_GRE},
    {"esp", IP_PROTO_ESP},         {"ah", IP_PROTO_AH},           {"icmp6", IP_PROTO_ICMP6}, {"eigrp", IP_PROTO_EIGRP},
    {"ospf", IP_PROTO_OSPF},       {"pim", IP_PROTO_PIM},         {"ipcomp", IP_PROTO_IPCOMP}, {"vrrp", IP_PROTO_VRRP},
    {"sctp", IP_PROTO_SCTP},       {"udplite", IP_PROTO_UDPLITE}, {"tcpudp", IP_PROTO_TCP_OR_UDP},
    {"transp", IP_PROTO_TRANSP},
};

const Entry icmp_types[] = {
    {"echo-reply", ICMP_ECHOREPLY},
    {"unreachable", ICMP_UNREACH},
    {"dst-unreachable", ICMP_UNREACH},
    {"sourcequench", ICMP_SOURCEQUENCH},
    {"source-quench", ICMP_SOURCEQUENCH},
    {"redirect", ICMP_REDIRECT},
    {"echo", ICMP_ECHO},
    {"echo-request", ICMP_ECHO},
    {"routeradvert", ICMP_ROUTERADVERT},
    {"router-advertisement", ICMP_ROUTERADVERT},
    {"routersolicit", ICMP_ROUTERSOLICIT},
    {"router-solicitation", ICMP_ROUTERSOLICIT},
    {"timeexceeded", ICMP_TIMXCEED},
    {"time-exceeded", ICMP_TIMXCEED},
    {"parameterproblem", ICMP_PARAMPROB},
    {"parameter-problem", ICMP_PARAMPROB},
    {"timestamp", ICMP_TSTAMP},
    {"timestamp-reply", ICMP_TSTAMPREPLY},
    {"inforeq", ICMP_IREQ},
    {"inforeq-reply", ICMP_IREQREPLY},
    {"maskreq", ICMP_MASKREQ},
    {"maskreq-reply", ICMP_MASKREQREPLY},
};

const Entry unreachable_codes[] = {
    {"net", ICMP_UNREACH_NET},
    {"host", ICMP_UNREACH_HOST},
    {"protocol", ICMP_UNREACH_PROTOCOL},
    {"port", ICMP_UNREACH_PORT},
    {"needfrag", ICMP_UNREACH_NEEDFRAG},
    {"srcroutefail", ICMP_UNREACH_SRCFAIL},
    {"net-unknown", ICMP_UNREACH_NET_UNKNOWN},
    {"host-unknown", ICMP_UNREACH_HOST_UNKNOWN},
    {"host-isolated", ICMP_UNREACH_ISOLATED},
    {"net-prohibited", ICMP_UNREACH_NET_PROHIB},
    {"host-prohibited", ICMP_UNREACH_HOST_PROHIB},
    {"net-tos", ICMP_UNREACH_TOSNET},
    {"host-tos", ICMP_UNREACH_TOSHOST},
    {"filter-prohibited", ICMP_UNREACH_FILTER_PROHIB},
    {"host-precedence", ICMP_UNREACH_HOST_PRECEDENCE},
    {"precedence-cutoff", ICMP_UNREACH_PRECEDENCE_CUTOFF},
};
const Entry redirect_codes[] = {
    {"net", ICMP_REDIRECT_NET},
    {"host", ICMP_REDIRECT_HOST},
    {"net-tos", ICMP_REDIRECT_TOSNET},
    {"host-tos", ICMP_REDIRECT_TOSHOST},
};
const Entry exceeded_codes[] = {{"transit", ICMP_TIMXCEED_TRANSIT}, {"reassembly", ICMP_TIMXCEED_REASSEMBLY}};
const Entry paramprob_codes[] = {
    {"erroratptr", ICMP_PARAMPROB_ERRATPTR},
    {"missing-option", ICMP_PARAMPROB_OPTABSENT},
    {"length", ICMP_PARAMPROB_LENGTH},
};

// Single flags of the TCP header, by bit.
const Entry tcp_flags[] = {
    {"fin", 0}, {"syn", 1}, {"rst", 2}, {"psh", 3}, {"ack", 4}, {"urg", 5}, {"ece", 6}, {"cwr", 7}, {"ns", 8},
};

#define ANNOTATION(name) {#name, MAKE_ANNOTATIONINFO(name##_ANNO_OFFSET, name##_ANNO_SIZE)}
const Entry annotations[] = {
    ANNOTATION(DST_IP),          ANNOTATION(DST_IP6),       ANNOTATION(PAINT),         ANNOTATION(ICMP_PARAMPROB),
    ANNOTATION(FIX_IP_SRC),      ANNOTATION(VLAN_TCI),      ANNOTATION(VLAN),          ANNOTATION(AGGREGATE),
    ANNOTATION(FWD_RATE),        ANNOTATION(MISC_IP),       ANNOTATION(EXTRA_PACKETS), ANNOTATION(REV_RATE),
    ANNOTATION(SEND_ERR),        ANNOTATION(EXTRA_LENGTH),  ANNOTATION(IPREASSEMBLER), ANNOTATION(FIRST_TIMESTAMP),
    ANNOTATION(PACKET_NUMBER),   ANNOTATION(IPSEC_SPI),     ANNOTATION(SEQUENCE_NUMBER), ANNOTATION(PERFCTR),
};

const Entry signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT}, {"KILL", SIGKILL}, {"ALRM", SIGALRM},
    {"TERM", SIGTERM}, {"TSTP", SIGTSTP}, {"CONT", SIGCONT}, {"CHLD", SIGCHLD}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
};

// Some of the ports that IANA has assigned, for systems without a list of services.
const Entry common_ports[] = {
    {"ftp-data", 20}, {"ftp", 21},    {"ssh", 22},    {"telnet", 23},      {"smtp", 25},        {"domain", 53},
    {"bootps", 67},   {"bootpc", 68}, {"tftp", 69},   {"http", 80},        {"kerberos", 88},    {"pop3", 110},
    {"sunrpc", 111},  {"auth", 113},  {"nntp", 119},  {"ntp", 123},        {"netbios-ns", 137}, {"netbios-dgm", 138},
    {"netbios-ssn", 139}, {"imap2", 143}, {"snmp", 161}, {"bgp", 179},     {"ldap", 389},       {"svrloc", 427},
    {"https", 443},   {"syslog", 514}, {"route", 520}, {"imaps", 993},     {"pop3s", 995},      {"hsrp", 1985},
};

// Ports, from the system's list of services.
class ServiceNames : public NameDB {
  public:
    ServiceNames(uint32_t type, const char *protocol) : NameDB(type, String(), sizeof(uint32_t)), _protocol(protocol) {}
    bool query(const String &name, void *value, size_t size) override
    {
        const servent *service = size == value_size() ? getservbyname(name.c_str(), _protocol) : nullptr;
        if (!service)
            return _common.query(name, value, size);
        const uint32_t port = ntohs(static_cast<uint16_t>(service->s_port));
        memcpy(value, &port, sizeof port);
        return true;
    }
    String revquery(const void *value, size_t size) override
    {
        uint32_t port;
        if (size != sizeof port)
            return String();
        memcpy(&port, value, sizeof port);
        const servent *service = getservbyport(htons(static_cast<uint16_t>(port)), _protocol);
        return service ? String(service->s_name) : _common.revquery(value, size);
    }

  private:
    StaticNameDB _common{0, String(), common_ports, std::size(common_ports)};
    const char *_protocol;
};

// IP protocols in capitals too, as /etc/protocols has them.
class ProtocolNames : public NameDB {
  public:
    ProtocolNames() : NameDB(NameInfo::T_IP_PROTO, String(), sizeof(uint32_t)) {}
    bool query(const String &name, void *value, size_t size) override { return _names.query(name.lower(), value, size); }
    String revquery(const void *value, size_t size) override { return _names.revquery(value, size); }

  private:
    StaticNameDB _names{0, String(), ip_protocols, std::size(ip_protocols)};
};

template <size_t N>
void add(NameInfo &names, uint32_t type, const Entry (&entries)[N])
{
    names.add_database(std::make_unique<StaticNameDB>(type, String(), entries, N));
}

}  // namespace

void add_well_known_names(NameInfo &names)
{
    names.add_database(std::make_unique<ProtocolNames>());
    add(names, NameInfo::T_ICMP_TYPE, icmp_types);
    add(names, NameInfo::T_ICMP_CODE + ICMP_UNREACH, unreachable_codes);
    add(names, NameInfo::T_ICMP_CODE + ICMP_REDIRECT, redirect_codes);
    add(names, NameInfo::T_ICMP_CODE + ICMP_TIMXCEED, exceeded_codes);
    add(names, NameInfo::T_ICMP_CODE + ICMP_PARAMPROB, paramprob_codes);
    add(names, NameInfo::T_TCP_OPT, tcp_flags);
    add(names, NameInfo::T_ANNOTATION, annotations);
    add(names, NameInfo::T_SIGNO, signals);
    names.add_database(std::make_unique<ServiceNames>(NameInfo::T_TCP_PORT, "tcp"));
    names.add_database(std::make_unique<ServiceNames>(NameInfo::T_UDP_PORT, "udp"));
}

}  // namespace base
