// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SOCKETELEMENT_HH
#define MIMI_SOCKETELEMENT_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <sys/types.h>

class Args;

// What the elements share that carry packets over a socket of the system: they send what comes in, and what arrives at the
// socket leaves on output 0.
class SocketElement : public Element {
  public:
    SocketElement() : _task(this) {}

    const char *port_count() const override { return "0-1/0-1"; }
    const char *flow_code() const override { return "x/y"; }
    const char *processing() const override { return "a/h"; }
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    bool run_task(Task *task) override;
    void selected(int fd, int mask) override;
    void push(int port, Packet *packet) override;

  protected:
    // Adds SNAPLEN, HEADROOM, TIMESTAMP, SNDBUF and RCVBUF to what is read.
    void read_common(Args &args);
    // An error that says which call failed and why.
    int failed(const char *call, ErrorHandler *errh) const;
    // Makes fd nonblocking and applies SNDBUF and RCVBUF.
    int prepare(int fd, ErrorHandler *errh) const;
    void start_sending(ErrorHandler *errh);
    // Where packets come from and go to; -1: nowhere for now. Replacing one closes nothing.
    void set_receiver(int fd);
    void set_sender(int fd);
    int receiver() const { return _receiver; }
    int sender() const { return _sender; }

    // One packet; its whole length, though that may be more than `room`. 0 or negative with errno when there is none.
    virtual ssize_t receive(unsigned char *data, size_t room) = 0;
    // How much of it was sent; negative with errno when nothing was.
    virtual ssize_t send(const Packet *packet) = 0;
    // The socket is of no use any more; `error` is 0 when the other end closed it.
    virtual void lost(int error) = 0;
    // Whether a packet of this element's making may leave; can set annotations.
    virtual bool accept(WritablePacket *) { return true; }
    // receive() returned 0.
    virtual bool empty_means_closed() const { return false; }

  private:
    enum Sent { sent_all, sent_later };

    void receive_some();
    // Keeps what could not be sent, or sends all (or drops it, when the socket is lost).
    Sent send_whole(Packet *&packet);

    int _snaplen = 2048;
    unsigned _headroom = Packet::default_headroom;
    bool _timestamp = true;
    int _send_buffer = -1, _receive_buffer = -1;
    int _receiver = -1, _sender = -1;
    Packet *_waiting = nullptr;  // for room in the socket
    uint64_t _drops = 0;
    Task _task;
    NotifierSignal _signal;
};

#endif
