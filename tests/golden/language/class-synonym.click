elementclass Sink Discard; elementclass S2 Sink;
Idle -> S2; Idle -> s :: Sink
