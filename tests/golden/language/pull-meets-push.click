Idle -> q :: Queue -> c :: Switch -> Discard;
