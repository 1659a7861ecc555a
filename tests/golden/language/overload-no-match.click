elementclass X { $a | input -> Paint($a) -> output
|| $a, K $b, __REST__ $r | input -> Discard }
Idle -> X(1) -> Discard;

Idle -> x :: X(1, 2); x -> Discard; x [1] -> Discard;
