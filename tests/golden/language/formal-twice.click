elementclass F { $a, $a | Idle -> Discard }
