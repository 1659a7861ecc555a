// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ROUTER_ROUTERSETUP_HH
#define MIMI_ROUTER_ROUTERSETUP_HH
#include <click/router.hh>
#include "runtime/router/portcode.hh"
#include <vector>

class ErrorHandler;

// Settles the ports of a router's elements: how many there are, which push and which pull, and what is at their ends.
class RouterSetup {
  public:
    RouterSetup(Router *router, ErrorHandler *errh) : _router(router), _errh(errh) {}

    // Negative when a port is wrong; all faults are reported.
    int run();

  private:
    using Processing = router_ports::Processing;

    struct PortState {
        Processing processing;
        int connections = 0;
    };
    // The ports of one element; [0] inputs, [1] outputs.
    struct ElementPorts {
        std::vector<PortState> ports[2];
        std::vector<std::pair<int, int>> ties;  // agnostic input and output that must be of one kind
    };
    struct Mixed {
        int element;
        int input;
        int output;
    };

    Router *_router;
    ErrorHandler *_errh;
    std::vector<ElementPorts> _elements;
    std::vector<Mixed> _mixed;

    int count_ports();
    int set_counts(Element *element, int ninputs_used, int noutputs_used);
    int check_range();
    void find_ties();
    int spread();
    bool spread_connections(std::vector<bool> &reported, int &result);
    bool spread_ties(int &result);
    void report_mixed(int element, int input, int output);
    int check_completeness();
    int check_port(Element *element, bool isoutput, int port);
    void connect();

    Processing &processing(bool isoutput, const Router::Endpoint &end)
    {
        return _elements[end.element].ports[isoutput][end.port].processing;
    }
};

#endif
