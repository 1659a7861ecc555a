elementclass X {
  $a | input -> Paint($a) -> output
|| $a, $b | input -> Paint($b) -> output
|| $a, KEY $k, __REST__ $r | input -> Print($r) -> output
|| input -> Null -> output
}
Idle -> X(1) -> X(1, 2) -> X(1, KEY 2, 3, 4) -> X -> Discard
