x :: {
  Idle -> Discard;
