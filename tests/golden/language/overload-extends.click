elementclass Queue { $a, $b | input -> Queue($a) -> output || ... }
Idle -> Queue(1, 2) -> Idle -> q :: Queue(7) -> Idle
