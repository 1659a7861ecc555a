elementclass F { $a, $b | Idle -> Discard }
F(1);
F(1,2,3);
